/* Whom a list of user rights names (by SID, by well-known name, by account), and on which
 * domain controllers. */
#include "rights.h"

#include "base/text.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

#define SHOWN_MAX 12u /* principals of a right in one report */

/* Names that the policy editor writes where it does not write the SID; domain
 * controllers of some languages have their own. */
static const struct {
    const char *name;
    const char *sid;
} known_names[] = {
    {"Administrators", SID_ADMINISTRATORS},
    {"BUILTIN\\Administrators", SID_ADMINISTRATORS},
    {"Administratoren", SID_ADMINISTRATORS},
    {"VORDEFINIERT\\Administratoren", SID_ADMINISTRATORS},
    {"Administrateurs", SID_ADMINISTRATORS},
    {"BUILTIN\\Administrateurs", SID_ADMINISTRATORS},
    {"Administradores", SID_ADMINISTRATORS},
    {"BUILTIN\\Administradores", SID_ADMINISTRATORS},
    {"ALL SERVICES", SID_ALL_SERVICES},
    {"NT SERVICE\\ALL SERVICES", SID_ALL_SERVICES},
    {"Virtual Machines", SID_VIRTUAL_MACHINES},
    {"NT VIRTUAL MACHINE\\Virtual Machines", SID_VIRTUAL_MACHINES},
    {"Everyone", SID_EVERYONE},
    {"Jeder", SID_EVERYONE},
    {"Tout le monde", SID_EVERYONE},
    {"Todos", SID_EVERYONE},
    {"Authenticated Users", SID_AUTHENTICATED_USERS},
    {"NT AUTHORITY\\Authenticated Users", SID_AUTHENTICATED_USERS},
    {"Authentifizierte Benutzer", SID_AUTHENTICATED_USERS},
    {"NT-AUTORIT\xc3\x84T\\Authentifizierte Benutzer", SID_AUTHENTICATED_USERS},
    {"Users", SID_USERS},
    {"BUILTIN\\Users", SID_USERS},
    {"Guests", SID_GUESTS},
    {"BUILTIN\\Guests", SID_GUESTS},
};

bool
right_sid(const char *principal, Sid *ret_sid)
{
    if (sid_parse_text(*principal == '*' ? principal + 1 : principal, ret_sid))
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(known_names); i++)
        if (text_equal(principal, known_names[i].name))
            return sid_parse_text(known_names[i].sid, ret_sid);
    return false;
}

bool
right_find_sid(const Audit *audit, const char *principal, Sid *ret_sid)
{
    if (right_sid(principal, ret_sid))
        return true;
    g_auto(UserName) parts = username_of(principal);
    const Account *found = NULL;
    for (guint i = 0; i < audit->estate->accounts->len; i++) {
        const Account *account = audit->estate->accounts->pdata[i];
        if (!account->sam || !text_equal(account->sam, parts.user))
            continue;
        if (found)
            return false;
        found = account;
    }
    if (found)
        *ret_sid = found->sid;
    return found && sid_is_set(ret_sid);
}

char *
right_principals(const Estate *estate, const PolicyRight *right)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint count = right->principals->len;
    for (guint i = 0; i < count && i < SHOWN_MAX; i++) {
        const char *principal = right->principals->pdata[i];
        Sid sid;
        bool is_sid = *principal == '*' && sid_parse_text(principal + 1, &sid);
        g_autofree char *name = is_sid ? estate_sid_name(estate, &sid) : NULL;
        bool named = name && strcmp(name, principal + 1) != 0;
        g_string_append_printf(list, "%s%s%s%s%s", i > 0 ? ", " : "", principal,
                               named ? " (" : "", named ? name : "", named ? ")" : "");
    }
    if (count > SHOWN_MAX)
        g_string_append_printf(list, ", and %u more", count - SHOWN_MAX);
    return g_strdup(count > 0 ? list->str : "nobody");
}

GPtrArray *
right_controllers(const Audit *audit)
{
    GPtrArray *controllers = g_ptr_array_new();
    const GPtrArray *accounts = audit->estate->accounts;
    for (guint i = 0; audit->policy->reach != REACH_HOSTS && i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (account_flag(account, UAC_DOMAIN_CONTROLLER) == TRI_YES &&
            account_is_enabled(account) == TRI_YES && !account->partial)
            g_ptr_array_add(controllers, (gpointer)account);
    }
    return controllers;
}
