/* What verdicts share: what each host must answer to, and whose its names are. */
#include "audit/verdict.h"

#include "base/hash.h"
#include "base/text.h"
#include "context.h"
#include "model/group.h"
#include "model/spn.h"
#include "model/wellknown.h"

#include <string.h>

const char *const verdict_names[VERDICT_COUNT] = {"ready", "degraded", "unknown",
                                                  "broken"};

static void
needed_free(gpointer data)
{
    NeededSpn *needed = data;
    g_free(needed->spn);
    g_free(needed->through);
    g_clear_pointer(&needed->own_owners, g_ptr_array_unref);
    g_free(needed);
}

static void
target_free(gpointer data)
{
    TargetSpns *target = data;
    g_ptr_array_unref(target->needed);
    for (Service service = 0; service < SERVICE_COUNT; service++)
        texts_unref(target->all[service]);
    g_free(target);
}

static void
winrm_free(gpointer data)
{
    WinrmHop *hop = data;
    g_ptr_array_unref(hop->spns.needed);
    texts_unref(hop->service.missing);
    texts_unref(hop->service.reasons);
    g_free(hop);
}

static void
answer_free(gpointer data)
{
    SpnAnswer *answer = data;
    resolved_clear(&answer->resolved);
    g_free(answer);
}

VerdictContext *
verdict_context_new(const Estate *estate)
{
    VerdictContext *context = g_new0(VerdictContext, 1);
    context->estate = estate;
    context->edges = edge_index_new(estate);
    context->needed =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, target_free);
    context->latest = g_new0(const TargetSpns *, estate->accounts->len);
    context->written = g_hash_table_new_full(hash_text, g_str_equal, g_free, target_free);
    context->winrm = g_hash_table_new_full(NULL, NULL, NULL, winrm_free);
    context->answers =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    context->by_place = g_ptr_array_new();
    context->listed = g_hash_table_new(NULL, NULL);
    context->entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    context->near =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    context->judged =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    context->told =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    context->words = g_string_chunk_new(4096);
    context->names =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    context->all = g_ptr_array_new();
    return context;
}

void
verdict_context_free(VerdictContext *context)
{
    if (!context)
        return;
    edge_index_free(context->edges);
    g_hash_table_unref(context->needed);
    g_free(context->latest);
    g_hash_table_unref(context->written);
    g_hash_table_unref(context->near);
    g_hash_table_unref(context->judged);
    g_hash_table_unref(context->told);
    g_string_chunk_free(context->words);
    for (Service which = 0; which < SERVICE_COUNT; which++)
        if (context->reasons[which])
            texts_unref(context->reasons[which]);
    g_hash_table_unref(context->names);
    g_ptr_array_unref(context->all);
    g_clear_pointer(&context->own, g_array_unref);
    g_clear_pointer(&context->groups, g_hash_table_unref);
    for (guint i = 0; i < G_N_ELEMENTS(context->writers); i++)
        g_clear_pointer(&context->writers[i], g_hash_table_unref);
    g_hash_table_unref(context->entries);
    g_hash_table_unref(context->answers);
    g_ptr_array_unref(context->by_place);
    g_hash_table_unref(context->listed);
    g_hash_table_unref(context->winrm);
    g_free(context);
}

/* Whom every SPN leads to, and all that was judged by it. */
static void
forget_owners(VerdictContext *context)
{
    g_hash_table_remove_all(context->judged);
    g_hash_table_remove_all(context->told);
    g_hash_table_remove_all(context->needed);
    memset(context->latest, 0, context->estate->accounts->len * sizeof(gpointer));
    g_hash_table_remove_all(context->written);
    g_hash_table_remove_all(context->winrm);
}

void
verdict_forget(VerdictContext *context, const Account *account, AttrId attr, guint32 bits)
{
    switch (attr) {
    case ATTR_DELEGATE_TO:
        context->lacking = context->none = NULL;
        g_hash_table_remove(context->near, account);
        g_hash_table_remove(context->entries, account);
        g_hash_table_remove(context->judged, account);
        g_hash_table_remove(context->told, account);
        edge_index_forget(context->edges, account);
        break;
    case ATTR_RBCD:
        edge_index_forget(context->edges, account);
        break;
    case ATTR_MEMBER_OF:
        g_hash_table_remove(context->judged, account);
        g_hash_table_remove(context->told, account);
        edge_index_forget(context->edges, account);
        break;
    case ATTR_ETYPES: /* asked of each pair anew */
        break;
    case ATTR_SPN:
        g_hash_table_remove_all(context->entries);
        g_hash_table_remove_all(context->answers);
        g_ptr_array_set_size(context->by_place, 0);
        g_hash_table_remove_all(context->listed);
        forget_owners(context);
        break;
    case ATTR_UAC:
        memset(context->told_bits, 0, sizeof context->told_bits);
        g_hash_table_remove(context->judged, account);
        g_hash_table_remove(context->told, account);
        if ((bits & ~UAC_OF_SOURCE) != 0)
            forget_owners(context);
        break;
    default:
        g_assert_not_reached();
    }
}

EdgeIndex *
verdict_edges(VerdictContext *context)
{
    return context->edges;
}

/* Of several forests each has its own owners, and each domain its own krbtgt; else all
 * ask the same. */
static bool
is_everybodys(const VerdictContext *context, const char *spn)
{
    return !context->estate->several_forests && !spn_is_of_krbtgts(spn);
}

static GHashTable *
answers_for(VerdictContext *context, const Account *source, const char *spn)
{
    const Domain *domain =
        is_everybodys(context, spn) ? NULL : estate_home_of(context->estate, source);
    GHashTable *answers = g_hash_table_lookup(context->answers, domain);
    if (answers)
        return answers;
    answers = g_hash_table_new_full(hash_text, g_str_equal, g_free, answer_free);
    g_hash_table_insert(context->answers, (gpointer)domain, answers);
    return answers;
}

/* File servers of a cluster are reached under its name, migrations are not. */
static const Account *
cluster_of(const SpnAnswer *answer)
{
    const Account *account =
        answer->named && answer->named->len == 1 ? answer->named->pdata[0] : NULL;
    return account && spn_has_class(answer->spn, SPN_MIGRATION) &&
                   group_is_cluster_name(account)
               ? account
               : NULL;
}

const SpnAnswer *
verdict_answer(VerdictContext *context, const Account *source, const char *spn)
{
    GHashTable *answers = answers_for(context, source, spn);
    SpnAnswer *answer = g_hash_table_lookup(answers, spn);
    if (answer)
        return answer;
    answer = g_new0(SpnAnswer, 1);
    answer->resolved = estate_resolve_for(context->estate, spn, source);
    g_autoptr(Spn) parsed = spn_parse(spn);
    answer->named = parsed ? estate_by_name(context->estate, parsed->host) : NULL;
    const GPtrArray *owners = answer->resolved.owners;
    answer->owner = owners && owners->len == 1 ? owners->pdata[0] : NULL;
    char *kept = g_strdup(spn);
    answer->spn = kept;
    answer->cluster = cluster_of(answer);
    answer->is_kdcs = spn_is_kdcs(kept);
    answer->place = context->by_place->len;
    g_ptr_array_add(context->by_place, answer);
    g_hash_table_insert(answers, kept, answer);
    return answer;
}

static const SpnAnswer *
answer_listed(VerdictContext *context, const Account *source, char *entry)
{
    const SpnAnswer *answer = g_hash_table_lookup(context->listed, entry);
    if (answer)
        return answer;
    answer = verdict_answer(context, source, entry);
    if (is_everybodys(context, entry))
        g_hash_table_insert(context->listed, entry, (gpointer)answer);
    return answer;
}

const Entries *
verdict_entries(VerdictContext *context, const Account *source)
{
    Entries *entries = g_hash_table_lookup(context->entries, source);
    if (entries)
        return entries;
    const GPtrArray *list = source->delegate_to;
    entries = g_malloc(sizeof *entries + list->len * sizeof entries->places[0]);
    entries->answers = context->by_place;
    entries->len = list->len;
    for (guint i = 0; i < list->len; i++)
        entries->places[i] = answer_listed(context, source, list->pdata[i])->place;
    g_hash_table_insert(context->entries, (gpointer)source, entries);
    return entries;
}

Tri
verdict_krbtgt_delegable(const VerdictContext *context, const Account *of)
{
    const Account *krbtgt = estate_krbtgt(context->estate, of);
    Tri sensitive = krbtgt ? account_flag(krbtgt, UAC_NOT_DELEGATED) : TRI_UNKNOWN;
    return sensitive == TRI_UNKNOWN ? TRI_UNKNOWN
           : sensitive == TRI_YES   ? TRI_NO
                                    : TRI_YES;
}

static bool
owners_hold(const GPtrArray *owners, const Account *account)
{
    return owners && g_ptr_array_find((GPtrArray *)owners, account, NULL);
}

/* Samba's KDC takes three-part SPNs that end with the domain's name for those of DCs. */
static bool
is_kept_for_dcs(const Estate *estate, const Account *target, const char *spn)
{
    const char *slash = strchr(spn, '/');
    bool three = slash && strchr(slash + 1, '/');
    if (!three || !estate_is_samba(estate) || account_is_dc(target) != TRI_NO)
        return false;
    const Domain *domain = estate_home_of(estate, target);
    g_autoptr(Spn) parsed = spn_parse(spn);
    return domain && parsed && parsed->name &&
           ((domain->dns && text_equal(parsed->name, domain->dns)) ||
            (domain->netbios && text_equal(parsed->name, domain->netbios)));
}

/* Step 1 of a verdict: the SPN must lead to exactly one enabled account, the
 * target's, forest-wide. */
static void
judge_spn(const Estate *estate, const Account *target, NeededSpn *needed)
{
    g_auto(Resolved) resolved = estate_resolve_for(estate, needed->spn, target);
    needed->how = resolved.how;
    needed->through = g_strdup(resolved.through);
    needed->owners = resolved.owners;
    needed->own_owners = g_steal_pointer(&resolved.own);
    needed->resolves_known = TRI_NO;

    bool ours = owners_hold(resolved.owners, target);
    if (resolved.how == RESOLVE_UNKNOWN) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem =
            resolved.similar ? SPN_SIMILAR
            : resolved.bare  ? SPN_BARE
            : resolved.elsewhere
                ? "it is held in another forest, and whether a KDC finds "
                  "it there depends on the trust"
            : estate_is_export(estate)
                ? "sPNMappings was not exported, so whether an alias stands "
                  "in was not determined"
                : "sPNMappings were not read, so whether an alias stands "
                  "in was not determined";
    } else if (resolved.how == RESOLVE_MISSING) {
        if (!account_knows(target, ATTR_SPN)) {
            needed->resolves_known = TRI_UNKNOWN;
            needed->problem = ESTATE_UNREAD(estate, "servicePrincipalName of the target");
        } else {
            needed->problem = "the SPN is on no account";
        }
    } else if (resolved.owners->len > 1) {
        needed->problem = "the SPN is on more than one account";
    } else if (!ours) {
        needed->problem = "the SPN is on another account";
    } else if (resolved.similar) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem =
            "another account holds it in other blanks, accents or look-alike characters, "
            "and whether a KDC takes that for the same was not determined";
    } else if (!account_knows(target, ATTR_UAC)) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem = ESTATE_UNREAD(estate, "userAccountControl of the target");
    } else if (account_is_enabled(target) == TRI_NO && account_is_krbtgt(target)) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem = "krbtgt is disabled in every domain, and whether a KDC gives a "
                          "ticket to it all the same was not determined";
    } else if (account_is_enabled(target) == TRI_NO) {
        needed->problem = "the target's account is disabled";
    } else if (is_kept_for_dcs(estate, target, needed->spn)) {
        needed->problem = "a Samba KDC takes an SPN of three parts that ends with the "
                          "domain's name for domain controllers alone";
    } else if (!estate->spns_forest_wide) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem = "the rest of the forest was not searched for a second owner";
    } else {
        needed->resolves_known = TRI_YES;
        needed->resolves = true;
    }
}

/* One more; the text is taken over. */
static void
need_spn(VerdictContext *context, TargetSpns *target, Service service, char *spn,
         bool is_fqdn)
{
    NeededSpn *needed = g_new0(NeededSpn, 1);
    needed->spn = spn;
    needed->key = edge_spn(context->edges, spn);
    needed->service = service;
    needed->is_fqdn = is_fqdn;
    judge_spn(context->estate, target->account, needed);
    g_ptr_array_add(target->needed, needed);
}

static void
need_name(VerdictContext *context, TargetSpns *target, Service service, const char *host,
          bool is_fqdn)
{
    need_spn(context, target, service, spn_of(service_classes[service], host), is_fqdn);
}

/* Whoever lacks all of a service shares the list. */
static void
list_all(TargetSpns *target)
{
    for (Service service = 0; service < SERVICE_COUNT; service++)
        target->all[service] = list_new();
    for (guint i = 0; i < target->needed->len; i++) {
        const NeededSpn *needed = target->needed->pdata[i];
        texts_add(&target->all[needed->service], needed->spn);
    }
}

const TargetSpns *
verdict_needed(VerdictContext *context, const Account *target, const Group *group,
               bool storage)
{
    guint services = storage ? 1u << SERVICE_CIFS : group->services;
    gint64 key = (gint64)target->number << 8 | group->names << 4 | services;
    const TargetSpns **latest = &context->latest[target->number];
    const TargetSpns *before = *latest;
    if (before && before->key == key)
        return before;
    TargetSpns *found = g_hash_table_lookup(context->needed, &key);
    if (found)
        return *latest = found;

    found = g_new0(TargetSpns, 1);
    found->account = target;
    found->key = key;
    found->needed = g_ptr_array_new_with_free_func(needed_free);
    for (Service service = 0; service < SERVICE_COUNT; service++) {
        if ((services & 1u << service) == 0)
            continue;
        if (group->names != NAMES_FQDN)
            need_name(context, found, service, target->name, false);
        if (group->names != NAMES_SHORT && target->dns)
            need_name(context, found, service, target->dns, true);
    }
    list_all(found);
    g_hash_table_insert(context->needed, g_memdup2(&key, sizeof key), found);
    return *latest = found;
}

const TargetSpns *
verdict_written(VerdictContext *context, const Account *target, const char *spn)
{
    g_autofree char *key = g_strdup_printf("%u %s", target->number, spn);
    TargetSpns *found = g_hash_table_lookup(context->written, key);
    if (found)
        return found;
    found = g_new0(TargetSpns, 1);
    found->account = target;
    found->needed = g_ptr_array_new_with_free_func(needed_free);
    need_spn(context, found, 0, g_strdup(spn), false);
    list_all(found);
    g_hash_table_insert(context->written, g_steal_pointer(&key), found);
    return found;
}

const TargetSpns *
verdict_pair_needs(VerdictContext *context, const Pair *pair)
{
    return pair->written
               ? pair->written
               : verdict_needed(context, pair->target, pair->group, pair->storage);
}

static void
need_winrm(VerdictContext *context, TargetSpns *target, const char *host, bool is_fqdn)
{
    need_spn(context, target, SERVICE_COUNT, spn_of(SPN_HTTP, host), is_fqdn);
    g_autofree char *wsman = spn_of(SPN_WSMAN, host);
    if (estate_by_spn(context->estate, wsman))
        need_spn(context, target, SERVICE_COUNT, g_steal_pointer(&wsman), is_fqdn);
}

/* A name that nobody holds leaves the other. */
static Verdict
slip_of(const WinrmHop *hop, const NeededSpn *needed)
{
    if (needed->resolves_known == TRI_UNKNOWN)
        return VERDICT_UNKNOWN;
    for (guint i = 0; needed->how == RESOLVE_MISSING && i < hop->spns.needed->len; i++)
        if (((const NeededSpn *)hop->spns.needed->pdata[i])->resolves)
            return VERDICT_DEGRADED;
    return VERDICT_BROKEN;
}

static void
judge_winrm(WinrmHop *hop)
{
    for (guint i = 0; i < hop->spns.needed->len; i++) {
        const NeededSpn *needed = hop->spns.needed->pdata[i];
        if (needed->resolves)
            continue;
        hop->service.verdict = MAX(hop->service.verdict, slip_of(hop, needed));
        g_autofree char *reason = g_strdup_printf("%s: %s", needed->spn, needed->problem);
        texts_add(&hop->service.missing, needed->spn);
        texts_add(&hop->service.reasons, reason);
    }
}

const WinrmHop *
verdict_winrm(VerdictContext *context, const Account *target)
{
    WinrmHop *hop = g_hash_table_lookup(context->winrm, target);
    if (hop)
        return hop;
    hop = g_new0(WinrmHop, 1);
    hop->spns.account = target;
    hop->spns.needed = g_ptr_array_new_with_free_func(needed_free);
    hop->service.needed = true;
    hop->service.missing = list_new();
    hop->service.reasons = list_new();
    need_winrm(context, &hop->spns, target->name, false);
    if (target->dns)
        need_winrm(context, &hop->spns, target->dns, true);
    judge_winrm(hop);
    g_hash_table_insert(context->winrm, (gpointer)target, hop);
    return hop;
}
