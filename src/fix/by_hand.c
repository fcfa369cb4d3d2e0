/* Commands for what is no matter of a script: whether to enable an account is decided
 * beside it. */
#include "fix/by_hand.h"

#include "base/text.h"
#include "language.h"
#include "model/etypes.h"
#include "model/wellknown.h"

#include <string.h>

static void
put(GPtrArray *commands, const Estate *estate, const char *cmdlet, const Account *account,
    const char *rest)
{
    g_autofree char *at = powershell_where(estate, account);
    if (at)
        g_ptr_array_add(commands, g_strdup_printf("%s%s%s", cmdlet, at, rest));
}

/* RC4 stays where it is used: partners may have nothing else. */
static void
allow_aes(GPtrArray *commands, const Estate *estate, const Account *account)
{
    const char *object = account ? account_cmdlet(account) : NULL;
    if (!object || strcmp(object, "ADObject") == 0 ||
        (account->etypes & ETYPE_BITS_AES) != 0)
        return;
    g_autofree char *cmdlet = g_strconcat("Set-", object, NULL);
    put(commands, estate, cmdlet, account,
        (account->etypes & ETYPE_BIT_RC4) != 0
            ? " -KerberosEncryptionType RC4,AES128,AES256"
            : " -KerberosEncryptionType AES128,AES256");
}

/* Out of the group itself: which of several nested ones brings it there is not told. */
static void
leave_protected(GPtrArray *commands, const Estate *estate, const Account *account)
{
    Sid sid = account->sid;
    if (!sid_is_set(&sid) || sid.count == 0)
        return;
    sid.sub[sid.count - 1] = RID_PROTECTED_USERS;
    const Account *group = estate_by_sid(estate, &sid);
    g_autofree char *member = text_quoted(QUOTE_POWERSHELL, account->dn);
    bool direct = false;
    for (guint i = 0; group && i < account->member_of->len; i++)
        direct = direct || text_equal(account->member_of->pdata[i], group->dn);
    if (!direct || !member)
        return;
    g_autofree char *rest = g_strconcat(" -Members ", member, NULL);
    put(commands, estate, "Remove-ADGroupMember", group, rest);
}

GPtrArray *
by_hand_commands(const Estate *estate, const Finding *finding)
{
    GPtrArray *commands = g_ptr_array_new_with_free_func(g_free);
    const Account *account = finding->subject_account;
    if (!account)
        return commands;
    if (finding->rule == RULE_ACC_01)
        put(commands, estate, "Enable-ADAccount", account, "");
    else if (finding->rule == RULE_ACC_03)
        leave_protected(commands, estate, account);
    else if (finding->rule == RULE_ACC_05 || finding->rule == RULE_ACC_06)
        allow_aes(commands, estate, account);
    if (finding->rule == RULE_ACC_05)
        allow_aes(commands, estate, finding->target_account);
    return commands;
}
