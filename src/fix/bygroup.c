/* RBCD by a group of AD, for lists that near what one object can hold: one
 * descriptor on each target and one membership per host, in the place of four
 * values per partner. */
#include "audit/simulation.h"
#include "base/names.h"
#include "base/text.h"
#include "draft.h"
#include "harm.h"
#include "language.h"

#include <string.h>

#define GROUP_NAME_MAX 64 /* of a cn, in characters: rangeUpper in AD's schema */
#define NAMES_SHOWN 12

/* A name for the group that AD, a DN and every shell take as it stands
 * (transfer full). */
static char *
name_for(const Group *partners)
{
    GString *name = g_string_new("kcdaudit-");
    for (const char *at = partners->name; *at && name->len < GROUP_NAME_MAX - 4; at++)
        if (g_ascii_isalnum(*at) || strchr("_.", *at))
            g_string_append_c(name, *at);
        else if (name->str[name->len - 1] != '-')
            g_string_append_c(name, '-');
    while (strchr("-.", name->str[name->len - 1]))
        g_string_truncate(name, name->len - 1);
    return g_string_free(name, FALSE);
}

static bool
is_usable(const Account *group)
{
    return group && !group->missing && (group->kinds & KIND_GROUP) != 0 &&
           sid_is_set(&group->sid);
}

/* Direct members only: they can be listed, and the group is meant for them. */
static bool
is_in(const Estate *estate, const Account *account, const Account *group)
{
    for (guint i = 0; i < account->member_of->len; i++)
        if (text_equal(account->member_of->pdata[i], group->dn) ||
            estate_by_dn(estate, account->member_of->pdata[i]) == group)
            return true;
    return false;
}

static bool
holds_all(const Estate *estate, const Account *group, const Group *partners)
{
    for (guint i = 0; i < partners->members->len; i++)
        if (!is_in(estate, partners->members->pdata[i], group))
            return false;
    return true;
}

/* The group by which the administrator named the hosts, where it holds them
 * all. */
static const Account *
declared_group(const Audit *audit, const Group *partners)
{
    for (guint s = 0; s < audit->policy->groups->len; s++) {
        const GroupSpec *spec = audit->policy->groups->pdata[s];
        if (strcmp(spec->name, partners->name) != 0)
            continue;
        for (guint i = 0; i < spec->member_of->len; i++) {
            const Account *group = estate_by_dn(audit->estate, spec->member_of->pdata[i]);
            if (is_usable(group) && holds_all(audit->estate, group, partners))
                return group;
        }
    }
    return NULL;
}

/* The domain of the hosts: the audited one where some of them lie in it. */
static const Domain *
home_of(const Estate *estate, const Group *partners)
{
    const Domain *first = NULL;
    for (guint i = 0; i < partners->members->len; i++) {
        const Account *member = partners->members->pdata[i];
        const Domain *domain = estate_home_of(estate, member);
        if (fix_is_at_home(estate, member))
            return domain;
        first = first ? first : domain;
    }
    return first;
}

static bool
spans_domains(const Estate *estate, const Group *partners, const Domain *home)
{
    for (guint i = 0; i < partners->members->len; i++) {
        const Account *member = partners->members->pdata[i];
        if (estate_home_of(estate, member) != home)
            return true;
    }
    return false;
}

/* An account of this name in the domain: its sAMAccountName is taken. */
static const Account *
account_named(const Estate *estate, const char *name, const Domain *home)
{
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if ((text_equal(account->name, name) ||
             (account->sam && text_equal(account->sam, name))) &&
            estate_home_of(estate, account) == home)
            return account;
    }
    return NULL;
}

static bool
name_is_taken(const Estate *estate, const GPtrArray *fixes, const char *name,
              const Domain *home)
{
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        if (fix->by_group && text_equal(fix->account->name, name))
            return true;
    }
    return account_named(estate, name, home) != NULL;
}

/* Whether some host says that it is in a group of this DN. */
static bool
is_mentioned(const Group *partners, const char *dn)
{
    for (guint i = 0; i < partners->members->len; i++) {
        const Account *member = partners->members->pdata[i];
        for (guint g = 0; g < member->member_of->len; g++)
            if (text_equal(member->member_of->pdata[g], dn))
                return true;
    }
    return false;
}

static Account *
group_at(const char *name, const Domain *home)
{
    Account *group = g_new0(Account, 1);
    group->kinds = KIND_GROUP;
    group->dn = g_strdup_printf("CN=%s,CN=Users,%s", name, home->dn);
    group->name = g_strdup(name);
    group->sam = group->name;
    return group;
}

/* Where nothing else serves: the one that an earlier proposal made, else one to
 * be made.  In CN=Users, where only administrators of the domain change members
 * unless somebody was given the right: whoever may add a member decides who may
 * act on every host.  A group beside the hosts would inherit what their OU
 * delegates. */
static const Account *
own_group(const Estate *estate, const GPtrArray *fixes, const Domain *home, ByGroup *by)
{
    g_autofree char *wanted = name_for(by->partners);
    const Account *known = account_named(estate, wanted, home);
    if (is_usable(known))
        return known;
    by->own = group_at(wanted, home);
    if (!(known && !known->missing) && is_mentioned(by->partners, by->own->dn))
        return by->own;
    by->made = true;
    g_autofree char *name = g_strdup(wanted);
    for (guint i = 2; name_is_taken(estate, fixes, name, home); i++) {
        g_free(name);
        name = g_strdup_printf("%s-%u", wanted, i);
    }
    g_free((char *)by->own->dn);
    g_free((char *)by->own->name);
    g_free(by->own);
    by->own = group_at(name, home);
    return by->own;
}

/* The target's descriptor as the other fixes leave it. */
static GBytes *
descriptor_after(const GPtrArray *fixes, const Account *target)
{
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        if (fix->kind == FIX_RBCD && !fix->by_group && fix->account == target)
            return fix->rbcd_new;
    }
    return target->rbcd;
}

static bool
grants_group(const SecDesc *descriptor, const Account *group)
{
    g_autoptr(GHashTable) token = g_hash_table_new(sid_hash, sid_equal);
    g_hash_table_add(token, (gpointer)&group->sid);
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    return result.access == ACCESS_GRANTED && !result.by_generic;
}

static void
add_part(const GPtrArray *fixes, Fix *fix, const Account *target)
{
    ByGroup *by = fix->by_group;
    GBytes *old = descriptor_after(fixes, target);
    gsize length = 0;
    const void *data = old ? g_bytes_get_data(old, &length) : NULL;
    g_autoptr(SecDesc) descriptor = NULL;
    bool extends = account_knows(target, ATTR_RBCD) && !target->missing &&
                   (!old || (secdesc_parse(data, length, &descriptor, NULL) &&
                             descriptor->dacl == DACL_LIST));
    bool known = sid_is_set(&fix->account->sid);
    if (descriptor && known && grants_group(descriptor, fix->account))
        return;
    GByteArray *grown =
        extends && known ? secdesc_with_grant(data, length, &fix->account->sid) : NULL;
    if (!extends || (known && !grown)) {
        g_ptr_array_add(by->left, (gpointer)target);
        return;
    }
    Fix *part = fix_new(FIX_RBCD, target, fix->attribute);
    part->rbcd_old = old ? g_bytes_ref(old) : NULL;
    part->rbcd_new = grown ? g_byte_array_free_to_bytes(grown) : NULL;
    g_ptr_array_add(part->trustees, (gpointer)fix->account);
    g_ptr_array_add(by->parts, part);
}

static void
append_names(GString *text, const GPtrArray *accounts)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < accounts->len; i++)
        g_ptr_array_add(names, (gpointer)((const Account *)accounts->pdata[i])->name);
    g_autofree char *brief = names_brief(names, NAMES_SHOWN);
    g_string_append(text, brief);
}

static char *
risk_of(const Fix *fix)
{
    const ByGroup *by = fix->by_group;
    GString *text = g_string_new(NULL);
    g_string_append_printf(
        text,
        "Not run with the rest: its lines are to be enabled by hand. Every member of %s "
        "can "
        "then act on every service of the targets as any user who may be delegated, and "
        "whoever may change its members decides who: leave that to domain "
        "administrators. ",
        fix->account->name);
    if (!by->made)
        g_string_append(text, "It must be a security group. ");
    if (by->own && !by->made)
        g_string_append(text, "It was not read: make sure that it is not in Protected "
                              "Users, and that nothing denies it anything. ");
    if (by->partners->mode == MODE_KCD)
        g_string_append_printf(
            text, "Group %s of the configuration says mode=kcd: change that too. ",
            by->partners->name);
    g_string_append(text, "Shorten the list of ");
    append_names(text, by->long_lists);
    g_string_append(
        text, " only when every target grants the group and every host has a new TGT "
              "(restart it; else up to 10 hours), since membership stands in the TGT.");
    return g_string_free(text, FALSE);
}

static Fix *
fix_for(const Plan *plan, const GPtrArray *fixes, const Group *partners)
{
    const Estate *estate = plan->audit->estate;
    const Domain *home = home_of(estate, partners);
    if (!home)
        return NULL;
    ByGroup *by = g_new0(ByGroup, 1);
    by->partners = partners;
    const Account *group = declared_group(plan->audit, partners);
    if (!group)
        group = own_group(estate, fixes, home, by);
    Fix *fix = fix_new(FIX_RBCD, group, attr_name(ATTR_RBCD));
    fix->by_group = by;
    fix->id = g_strdup_printf("rbcd-group:%s", partners->name);
    by->universal = spans_domains(estate, partners, home);
    by->joining = g_ptr_array_new();
    by->parts = g_ptr_array_new_with_free_func((GDestroyNotify)fix_free);
    by->left = g_ptr_array_new();
    by->long_lists = g_ptr_array_new();
    for (guint i = 0; i < partners->members->len; i++) {
        const Account *member = partners->members->pdata[i];
        if (!is_in(estate, member, group))
            g_ptr_array_add(by->joining, (gpointer)member);
        g_ptr_array_add(fix->add, text_intern(member->name));
        add_part(fixes, fix, member);
    }
    for (guint i = 0; i < partners->storage->len; i++)
        if (!g_ptr_array_find(partners->members, partners->storage->pdata[i], NULL))
            add_part(fixes, fix, partners->storage->pdata[i]);
    return fix;
}

/* What it would turn worse (transfer full); NULL: nothing.  A group that is yet to be
 * made is in nothing, and denied nowhere. */
static char *
harm_of(const Audit *audit, const Fix *fix)
{
    const ByGroup *by = fix->by_group;
    g_autoptr(GArray) edits = g_array_new(FALSE, FALSE, sizeof(Edit));
    for (guint i = 0; !by->own && i < by->joining->len; i++) {
        Edit edit = {.account = by->joining->pdata[i],
                     .attr = ATTR_MEMBER_OF,
                     .group = fix->account};
        g_array_append_val(edits, edit);
    }
    for (guint i = 0; i < by->parts->len; i++) {
        const Fix *part = by->parts->pdata[i];
        Edit edit = {.account = part->account, .attr = ATTR_RBCD, .rbcd = part->rbcd_new};
        if (part->rbcd_new)
            g_array_append_val(edits, edit);
    }
    return edits->len > 0 ? harm_by(audit, edits) : NULL;
}

static bool
is_harmless(const Plan *plan, const GroupWish *wanted, const Fix *fix)
{
    g_autofree char *harm = harm_of(plan->audit, fix);
    if (!harm)
        return true;
    g_autofree char *why = g_strdup_printf(
        "No script proposes delegation by the group %s: %s", fix->account->name, harm);
    plan_tell(wanted->finding, why);
    return false;
}

void
bygroup_add(const Plan *plan, GPtrArray *fixes)
{
    g_autoptr(GHashTable) by_partners = g_hash_table_new(NULL, NULL);
    guint first = fixes->len;
    for (guint i = 0; i < plan->by_groups->len; i++) {
        const GroupWish *wanted = &g_array_index(plan->by_groups, GroupWish, i);
        Fix *fix = g_hash_table_lookup(by_partners, wanted->partners);
        if (!fix) {
            fix = fix_for(plan, fixes, wanted->partners);
            if (!fix)
                continue;
            /* Where every target grants it already, the list is all that is left. */
            if (fix->by_group->parts->len + fix->by_group->joining->len == 0 ||
                !is_harmless(plan, wanted, fix)) {
                fix_free(fix);
                continue;
            }
            g_hash_table_insert(by_partners, (gpointer)wanted->partners, fix);
            g_ptr_array_add(fixes, fix);
        }
        const Account *host = wanted->finding->subject_account;
        if (!g_ptr_array_find(fix->by_group->long_lists, host, NULL))
            g_ptr_array_add(fix->by_group->long_lists, (gpointer)host);
        finding_add_fix(wanted->finding, fix->id);
    }
    for (guint i = first; i < fixes->len; i++) {
        Fix *fix = fixes->pdata[i];
        g_free(fix->risk);
        fix->risk = risk_of(fix);
    }
}
