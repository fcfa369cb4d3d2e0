/* What the source's list and the target's descriptor say of one pair. */
#include "ask.h"
#include "base/hash.h"
#include "base/text.h"
#include "context.h"
#include "model/spn.h"

#include <string.h>

#define NEAR_SHOWN 3

/* The source's list by the host that each entry names: every target looks, so it is
 * taken apart once. */
static GHashTable *
near_index(VerdictContext *context, const Account *source)
{
    GHashTable *index = g_hash_table_lookup(context->near, source);
    if (index)
        return index;
    index = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                  (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);
        if (!spn)
            continue;
        g_autofree char *host = text_fold(spn->host);
        GPtrArray *entries = g_hash_table_lookup(index, host);
        if (!entries) {
            entries = g_ptr_array_new();
            g_hash_table_insert(index, g_steal_pointer(&host), entries);
        }
        g_ptr_array_add(entries, source->delegate_to->pdata[i]);
    }
    g_hash_table_insert(context->near, (gpointer)source, index);
    return index;
}

/* A name of the target and its first label, each once (account_has_name). */
static void
add_name(GPtrArray *names, const char *name)
{
    if (!name)
        return;
    char *folded = text_fold(name);
    char *label = g_strndup(folded, strcspn(folded, "."));
    char *both[] = {folded, label};
    for (guint i = 0; i < G_N_ELEMENTS(both); i++)
        if (g_ptr_array_find_with_equal_func(names, both[i], g_str_equal, NULL))
            g_free(both[i]);
        else
            g_ptr_array_add(names, both[i]);
}

/* All names of a target: every source looks. */
static const GPtrArray *
names_of(VerdictContext *context, const Account *target)
{
    GPtrArray *names = g_hash_table_lookup(context->names, target);
    if (names)
        return names;
    names = g_ptr_array_new_with_free_func(g_free);
    add_name(names, target->name);
    add_name(names, target->dns);
    for (guint i = 0; target->extra_dns && i < target->extra_dns->len; i++)
        add_name(names, target->extra_dns->pdata[i]);
    g_hash_table_insert(context->names, (gpointer)target, names);
    return names;
}

/* What the list holds for the same host in the place of what it needs: a few. */
static guint
near_entries(const PairEnds *ends, GString *out)
{
    GHashTable *index = near_index(ends->context, ends->source);
    const GPtrArray *names = names_of(ends->context, ends->target);
    guint found = 0;
    for (guint n = 0; n < names->len; n++) {
        const GPtrArray *entries = g_hash_table_lookup(index, names->pdata[n]);
        for (guint i = 0; entries && i < entries->len; i++)
            if (found++ < NEAR_SHOWN)
                g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "",
                                       (const char *)entries->pdata[i]);
    }
    if (found > NEAR_SHOWN)
        g_string_append_printf(out, " and %u more", found - NEAR_SHOWN);
    return found;
}

static const char *
say_missing_anew(const Asking *asking)
{
    const char *name = asking->ends->target->name;
    guint count = asking->ends->source->delegate_to->len;
    g_autoptr(GString) near = g_string_new(NULL);
    if (count == 0)
        return "missing; the list is empty";
    if (near_entries(asking->ends, near) > 0)
        return count == 1
                   ? ask_format(asking, "missing; its only entry is %s", near->str)
                   : ask_format(asking, "missing; of its %u entries these name %s: %s",
                                count, name, near->str);
    if (count == 1)
        return "missing; its only entry names another host";
    VerdictContext *context = asking->ends->context;
    if (!context->none || context->none_source != asking->ends->source) {
        context->none_source = asking->ends->source;
        context->none =
            ask_format(asking, "missing; none of its %u entries names the target", count);
    }
    return context->none;
}

static const char *
say_missing(const Asking *asking)
{
    VerdictContext *context = asking->ends->context;
    const Account *source = asking->ends->source, *target = asking->ends->target;
    if (context->lacking && context->lacking_source == source &&
        context->lacking_target == target)
        return context->lacking;
    context->lacking_source = source;
    context->lacking_target = target;
    context->lacking = say_missing_anew(asking);
    return context->lacking;
}

/* *missing: what is said where the entry is not there, the same for all of a pair;
 * NULL: not yet. */
static void
ask_entry(const Asking *asking, const NeededSpn *needed, guint nth, const char **missing)
{
    const PairEnds *ends = asking->ends;
    Tri entry = edge_kcd_key(ends->context->edges, ends->source, needed->key);
    /* Classic delegation stays inside a domain (MS-SFU 3.2.5.2.1). */
    const char *but = !ends->local ? "classic delegation ends at the domain"
                      : ends->group->mode == MODE_RBCD
                          ? "this group is to use RBCD (mode=rbcd)"
                          : NULL;
    Condition *condition =
        ask_add_spn(asking, needed, nth, but ? CONDITION_FAIL : ask_state(entry));
    bool similar = entry == TRI_UNKNOWN && account_knows(ends->source, ATTR_DELEGATE_TO);
    if (similar && !but)
        condition->why = "the source's list has the SPN in other blanks, accents or "
                         "look-alike characters alone, and whether a KDC takes that for "
                         "the same is not proven";
    if (!asking->words)
        return;
    ask_stands_in(condition, ATTR_DELEGATE_TO, ends->source);
    if (entry == TRI_NO && !*missing)
        *missing = say_missing(asking);
    condition->seen = similar ? "in other blanks, accents or look-alikes alone"
                      : entry == TRI_UNKNOWN ? estate_unread(ends->context->estate)
                      : entry == TRI_NO      ? *missing
                                             : "yes";
    if (but && entry != TRI_NO)
        condition->seen = ask_format(asking, "%s, but %s", condition->seen, but);
}

void
ask_kcd(const Asking *asking)
{
    const GPtrArray *all = asking->ends->spns->needed;
    const char *missing = NULL;
    for (guint i = 0; i < all->len; i++)
        if (!asking->spn ||
            text_same(asking->spn, ((const NeededSpn *)all->pdata[i])->spn))
            ask_entry(asking, all->pdata[i], i, &missing);
}

/* The target's descriptor. */

static char *
ace_text(const Estate *estate, const SecDesc *descriptor, guint place)
{
    const Ace *ace = &g_array_index(descriptor->aces, Ace, place);
    g_autofree char *name =
        sid_is_set(&ace->sid) ? estate_sid_name(estate, &ace->sid) : g_strdup("?");
    bool deny = ace->type == ACE_DENY || ace->type == ACE_DENY_OBJECT;
    return g_strdup_printf("ACE %u of %u: %s %s 0x%08x", place + 1, descriptor->aces->len,
                           deny ? "deny" : "allow", name, ace->mask);
}

/* The first ACE for a SID of the token, whatever it gives; -1: none. */
static int
ace_naming(const SecDesc *descriptor, GHashTable *token, bool inherits)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (sid_is_set(&ace->sid) &&
            ((ace->flags & ACE_FLAG_INHERIT_ONLY) != 0) == inherits &&
            g_hash_table_contains(token, &ace->sid))
            return (int)i;
    }
    return -1;
}

/* The descriptor as the KDC checks it (MS-SFU 3.2.5.2.3). */
static const char *
descriptor_seen(const Asking *asking, const RbcdEdge *edge)
{
    const PairEnds *ends = asking->ends;
    const Estate *estate = ends->context->estate;
    const GError *error = NULL;
    const SecDesc *descriptor =
        edge_descriptor(ends->context->edges, ends->target, &error);
    if (!descriptor)
        return ask_format(asking, "does not parse: %s", error ? error->message : "");
    if (descriptor->dacl != DACL_LIST)
        return "has no access list: Windows lets everybody act then, Samba nobody";
    const Token *token = edge_token(ends->context->edges, ends->source, ends->target);
    int place = edge->ace >= 0
                    ? edge->ace
                    : ace_naming(descriptor, token_sids(token), edge->inherits);
    if (place < 0)
        return ask_format(asking, "none of %u ACEs names %s or a group it is in%s",
                          descriptor->aces->len, ends->source->name,
                          token_is_complete(token) ? ""
                                                   : " (its groups were not all read)");
    g_autofree char *ace = ace_text(estate, descriptor, (guint)place);
    g_autofree char *doubt =
        edge_rbcd_doubt(ends->context->edges, ends->source, ends->target);
    if (doubt)
        return ask_format(asking, "%s; %s", ace, doubt);
    if (edge->inherits)
        return ask_format(asking, "%s: inherit-only, so not for the object itself", ace);
    if (edge->by_generic)
        return ask_format(asking, "%s: only by a generic right, which a KDC does not map",
                          ace);
    if (edge->ace < 0)
        return ask_format(asking, "%s, without the right 0x100 that the KDC asks for",
                          ace);
    return ask_format(asking, "%s%s", ace,
                      edge->unevaluated ? "; object ACEs were passed over" : "");
}

void
ask_rbcd(const Asking *asking)
{
    const PairEnds *ends = asking->ends;
    RbcdEdge edge = edge_rbcd(ends->context->edges, ends->source, ends->target);
    bool otherwise = ends->group->mode == MODE_KCD && edge.granted != TRI_NO;
    Condition *condition =
        ask_add(asking, otherwise ? CONDITION_FAIL : ask_state(edge.granted));
    if (edge.malformed)
        condition->why = "the target's RBCD descriptor does not parse";
    g_autofree char *doubt =
        otherwise || edge.doubt == DOUBT_NONE
            ? NULL
            : edge_rbcd_doubt(ends->context->edges, ends->source, ends->target);
    if (doubt)
        condition->why = ask_text(asking, doubt);
    if (!asking->words)
        return;
    ask_stands_in(condition, ATTR_RBCD, ends->target);
    condition->seen = edge.present                  ? descriptor_seen(asking, &edge)
                      : edge.granted == TRI_UNKNOWN ? estate_unread(ends->context->estate)
                                                    : "no descriptor";
    if (otherwise)
        condition->seen = ask_format(
            asking, "%s, but this group is to use the list (mode=kcd)", condition->seen);
}
