/* Looks up who may delegate by list, by descriptor or without limits, once for each. */
#include "model/edge.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/token.h"
#include "model/wellknown.h"
#include "trustees.h"

#include <stdlib.h>
#include <string.h>

const char *const leg_names[3] = {"kcd", "rbcd", "unconstrained"};

#define FEW 8 /* entries: they are looked through without marks */

struct SpnKey {
    char *folded;
    char *loose; /* without accents and blanks too many; NULL: the same */
    guint32 number;
};

/* What an account gives, looked at once. */
typedef struct {
    guint32 *list; /* msDS-AllowedToDelegateTo, the keys' numbers; NULL: not looked at
                    * yet */
    guint listed;
    bool is_asked;     /* not for the first time */
    bool is_sorted;    /* the list is */
    GHashTable *loose; /* of `loose`, where it makes a difference; NULL: nowhere */
    GPtrArray *tokens; /* of Token *, by the place of the KDC's domain */
    bool descriptor_parsed;
    SecDesc *descriptor;
    Trustees *trustees; /* of the descriptor; NULL: a short one */
    GError *descriptor_error;
    AuthnCheck *authn; /* NULL: not looked at yet */
} Face;

struct EdgeIndex {
    const Estate *estate;
    Face *faces;         /* by account->number */
    GHashTable *spelled; /* SPN as it is written -> its SpnKey */
    GHashTable *keys;    /* folded SPN -> SpnKey */
    GHashTable *listed; /* entry of a list, by its address -> its SpnKey: the estate keeps
                         * nearly all texts once */
    const Face *asked;  /* whose list is asked again and again; NULL: nobody's */
    guint asked_times;
    bool is_marked; /* its keys are marked */
    guint8 *marks;  /* by the numbers of keys */
    guint room;     /* for so many: keys that came later are in no list of before */
    /* GBytes of a policy -> SecDesc *, NULL where it does not parse. */
    GHashTable *policies;
};

static void
descriptor_free_maybe(gpointer descriptor)
{
    if (descriptor)
        secdesc_free(descriptor);
}

static void
key_free(gpointer data)
{
    SpnKey *key = data;
    g_free(key->folded);
    g_free(key->loose);
    g_free(key);
}

EdgeIndex *
edge_index_new(const Estate *estate)
{
    g_assert(estate->frozen);
    EdgeIndex *index = g_new0(EdgeIndex, 1);
    index->estate = estate;
    index->faces = g_new0(Face, estate->accounts->len);
    index->spelled = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    index->keys = g_hash_table_new_full(hash_text, g_str_equal, NULL, key_free);
    index->listed = g_hash_table_new(NULL, NULL);
    index->policies = g_hash_table_new_full(NULL, NULL, NULL, descriptor_free_maybe);
    return index;
}

void
edge_index_free(EdgeIndex *index)
{
    if (!index)
        return;
    for (guint i = 0; i < index->estate->accounts->len; i++) {
        Face *face = &index->faces[i];
        g_clear_pointer(&face->list, g_free);
        g_clear_pointer(&face->loose, g_hash_table_unref);
        g_clear_pointer(&face->tokens, g_ptr_array_unref);
        g_clear_pointer(&face->trustees, trustees_free);
        g_clear_pointer(&face->descriptor, secdesc_free);
        g_clear_error(&face->descriptor_error);
        g_free(face->authn);
    }
    g_hash_table_unref(index->spelled);
    g_hash_table_unref(index->keys);
    g_hash_table_unref(index->listed);
    g_hash_table_unref(index->policies);
    g_free(index->marks);
    g_free(index->faces);
    g_free(index);
}

static void
mark(EdgeIndex *index, const Face *face)
{
    guint keys = g_hash_table_size(index->keys);
    if (keys > index->room) {
        index->marks = g_renew(guint8, index->marks, keys);
        memset(index->marks + index->room, 0, keys - index->room);
        index->room = keys;
    }
    for (guint i = 0; i < face->listed; i++)
        index->marks[face->list[i]] = 1;
    index->is_marked = true;
}

/* Before its list goes. */
static void
unmark(EdgeIndex *index)
{
    const Face *face = index->asked;
    for (guint i = 0; index->is_marked && i < face->listed; i++)
        index->marks[face->list[i]] = 0;
    index->is_marked = false;
    index->asked = NULL;
}

void
edge_index_forget(EdgeIndex *index, const Account *account)
{
    Face *face = &index->faces[account->number];
    if (index->asked == face)
        unmark(index);
    g_clear_pointer(&face->list, g_free);
    g_clear_pointer(&face->loose, g_hash_table_unref);
    g_clear_pointer(&face->trustees, trustees_free);
    g_clear_pointer(&face->descriptor, secdesc_free);
    g_clear_error(&face->descriptor_error);
    face->descriptor_parsed = false;
    g_clear_pointer(&face->tokens, g_ptr_array_unref);
}

const SpnKey *
edge_spn(EdgeIndex *index, const char *spn)
{
    SpnKey *key = g_hash_table_lookup(index->spelled, spn);
    if (key)
        return key;
    g_autofree char *folded = text_fold(spn);
    key = g_hash_table_lookup(index->keys, folded);
    if (!key) {
        key = g_new0(SpnKey, 1);
        key->loose = text_is_plain(folded) ? NULL : text_loose(folded);
        if (key->loose && g_str_equal(folded, key->loose))
            g_clear_pointer(&key->loose, g_free);
        key->folded = g_steal_pointer(&folded);
        key->number = g_hash_table_size(index->keys);
        g_hash_table_insert(index->keys, key->folded, key);
    }
    g_hash_table_insert(index->spelled, g_strdup(spn), key);
    return key;
}

static int
by_number(const void *a, const void *b)
{
    const guint32 left = *(const guint32 *)a, right = *(const guint32 *)b;
    return left < right ? -1 : left > right;
}

static const SpnKey *
key_listed(EdgeIndex *index, char *entry)
{
    const SpnKey *key = g_hash_table_lookup(index->listed, entry);
    if (!key) {
        key = edge_spn(index, entry);
        g_hash_table_insert(index->listed, entry, (gpointer)key);
    }
    return key;
}

static void
read_list(EdgeIndex *index, Face *face, const Account *source)
{
    const guint count = source->delegate_to->len;
    face->list = g_new(guint32, count + 1);
    face->listed = count;
    for (guint i = 0; i < source->delegate_to->len; i++) {
        const SpnKey *key = key_listed(index, source->delegate_to->pdata[i]);
        face->list[i] = key->number;
        if (!key->loose)
            continue;
        if (!face->loose)
            face->loose = g_hash_table_new(hash_text, g_str_equal);
        g_hash_table_add(face->loose, key->loose);
    }
    face->is_asked = face->is_sorted = false;
}

/* The pairs of one source are judged one after another: a long list that is asked for the
 * first time, or as often as marking it takes, is marked. */
static bool
has_marked(EdgeIndex *index, Face *face, const SpnKey *key, bool *ret_has)
{
    if (index->asked != face) {
        unmark(index);
        index->asked = face;
        index->asked_times = face->is_asked ? 0 : face->listed;
        face->is_asked = true;
    }
    if (!index->is_marked && face->listed > FEW &&
        ++index->asked_times > face->listed / 8)
        mark(index, face);
    *ret_has = index->is_marked && key->number < index->room && index->marks[key->number];
    return index->is_marked;
}

static bool
has_key(EdgeIndex *index, Face *face, const SpnKey *key)
{
    bool has;
    if (has_marked(index, face, key, &has))
        return has;
    if (!face->is_sorted)
        qsort(face->list, face->listed, sizeof face->list[0], by_number);
    face->is_sorted = true;
    return bsearch(&key->number, face->list, face->listed, sizeof face->list[0],
                   by_number);
}

/* Whether the list has one that differs in what text_loose passes over alone. */
static bool
has_similar(EdgeIndex *index, Face *face, const SpnKey *key)
{
    const char *loose = key->loose ? key->loose : key->folded;
    if (face->loose && g_hash_table_contains(face->loose, loose))
        return true;
    const SpnKey *bare = key->loose ? g_hash_table_lookup(index->keys, loose) : NULL;
    return bare && has_key(index, face, bare);
}

Tri
edge_kcd_key(EdgeIndex *index, const Account *source, const SpnKey *key)
{
    Face *face = &index->faces[source->number];
    if (!face->list)
        read_list(index, face, source);
    if (has_key(index, face, key))
        return TRI_YES;
    if (!account_knows(source, ATTR_DELEGATE_TO))
        return TRI_UNKNOWN;
    return has_similar(index, face, key) ? TRI_UNKNOWN : TRI_NO;
}

Tri
edge_kcd(EdgeIndex *index, const Account *source, const char *spn)
{
    return edge_kcd_key(index, source, edge_spn(index, spn));
}

const SecDesc *
edge_descriptor(EdgeIndex *index, const Account *target, const GError **ret_error)
{
    Face *face = &index->faces[target->number];
    if (target->rbcd && !face->descriptor_parsed) {
        gsize length = 0;
        const void *data = g_bytes_get_data(target->rbcd, &length);
        if (secdesc_parse(data, length, &face->descriptor, &face->descriptor_error))
            face->trustees = trustees_new(index->estate, face->descriptor);
        face->descriptor_parsed = true;
    }
    if (ret_error)
        *ret_error = face->descriptor_error;
    return face->descriptor;
}

static void
token_free_maybe(gpointer token)
{
    token_free(token);
}

const Token *
edge_token(EdgeIndex *index, const Account *source, const Account *target)
{
    const Estate *estate = index->estate;
    Face *face = &index->faces[source->number];
    const Domain *kdc = estate_home_of(estate, target);
    guint place = 0;
    while (place < estate->domains->len && estate->domains->pdata[place] != kdc)
        place++;
    if (!face->tokens) {
        face->tokens = g_ptr_array_new_with_free_func(token_free_maybe);
        g_ptr_array_set_size(face->tokens, (gint)estate->domains->len + 1);
    }
    if (!face->tokens->pdata[place])
        face->tokens->pdata[place] = token_new(estate, source, kdc);
    return face->tokens->pdata[place];
}

static Tri
is_in_token(const Sid *sid, gpointer token)
{
    return token_has(token, sid);
}

bool
edge_old_kdcs(const Estate *estate, const Account *target)
{
    const Domain *domain = estate_home_of(estate, target);
    return domain && domain->dcs_older > 0 && domain->dcs_2012 == 0 &&
           domain->dcs_2025 == 0 && domain->dcs_unclear == 0;
}

RbcdEdge
edge_rbcd(EdgeIndex *index, const Account *source, const Account *target)
{
    RbcdEdge edge = {.granted = TRI_NO, .ace = -1};
    if (!account_knows(target, ATTR_RBCD)) {
        edge.granted = TRI_UNKNOWN;
        return edge;
    }
    if (!target->rbcd)
        return edge;
    edge.present = true;
    const SecDesc *descriptor = edge_descriptor(index, target, NULL);
    if (!descriptor) {
        edge.malformed = true;
        return edge;
    }
    Token *token = (Token *)edge_token(index, source, target);
    const Trustees *trustees = index->faces[target->number].trustees;
    g_autoptr(GArray) places = trustees ? trustees_in(trustees, token) : NULL;
    Decision decision = secdesc_decide_by(descriptor, places, is_in_token, token);
    /* Windows' own check wants an owner, and no KDC is known to: the list decides. */
    if (decision.doubt == DOUBT_NO_OWNER) {
        decision.granted = TRI_YES;
        decision.doubt = DOUBT_NONE;
    }
    edge.granted = decision.granted;
    edge.named = decision.named || decision.inherits;
    edge.inherits = !decision.named && decision.inherits;
    edge.doubt = decision.doubt;
    edge.ace = decision.ace;
    edge.otherwise = decision.otherwise;
    edge.unevaluated = decision.unevaluated;
    edge.by_generic = decision.by_generic;
    if (edge.granted == TRI_YES && edge_old_kdcs(index->estate, target)) {
        edge.granted = TRI_UNKNOWN;
        edge.doubt = DOUBT_OLD_KDCS;
    }
    return edge;
}

/* Why nobody but a KDC knows what a SID in the token decides. */
static char *
member_doubt(const Estate *estate, const Account *source, const Token *token,
             const Sid *sid)
{
    g_autofree char *text = sid_format(sid);
    g_autofree char *name = estate_sid_name(estate, sid);
    if (sid->authority == 18 || strcmp(text, "S-1-5-65-1") == 0 ||
        (sid_well_known(sid) && sid->authority == 5 && sid_rid(sid) == 497))
        return g_strdup_printf("the KDC puts %s (%s) into %s's ticket, which is not "
                               "visible from here",
                               name, text, source->name);
    if (strcmp(text, "S-1-5-15") == 0)
        return g_strdup_printf("the KDC puts %s (%s) into %s's ticket, which no "
                               "specification settles",
                               name, text, source->name);
    if (strcmp(text, "S-1-5-2") == 0)
        return g_strdup_printf(
            "the KDC takes %s for a member of %s (%s), which Samba does "
            "and Windows does not",
            source->name, name, text);
    if (token_filters(token, sid))
        return g_strdup_printf("the KDC leaves %s (%s) in %s's ticket, though the trust "
                               "with its domain is quarantined (SID filtering)",
                               name, text, source->name);
    if (token_passes_over(token, sid))
        return g_strdup_printf("the KDC finds %s in %s by way of Everyone or "
                               "Authenticated Users, as Windows does and Samba does not",
                               source->name, name);
    const Account *bearer = estate_bearer(estate, sid);
    if (bearer && !sid_equal(&bearer->sid, sid) && estate_is_samba(estate))
        return g_strdup_printf("the KDC puts %s, which %s has in its sIDHistory, into "
                               "the ticket, as Windows does and Samba does not",
                               text, bearer->name);
    const Account *group = estate_by_sid(estate, sid);
    if (group && group_is_security(group) == TRI_UNKNOWN)
        return g_strdup_printf("%s is a security group, whose groupType %s", name,
                               estate_unread(estate));
    return g_strdup_printf("%s is in the group %s, which %s", source->name, name,
                           estate_unread(estate));
}

/* What a decision hangs on, in a sentence without its full stop (transfer full). */
static char *
doubt_text(const Estate *estate, const char *what, const Account *source,
           const Token *token, const SecDesc *descriptor, const Decision *decision)
{
    const Ace *ace = NULL;
    if (decision->ace >= 0) {
        g_assert(descriptor);
        ace = &g_array_index(descriptor->aces, Ace, decision->ace);
    }
    g_autofree char *who = ace && sid_is_set(&ace->sid)
                               ? estate_sid_name(estate, &ace->sid)
                               : g_strdup("somebody");
    g_autofree char *place = g_strdup_printf("ACE %d (for %s)", decision->ace + 1, who);
    g_autofree char *member = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s %s %s ", what,
                           decision->otherwise ? "refuses" : "grants", source->name,
                           decision->otherwise ? "if" : "only if");
    /* Doubts about the frame have no ACE, all others have one. */
    g_assert(ace || decision->doubt == DOUBT_NO_OWNER ||
             decision->doubt == DOUBT_NO_DACL || decision->doubt == DOUBT_OLD_KDCS);
    switch (decision->doubt) {
    case DOUBT_NONE:
        g_assert_not_reached();
    case DOUBT_MEMBER:
        member = member_doubt(estate, source, token, &ace->sid);
        g_string_append(text, member);
        break;
    case DOUBT_CONDITION:
        g_string_append_printf(
            text, "the condition of %s holds, which only a KDC evaluates", place);
        break;
    case DOUBT_OBJECT:
        g_string_append_printf(text,
                               "the KDC applies %s, an object ACE without an object, as "
                               "MS-DTYP has it and Samba does not",
                               place);
        break;
    case DOUBT_GENERIC:
        g_string_append_printf(text,
                               "the KDC takes the generic right of %s for control access "
                               "(0x100), which KDCs are not known to do",
                               place);
        break;
    case DOUBT_KIND:
        g_string_append_printf(text, "%s applies, whose type (%u) is not known", place,
                               ace->type);
        break;
    case DOUBT_NO_OWNER:
        g_string_append(text, "the KDC refuses a descriptor without an owner");
        break;
    case DOUBT_NO_DACL:
        g_string_append(text, "the KDC takes a descriptor without an access list for no "
                              "grant, as Samba does and Windows does not");
        break;
    case DOUBT_OLD_KDCS:
        g_string_append(text, "there is a domain controller of Windows Server 2012 or "
                              "later: older ones do not evaluate it, and only such are "
                              "known of");
        break;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
edge_rbcd_doubt(EdgeIndex *index, const Account *source, const Account *target)
{
    RbcdEdge edge = edge_rbcd(index, source, target);
    if (edge.doubt == DOUBT_NONE)
        return NULL;
    const Decision decision = {
        .doubt = edge.doubt, .ace = edge.ace, .otherwise = edge.otherwise};
    g_autofree char *what = g_strdup_printf("%s's RBCD descriptor", target->name);
    return doubt_text(index->estate, what, source, edge_token(index, source, target),
                      edge_descriptor(index, target, NULL), &decision);
}

static const AuthnCheck *
check_of(EdgeIndex *index, const Account *target)
{
    Face *face = &index->faces[target->number];
    if (!face->authn) {
        face->authn = g_new(AuthnCheck, 1);
        *face->authn = authn_check_of(index->estate, target);
    }
    return face->authn;
}

const SecDesc *
edge_policy_descriptor(EdgeIndex *index, const Account *target)
{
    const AuthnCheck *check = check_of(index, target);
    gpointer descriptor = NULL;
    if (!check->descriptor)
        return NULL;
    if (g_hash_table_lookup_extended(index->policies, check->descriptor, NULL,
                                     &descriptor))
        return descriptor;
    gsize length = 0;
    const void *data = g_bytes_get_data(check->descriptor, &length);
    SecDesc *parsed = NULL;
    (void)secdesc_parse(data, length, &parsed, NULL);
    g_hash_table_insert(index->policies, check->descriptor, parsed);
    return parsed;
}

PolicyEdge
edge_policy(EdgeIndex *index, const Account *source, const Account *target)
{
    PolicyEdge edge = {.check = check_of(index, target), .decision = {.ace = -1}};
    edge.allowed = edge.check->applies == TRI_NO ? TRI_YES : TRI_UNKNOWN;
    if (edge.check->applies != TRI_YES)
        return edge;
    const SecDesc *descriptor = edge_policy_descriptor(index, target);
    edge.malformed = !descriptor;
    if (!descriptor)
        return edge;
    edge.decision = secdesc_decide(descriptor, is_in_token,
                                   (gpointer)edge_token(index, source, target));
    /* Windows' KDC and Samba's alike refuse everybody here. */
    if (!sid_is_set(&descriptor->owner))
        edge.decision = (Decision){.granted = TRI_NO, .ace = -1};
    edge.allowed = edge.decision.granted;
    return edge;
}

char *
edge_policy_name(const AuthnCheck *check)
{
    if (!check->policy)
        return check->silo ? g_strdup_printf("the silo %s", check->silo->name)
                           : g_strdup("an authentication policy");
    return g_strdup_printf("the authentication policy %s%s%s%s", check->policy->name,
                           check->silo ? " (silo " : "",
                           check->silo ? check->silo->name : "", check->silo ? ")" : "");
}

char *
edge_policy_doubt(EdgeIndex *index, const Account *source, const Account *target)
{
    PolicyEdge edge = edge_policy(index, source, target);
    if (edge.allowed != TRI_UNKNOWN)
        return NULL;
    if (edge.check->why)
        return g_strdup_printf("%s: %s", target->name, edge.check->why);
    g_autofree char *name = edge_policy_name(edge.check);
    g_autofree char *what = g_strdup_printf("%s of %s", name, target->name);
    if (edge.malformed)
        return g_strdup_printf("the descriptor of %s does not parse", what);
    return doubt_text(index->estate, what, source, edge_token(index, source, target),
                      edge_policy_descriptor(index, target), &edge.decision);
}
