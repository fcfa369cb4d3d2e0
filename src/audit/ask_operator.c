/* What the directory says of who starts migrations; it moves no verdict. */
#include "ask.h"

#include "context.h"
#include "model/signin.h"

void
ask_operator_delegable(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_bit(asking, user, UAC_NOT_DELEGATED, TRI_NO);
        condition->name = user->name;
        condition->nth = i;
    }
}

void
ask_operator_unprotected(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_protected(asking, user);
        condition->name = user->name;
        condition->nth = i;
    }
}

/* The worst of what may stand in the user's way. */
static void
ask_sign_in(const Asking *asking, const Account *user, Condition *condition)
{
    g_autoptr(GString) refused = g_string_new(NULL);
    g_autofree char *doubt = NULL;
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        Tri no = signin_refused(asking->ends->context->estate, user, SIGNIN_PERSON, slip);
        if (no == TRI_YES)
            g_string_append_printf(refused, "%s%s", refused->len ? "; " : "",
                                   signin_clause(SIGNIN_PERSON, slip));
        if (no == TRI_YES || (no == TRI_UNKNOWN && refused->len == 0))
            ask_stands_in(condition, signin_attribute(slip), user);
        if (no == TRI_UNKNOWN && !doubt)
            doubt = signin_doubt(asking->ends->context->estate, user, slip);
    }
    condition->state = refused->len > 0 ? CONDITION_FAIL
                       : doubt          ? CONDITION_UNKNOWN
                                        : CONDITION_PASS;
    condition->seen =
        refused->len > 0 ? ask_text(asking, refused->str)
        : doubt          ? ask_text(asking, doubt)
                : "enabled, not expired, not locked out, within the logon hours, with a "
                  "password that need not be changed";
    if (!condition->attribute)
        ask_stands_in(condition, ATTR_UAC, user);
}

void
ask_operator_sign_in(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_add(asking, CONDITION_PASS);
        condition->name = user->name;
        condition->nth = i;
        ask_sign_in(asking, user, condition);
    }
}

/* Nobody exports descriptors for this: where there is none in a file, it is not asked. */
void
ask_operator_groups(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    EdgeIndex *edges = asking->ends->context->edges;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        if (!user->security && audit_is_offline(asking->audit))
            continue;
        Tri may =
            signin_groups_readable(user, edge_token(edges, asking->ends->source, user));
        Condition *condition = ask_add(asking, ask_state(may));
        condition->name = user->name;
        condition->nth = i;
        condition->seen =
            ask_format(asking, "%s %s %s's groups (tokenGroupsGlobalAndUniversal)",
                       asking->ends->source->name,
                       may == TRI_YES  ? "may read"
                       : may == TRI_NO ? "may not read"
                                       : "may or may not be let read",
                       user->name);
        ask_stands_in(condition, ATTR_SECURITY, user);
    }
}
