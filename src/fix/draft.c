/* Turns settled drafts into fixes, with their commands and their risks. */
#include "draft.h"

#include "base/text.h"
#include "language.h"
#include "model/spn.h"

#include <string.h>

static int
compare_name(gconstpointer a, gconstpointer b)
{
    const Account *left = *(const Account *const *)a;
    const Account *right = *(const Account *const *)b;
    int by_name = strcmp(left->name, right->name);
    return by_name ? by_name : strcmp(left->dn, right->dn);
}

static void
take_values(GHashTable *values, GPtrArray *into)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(into, text_intern(value));
    g_ptr_array_sort(into, text_order);
}

static void
take_flags(const Draft *draft, Fix *fix)
{
    fix->uac_old = account_uac(draft->account);
    fix->uac_new = (fix->uac_old | draft->set) & ~draft->clear;
    guint32 changed = fix->uac_old ^ fix->uac_new;
    fix->kind = changed == UAC_T2A4D ? FIX_DELEGATION : FIX_ACCOUNT;
    for (const FlagName *flag = uac_flags; flag->bit; flag++)
        if (changed & flag->bit)
            g_ptr_array_add(fix->uac_new & flag->bit ? fix->add : fix->remove,
                            text_intern(flag->name));
    g_ptr_array_sort(fix->add, text_order);
    g_ptr_array_sort(fix->remove, text_order);
}

/* Whether a KDC would let the source in: a grant that hangs on generic rights is
 * none, since KDCs do not map them here. */
static bool
is_granted(const Estate *estate, GBytes *bytes, const Account *source)
{
    gsize length = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
    g_autoptr(SecDesc) descriptor = NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL))
        return false;
    bool complete;
    g_autoptr(GHashTable) token = estate_token(estate, source, &complete);
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    return result.access == ACCESS_GRANTED && !result.by_generic;
}

/* (transfer full) NULL: nothing of it is there. */
static GBytes *
without(GBytes *bytes, const Sid *sid, bool denials)
{
    gsize length = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
    GByteArray *rest = data ? secdesc_without(data, length, sid, denials) : NULL;
    return rest ? g_byte_array_free_to_bytes(rest) : NULL;
}

/* With one more ACE at the end, where that lets the source in. */
static GBytes *
with_grant(const Estate *estate, GBytes *bytes, const Account *source)
{
    gsize length = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
    GByteArray *grown = secdesc_with_grant(data, length, &source->sid);
    g_autoptr(GBytes) next = grown ? g_byte_array_free_to_bytes(grown) : NULL;
    return next && is_granted(estate, next, source) ? g_steal_pointer(&next) : NULL;
}

/* Lets one source in, over a deny ACE of its own where that may go; `now` is
 * replaced.  What still would not work is left to the administrator: so a deny
 * ACE of a group stays, with the reason that somebody had for it. */
static void
take_grant(const Estate *estate, const Draft *draft, const Account *trustee, Fix *fix,
           GBytes **now)
{
    if (!sid_is_set(&trustee->sid) || is_granted(estate, *now, trustee))
        return;
    g_autoptr(GBytes) next = with_grant(estate, *now, trustee);
    bool may_admit = g_ptr_array_find(draft->denied, trustee, NULL);
    g_autoptr(GBytes) open = NULL;
    if (!next && may_admit)
        open = without(*now, &trustee->sid, true);
    bool enough = open && is_granted(estate, open, trustee);
    if (!next && open)
        next = enough ? g_bytes_ref(open) : with_grant(estate, open, trustee);
    if (!next)
        return;
    if (!enough) {
        g_ptr_array_add(fix->trustees, (gpointer)trustee);
        g_ptr_array_add(fix->add, text_intern(trustee->name));
    }
    if (open) {
        g_ptr_array_add(fix->undenied, (gpointer)trustee);
        g_autofree char *denial = g_strdup_printf("deny %s", trustee->name);
        g_ptr_array_add(fix->remove, text_intern(denial));
    }
    g_clear_pointer(now, g_bytes_unref);
    *now = g_steal_pointer(&next);
}

static bool
grants_nobody(GBytes *bytes)
{
    gsize length = 0;
    const void *data = g_bytes_get_data(bytes, &length);
    g_autoptr(SecDesc) descriptor = NULL;
    return secdesc_parse(data, length, &descriptor, NULL) && descriptor->aces->len == 0;
}

/* Takes out what names nobody, and adds one ACE per trustee after what stands.
 * A descriptor that cannot be parsed or has no list stays as it is. */
static void
take_descriptor(const Estate *estate, const Draft *draft, Fix *fix)
{
    GBytes *old = draft->account->rbcd;
    g_autoptr(GBytes) now = old ? g_bytes_ref(old) : NULL;
    if (old) {
        gsize length;
        const void *data = g_bytes_get_data(old, &length);
        g_autoptr(SecDesc) descriptor = NULL;
        if (!secdesc_parse(data, length, &descriptor, NULL) ||
            descriptor->dacl != DACL_LIST)
            return;
    }
    for (guint i = 0; i < draft->orphans->len; i++) {
        const Sid *orphan = &g_array_index(draft->orphans, Sid, i);
        GBytes *rest = without(now, orphan, false);
        if (!rest)
            continue;
        g_clear_pointer(&now, g_bytes_unref);
        now = rest;
        g_ptr_array_add(fix->orphans, sid_format(orphan));
        g_autofree char *sid = sid_format(orphan);
        g_ptr_array_add(fix->remove, text_intern(sid));
    }
    g_ptr_array_sort(draft->trustees, compare_name);
    for (guint i = 0; i < draft->trustees->len; i++)
        take_grant(estate, draft, draft->trustees->pdata[i], fix, &now);
    if (fix->add->len + fix->remove->len == 0)
        return;
    g_ptr_array_sort(fix->remove, text_order);
    fix->rbcd_old = old ? g_bytes_ref(old) : NULL;
    fix->rbcd_new = grants_nobody(now) ? NULL : g_steal_pointer(&now);
}

/* What tells the risks of one slot apart. */
#define RISK_DEAD 1u   /* the entries that go lead nowhere */
#define RISK_LIVE 2u   /* some of them lead somewhere */
#define RISK_ORPHAN 1u /* a trustee that is gone goes */
#define RISK_DENIAL 2u /* a deny ACE goes */

typedef struct {
    Slot slot;
    bool off;
    guint32 bit;      /* one of risk_bits; 0: whatever they are */
    const char *text; /* with one %s: the account */
} Risk;

static const Risk risks[] = {
    {SLOT_SPN_REMOVE, true, 0,
     "A service that runs under %s and is reached by these names stops getting tickets: "
     "make sure there is none."},
    {SLOT_SPN_DUPLICATE, true, 0,
     "A service that runs under %s and is reached by these names stops getting tickets: "
     "make sure there is none. It cannot be undone while the other owner keeps the SPN."},
    {SLOT_SPN_ADD, false, 0,
     "Low: tickets for these names are then encrypted to the key of %s, their owner."},
    {SLOT_LIST, false, 0,
     "Whoever controls %s can act towards every service of the listed accounts as any "
     "user "
     "who may be delegated."},
    {SLOT_LIST, true, RISK_DEAD,
     "A service on %s that relies on these entries stops; they lead to no account "
     "today."},
    {SLOT_LIST, true, RISK_LIVE,
     "A service on %s that delegates to the accounts of these entries stops: no partner "
     "group needs them, but ask whoever runs it."},
    {SLOT_RBCD, false, 0,
     "Whoever controls an added account can act on every service of %s as any user who "
     "may "
     "be delegated."},
    {SLOT_RBCD, true, RISK_ORPHAN,
     "Low: nobody on %s is let in by these SIDs, unless an account that was deleted is "
     "to "
     "be restored."},
    {SLOT_RBCD, true, RISK_DENIAL,
     "Somebody denied these accounts access to %s on purpose: find out why first."},
    {SLOT_UAC, false, UAC_T2A4D,
     "%s can then obtain tickets in the name of users who never logged on to it "
     "(protocol "
     "transition): guard it as closely as what it may delegate to."},
    {SLOT_UAC, true, UAC_T2A4D,
     "%s can then no longer obtain forwardable tickets for users who never signed in to "
     "it: what it does for them, if anything, stops."},
    {SLOT_UAC, true, UAC_TRUSTED_FOR_DELEGATION,
     "What relies on unconstrained delegation from %s to services that are not "
     "in its list stops."},
    {SLOT_UAC, true, UAC_NOT_DELEGATED,
     "Somebody marked %s as sensitive: find out why before it is cleared."},
};

static guint32
risk_bits(const Estate *estate, const Draft *draft, const Fix *fix)
{
    bool live = false;
    if (draft->slot == SLOT_RBCD)
        return (fix->orphans->len > 0 ? RISK_ORPHAN : 0u) |
               (fix->undenied->len > 0 ? RISK_DENIAL : 0u);
    for (guint i = 0; i < fix->remove->len; i++) {
        g_auto(Resolved) resolved =
            estate_resolve_for(estate, fix->remove->pdata[i], draft->account);
        /* A KDC finds krbtgt/REALM whatever krbtgt's SPNs are. */
        live =
            live || resolved.how != RESOLVE_MISSING || spn_is_kdcs(fix->remove->pdata[i]);
    }
    return live ? RISK_LIVE : RISK_DEAD;
}

static void
take_risks(const Estate *estate, const Draft *draft, Fix *fix)
{
    bool flags = draft->slot == SLOT_UAC;
    guint32 others = flags ? 0 : risk_bits(estate, draft, fix);
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(risks); i++) {
        const Risk *risk = &risks[i];
        guint32 bits = !flags      ? others
                       : risk->off ? fix->uac_old & ~fix->uac_new
                                   : fix->uac_new & ~fix->uac_old;
        if (risk->slot != draft->slot || (risk->off ? fix->remove : fix->add)->len == 0)
            continue;
        if (risk->bit != 0 && (bits & risk->bit) == 0)
            continue;
        const char *gap = strstr(risk->text, "%s");
        g_string_append_printf(text, "%s%.*s%s%s", text->len > 0 ? " " : "",
                               (int)(gap - risk->text), risk->text, draft->account->name,
                               gap + 2);
    }
    g_free(fix->risk);
    fix->risk = g_string_free(text, FALSE);
}

Fix *
draft_fix(const Plan *plan, const Draft *draft)
{
    const SlotRow *slot = &slot_rows[draft->slot];
    if (!account_knows(draft->account, slot->attr))
        return NULL;
    Fix *fix = fix_new(slot->kind, draft->account, attr_name(slot->attr));
    take_values(draft->add, fix->add);
    take_values(draft->remove, fix->remove);
    if (draft->slot == SLOT_UAC)
        take_flags(draft, fix);
    if (draft->slot == SLOT_RBCD)
        take_descriptor(plan->audit->estate, draft, fix);
    if (fix->add->len == 0 && fix->remove->len == 0) {
        fix_free(fix);
        return NULL;
    }
    fix->no_undo = draft->slot == SLOT_SPN_DUPLICATE;
    take_risks(plan->audit->estate, draft, fix);
    return fix;
}

bool
draft_fulfils(const Draft *draft, const Wish *each)
{
    if (!draft->fix)
        return false;
    for (guint i = 0; each->kind == WISH_VALUES && i < each->values->len; i++)
        if (g_hash_table_contains(each->off ? draft->remove : draft->add,
                                  each->values->pdata[i]))
            return true;
    if (each->kind == WISH_VALUES)
        return false;
    if (each->kind == WISH_TRUSTEE)
        return g_ptr_array_find(draft->fix->trustees, each->trustee, NULL) ||
               g_ptr_array_find(draft->fix->undenied, each->trustee, NULL);
    if (each->kind == WISH_ORPHAN) {
        g_autofree char *sid = sid_format(each->orphan);
        return g_ptr_array_find_with_equal_func(draft->fix->orphans, sid, g_str_equal,
                                                NULL);
    }
    guint32 changed = draft->fix->uac_old ^ draft->fix->uac_new;
    return (changed & each->bit) != 0 &&
           ((draft->fix->uac_new & each->bit) == 0) == each->off;
}
