/* Who is in the logon of an operator on a host, and whom a list of principals keeps out.
 */
#include "logon.h"

#include "base/text.h"
#include "gpo_case.h"
#include "model/wellknown.h"

/* Of every user's network logon at a member of the domain; Users holds Authenticated
 * Users unless somebody took them out of it. */
static const struct {
    const char *sid;
    Tri held;
} of_anybody[] = {
    {SID_EVERYONE, TRI_YES},    {SID_AUTHENTICATED_USERS, TRI_YES},
    {SID_NETWORK, TRI_YES},     {SID_THIS_ORGANIZATION, TRI_YES},
    {SID_USERS, TRI_YES},       {SID_GUESTS, TRI_NO},
    {SID_ANONYMOUS, TRI_NO},    {SID_ENTERPRISE_DCS, TRI_NO},
    {SID_LOCAL_SYSTEM, TRI_NO}, {SID_LOCAL_ACCOUNT, TRI_NO},
    {SID_LOCAL_ADMIN, TRI_NO},
};

static Tri
anybody_holds(const Sid *sid)
{
    for (guint i = 0; i < G_N_ELEMENTS(of_anybody); i++) {
        Sid known;
        if (sid_parse_text(of_anybody[i].sid, &known) && sid_equal(&known, sid))
            return of_anybody[i].held;
    }
    return TRI_UNKNOWN;
}

/* Whether it is of a domain of which nothing was read: who is in such a group is not
 * known. */
static bool
is_foreign(const Audit *audit, const Sid *sid)
{
    const GPtrArray *domains = audit->estate->domains;
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = domains->pdata[i];
        if (sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid))
            return false;
    }
    return sid_is_of_domain(sid);
}

/* One of the host's own groups, by who is in it. */
static Tri
group_holds(const Audit *audit, const Host *host, const Token *token,
            const FactsGroup *group)
{
    Tri any = TRI_NO;
    for (guint i = 0; i < group->members->len; i++) {
        const Sid *sid = &((const FactsMember *)group->members->pdata[i])->sid;
        /* Operators are no accounts of the host, and none of its groups holds another. */
        bool own = sid_is_builtin(sid) || (sid_is_set(&host->facts->machine) &&
                                           sid_in_domain(sid, &host->facts->machine));
        Tri held = own ? TRI_NO : logon_holds(audit, host, token, sid);
        if (held == TRI_YES)
            return TRI_YES;
        if (held == TRI_UNKNOWN || (!own && is_foreign(audit, sid)))
            any = TRI_UNKNOWN;
    }
    return any;
}

/* The host's own groups stand in no directory; Domain Admins are put into one. */
static Tri
builtin_holds(const Audit *audit, const Host *host, const Token *token, const Sid *sid)
{
    const Domain *domain = estate_home_of(audit->estate, host->account);
    const FactsGroup *told =
        host->facts ? host_facts_group(host->facts, sid_rid(sid)) : NULL;
    if (told)
        return group_holds(audit, host, token, told);
    if (sid->sub[1] != RID_ADMINISTRATORS || !domain || !sid_is_set(&domain->sid))
        return TRI_UNKNOWN;
    Sid admins = sid_of_rid(&domain->sid, RID_DOMAIN_ADMINS);
    return token_has(token, &admins) == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

Tri
logon_holds(const Audit *audit, const Host *host, const Token *token, const Sid *sid)
{
    const Domain *domain = estate_home_of(audit->estate, host->account);
    Tri held = anybody_holds(sid);
    bool local = domain && sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid);
    if (held != TRI_UNKNOWN)
        return held;
    if (!token)
        return local && sid_rid(sid) == RID_DOMAIN_USERS       ? TRI_YES
               : local && sid_rid(sid) == RID_DOMAIN_COMPUTERS ? TRI_NO
                                                               : TRI_UNKNOWN;
    if (sid->count < 2 || sid->sub[0] != 32)
        return token_has(token, sid);
    return builtin_holds(audit, host, token, sid);
}

/* Whether anybody on the list is in that logon. */
static Tri
list_holds(const Audit *audit, const Host *host, const Token *token,
           const GPtrArray *principals)
{
    Tri any = TRI_NO;
    for (guint i = 0; i < principals->len; i++) {
        Sid sid;
        Tri held = gpo_principal_find_sid(audit, principals->pdata[i], &sid)
                       ? logon_holds(audit, host, token, &sid)
                       : TRI_UNKNOWN;
        if (held == TRI_YES)
            return TRI_YES;
        if (held == TRI_UNKNOWN)
            any = TRI_UNKNOWN;
    }
    return any;
}

static void
add_name(GString **names, const char *name)
{
    if (!*names)
        *names = g_string_new(name);
    else
        g_string_append_printf(*names, ", %s", name);
}

LoggedOff
logged_off(const Audit *audit, const Host *host, const char *right,
           const GPtrArray *principals)
{
    const Domain *kdc = estate_home_of(audit->estate, host->account);
    Tri right_answer = text_equal(right, LOGON_DENIED) ? TRI_NO : TRI_YES;
    LoggedOff off = {NULL, NULL};
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        g_autoptr(Token) token = token_new(audit->estate, user, kdc);
        Tri held = list_holds(audit, host, token, principals);
        if (held != right_answer)
            add_name(held == TRI_UNKNOWN ? &off.doubtful : &off.refused, user->name);
    }
    if (audit->operators->len > 0)
        return off;
    Tri held = list_holds(audit, host, NULL, principals);
    if (held == TRI_UNKNOWN && right_answer == TRI_YES)
        add_name(&off.doubtful, "the operators (name them with --operator USER)");
    else if (held != TRI_UNKNOWN && held != right_answer)
        add_name(&off.refused, "the operators");
    return off;
}

void
logged_off_clear(LoggedOff *off)
{
    if (off->refused)
        g_string_free(off->refused, TRUE);
    if (off->doubtful)
        g_string_free(off->doubtful, TRUE);
}
