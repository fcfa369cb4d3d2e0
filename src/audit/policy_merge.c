/* One configuration over another. */
#include "audit/policy.h"

#include "base/text.h"

static const char *
group_name(gconstpointer part)
{
    return ((const GroupSpec *)part)->name;
}

static const char *
declaration_name(gconstpointer part)
{
    return ((const Declaration *)part)->name;
}

static const char *
waiver_name(gconstpointer part)
{
    return ((const Waiver *)part)->name;
}

/* Moves all parts over; one of the same name takes the place of what is there. */
static void
replace_parts(GPtrArray *parts, GPtrArray *over, const char *(*name_of)(gconstpointer))
{
    for (guint i = 0; i < over->len; i++)
        for (guint p = parts->len; p > 0; p--)
            if (text_equal(name_of(parts->pdata[p - 1]), name_of(over->pdata[i])))
                g_ptr_array_remove_index(parts, p - 1);
    g_ptr_array_extend_and_steal(parts, g_ptr_array_ref(over));
}

static void
replace_text(char **text, char **over)
{
    if (!*over)
        return;
    g_free(*text);
    *text = g_steal_pointer(over);
}

void
policy_override(Policy *policy, Policy *over)
{
    /* A DC of one domain is none of another's. */
    if (over->domain || over->uris->len > 0) {
        g_clear_pointer(&policy->domain, g_free);
        g_ptr_array_set_size(policy->uris, 0);
    }
    replace_text(&policy->domain, &over->domain);
    replace_text(&policy->mech, &over->mech);
    if (over->reach_given) {
        policy->reach = over->reach;
        policy->reach_given = true;
    }
    g_ptr_array_extend_and_steal(policy->uris, g_ptr_array_ref(over->uris));
    replace_parts(policy->groups, over->groups, group_name);
    replace_parts(policy->declarations, over->declarations, declaration_name);
    replace_parts(policy->waivers, over->waivers, waiver_name);
    g_ptr_array_extend_and_steal(policy->operator_users,
                                 g_ptr_array_ref(over->operator_users));
    g_ptr_array_extend_and_steal(policy->operator_groups,
                                 g_ptr_array_ref(over->operator_groups));
    g_ptr_array_extend_and_steal(policy->files, g_ptr_array_ref(over->files));
}
