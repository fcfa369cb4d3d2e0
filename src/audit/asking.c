/* Adding conditions, and the questions that several of them ask. */
#include "ask.h"

#include "context.h"

Condition *
ask_add(const Asking *asking, ConditionState state)
{
    Condition condition = {
        .what = asking->what,
        .service = -1,
        .state = state,
        .worst = VERDICT_BROKEN,
        .decides = true,
    };
    g_array_append_val(asking->out, condition);
    return &g_array_index(asking->out, Condition, asking->out->len - 1);
}

Condition *
ask_add_spn(const Asking *asking, const NeededSpn *needed, guint nth,
            ConditionState state)
{
    Condition *condition = ask_add(asking, state);
    condition->service = needed->service < SERVICE_COUNT ? (int)needed->service : -1;
    condition->nth = nth;
    condition->name = needed->spn;
    return condition;
}

ConditionState
ask_state(Tri tri)
{
    return tri == TRI_YES  ? CONDITION_PASS
           : tri == TRI_NO ? CONDITION_FAIL
                           : CONDITION_UNKNOWN;
}

void
ask_stands_in(Condition *condition, AttrId attr, const Account *account)
{
    condition->attribute = attr_name(attr);
    condition->account = account;
}

const char *
ask_text(const Asking *asking, const char *text)
{
    return g_string_chunk_insert_const(asking->ends->context->words, text);
}

const char *
ask_format(const Asking *asking, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return ask_text(asking, text);
}

/* What account_flag_text says, put together anew where the value is another than those
 * two that were told last: a host's and krbtgt's. */
static const char *
bit_text(const Asking *asking, const Account *account, guint32 bit)
{
    BitTold *told = asking->ends->context->told_bits[g_bit_nth_lsf(bit, -1)];
    for (guint i = 0; i < BITS_TOLD; i++)
        if (told[i].of && account_same_flags(told[i].of, account))
            return told[i].text;
    g_autofree char *text = account_flag_text(account, bit);
    told[1] = told[0];
    told[0] = (BitTold){account, ask_text(asking, text)};
    return told[0].text;
}

/* Whether a bit is as it should be. */
Condition *
ask_bit(const Asking *asking, const Account *account, guint32 bit, Tri wanted)
{
    Tri on = account_flag(account, bit);
    Condition *condition = ask_add(asking, on == TRI_UNKNOWN ? CONDITION_UNKNOWN
                                           : on == wanted    ? CONDITION_PASS
                                                             : CONDITION_FAIL);
    condition->seen = bit_text(asking, account, bit);
    ask_stands_in(condition, ATTR_UAC, account);
    return condition;
}

Condition *
ask_protected(const Asking *asking, const Account *account)
{
    const Estate *estate = asking->ends->context->estate;
    Tri in = estate_is_protected(estate, account);
    Condition *condition = ask_add(asking, in == TRI_NO    ? CONDITION_PASS
                                           : in == TRI_YES ? CONDITION_FAIL
                                                           : CONDITION_UNKNOWN);
    condition->seen = in == TRI_YES ? "a member of Protected Users"
                      : in == TRI_NO
                          ? "no member of Protected Users, nested groups included"
                      : estate_is_export(estate) ? "memberships were not exported in full"
                                                 : "memberships could not all be read";
    ask_stands_in(condition, account->token_groups ? ATTR_TOKEN_GROUPS : ATTR_MEMBER_OF,
                  account);
    return condition;
}
