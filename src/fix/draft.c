#include "fix/draft.h"
#include "fix/language.h"

#include <string.h>

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

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
        g_ptr_array_add(into, g_strdup(value));
    g_ptr_array_sort(into, compare_text);
}

static void
take_flags(const Draft *draft, Fix *fix)
{
    fix->uac_old = draft->account->uac;
    fix->uac_new = (fix->uac_old | draft->set) & ~draft->clear;
    guint32 changed = fix->uac_old ^ fix->uac_new;
    fix->kind = changed == UAC_T2A4D ? FIX_DELEGATION : FIX_ACCOUNT;
    for (const FlagName *flag = uac_flags; flag->bit; flag++)
        if (changed & flag->bit)
            g_ptr_array_add(fix->uac_new & flag->bit ? fix->add : fix->remove,
                            g_strdup(flag->name));
    g_ptr_array_sort(fix->add, compare_text);
    g_ptr_array_sort(fix->remove, compare_text);
}

static bool
is_granted(const Estate *estate, const SecDesc *descriptor, const Account *source)
{
    bool complete;
    g_autoptr(GHashTable) token = estate_token(estate, source, &complete);
    return secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS).access ==
           ACCESS_GRANTED;
}

/* Adds one ACE per trustee after what stands.  A descriptor that cannot be
 * parsed or has no list, and a trustee that an earlier ACE denies, are left to
 * the administrator. */
static void
take_grants(const Estate *estate, const Draft *draft, Fix *fix)
{
    g_autoptr(GBytes) now =
        draft->account->rbcd ? g_bytes_ref(draft->account->rbcd) : NULL;
    g_ptr_array_sort(draft->trustees, compare_name);
    for (guint i = 0; i < draft->trustees->len; i++) {
        const Account *trustee = draft->trustees->pdata[i];
        gsize length = 0;
        const void *data = now ? g_bytes_get_data(now, &length) : NULL;
        g_autoptr(SecDesc) before = NULL;
        if (!sid_is_set(&trustee->sid) ||
            (now && (!secdesc_parse(data, length, &before, NULL) ||
                     before->dacl != DACL_LIST || is_granted(estate, before, trustee))))
            continue;
        GByteArray *grown = secdesc_with_grant(data, length, &trustee->sid);
        if (!grown)
            continue;
        g_autoptr(GBytes) next = g_byte_array_free_to_bytes(grown);
        g_autoptr(SecDesc) after = NULL;
        data = g_bytes_get_data(next, &length);
        if (!secdesc_parse(data, length, &after, NULL) ||
            !is_granted(estate, after, trustee))
            continue;
        g_clear_pointer(&now, g_bytes_unref);
        now = g_steal_pointer(&next);
        g_ptr_array_add(fix->trustees, (gpointer)trustee);
        g_ptr_array_add(fix->add, g_strdup(trustee->name));
    }
    if (fix->add->len > 0) {
        fix->rbcd_old = draft->account->rbcd ? g_bytes_ref(draft->account->rbcd) : NULL;
        fix->rbcd_new = g_steal_pointer(&now);
    }
}

typedef struct {
    Slot slot;
    bool off;
    guint32 bit;      /* 0: not userAccountControl */
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
    {SLOT_LIST, true, 0,
     "A service on %s that relies on these entries stops; they lead to no account "
     "today."},
    {SLOT_RBCD, false, 0,
     "Whoever controls an added account can act on every service of %s as any user who "
     "may "
     "be delegated."},
    {SLOT_UAC, false, UAC_T2A4D,
     "%s can then obtain tickets in the name of users who never logged on to it "
     "(protocol "
     "transition): guard it as closely as what it may delegate to."},
    {SLOT_UAC, true, UAC_TRUSTED_FOR_DELEGATION,
     "What relies on unconstrained delegation from %s to other than its migration "
     "partners "
     "stops."},
    {SLOT_UAC, true, UAC_NOT_DELEGATED,
     "Somebody marked %s as sensitive: find out why before it is cleared."},
};

static void
take_risks(const Draft *draft, Fix *fix)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(risks); i++) {
        const Risk *risk = &risks[i];
        if (risk->slot != draft->slot || (risk->off ? fix->remove : fix->add)->len == 0)
            continue;
        if (risk->bit != 0 && ((fix->uac_old ^ fix->uac_new) & risk->bit) == 0)
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
        take_grants(plan->audit->estate, draft, fix);
    if (fix->add->len == 0 && fix->remove->len == 0) {
        fix_free(fix);
        return NULL;
    }
    fix->no_undo = draft->slot == SLOT_SPN_DUPLICATE;
    take_risks(draft, fix);
    return fix;
}

bool
draft_fulfils(const Draft *draft, const Wish *each)
{
    if (!draft->fix)
        return false;
    if (each->key)
        return g_hash_table_contains(each->off ? draft->remove : draft->add, each->key);
    if (each->trustee)
        return g_ptr_array_find(draft->fix->trustees, each->trustee, NULL);
    guint32 changed = draft->fix->uac_old ^ draft->fix->uac_new;
    return (changed & each->bit) != 0 &&
           ((draft->fix->uac_new & each->bit) == 0) == each->off;
}
