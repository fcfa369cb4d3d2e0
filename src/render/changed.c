/* Changes as JSON and as sentences; the security log of the DC that made one says who. */
#include "changed.h"

#include "base/text.h"
#include "render/tree.h"
#include "summary.h"

#define EVENT_OBJECT 5136u   /* A directory service object was modified */
#define EVENT_COMPUTER 4742u /* A computer account was changed */
#define EVENT_USER 4738u     /* A user account was changed */

/* The events of account management that name such a change, besides 5136; 0: none. */
static guint
account_event(const Account *account, AttrId attr)
{
    bool computer = (account->kinds & KIND_COMPUTER) != 0;
    switch ((int)attr) {
    case ATTR_UAC:
    case ATTR_DELEGATE_TO:
        return computer ? EVENT_COMPUTER : EVENT_USER;
    case ATTR_SPN:
    case ATTR_DNS_NAME:
        return computer ? EVENT_COMPUTER : 0;
    default:
        return 0;
    }
}

static json_t *
change_json(const Account *account, const AttrChange *change)
{
    g_autofree char *time = text_time(change->changed_us);
    g_autofree char *dc = account_change_dc(change);
    guint event = account_event(account, change->attr);
    json_t *object = json_object(), *events = json_array();
    if (event)
        json_array_append_new(events, json_integer(event));
    json_array_append_new(events, json_integer(EVENT_OBJECT));
    tree_put_text(object, "attribute", attr_name(change->attr));
    tree_put_text(object, "time", time);
    tree_put_text(object, "dc", dc);
    tree_put_count(object, "version", change->version);
    tree_put(object, "events", events);
    return object;
}

json_t *
changed_json(const Finding *finding)
{
    g_autoptr(GPtrArray) changes = finding_changes(finding);
    json_t *list = json_array();
    for (guint i = 0; i < changes->len; i++)
        json_array_append_new(list,
                              change_json(finding->subject_account, changes->pdata[i]));
    return list;
}

static char *
change_line(const Account *account, const AttrChange *change)
{
    g_autofree char *time = summary_minute(change->changed_us);
    g_autofree char *dc = account_change_dc(change);
    guint event = account_event(account, change->attr);
    g_autofree char *events = event ? g_strdup_printf("%u or %u", event, EVENT_OBJECT)
                                    : g_strdup_printf("%u", EVENT_OBJECT);
    if (!dc)
        return g_strdup_printf("%s of %s was last changed %s; on which domain controller "
                               "is not known",
                               attr_name(change->attr), account->name, time);
    return g_strdup_printf(
        "%s of %s was last changed %s on %s; who: Security event %s on "
        "%s, if it audits changes",
        attr_name(change->attr), account->name, time, dc, events, dc);
}

GPtrArray *
changed_lines(const Finding *finding)
{
    g_autoptr(GPtrArray) changes = finding_changes(finding);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len; i++)
        g_ptr_array_add(lines, change_line(finding->subject_account, changes->pdata[i]));
    return lines;
}
