/* The verdict over one ordered pair, condition by condition. */
#include "audit/verdict.h"
#include "model/spn.h"

#include <glib.h>
#include <string.h>

#define DOMAIN_SID "S-1-5-21-1-2-3"
#define HOST_UAC UAC_WORKSTATION
#define OPEN_UAC (UAC_WORKSTATION | UAC_T2A4D)

/* What a case changes in an estate where HV01 may migrate to HV02. */
typedef struct {
    const char *name;
    guint32 source_uac;
    const char *list; /* "CM": short+FQDN of cifs and migration; "c": cifs short
                       * ... ; "": empty; "x": some other entry */
    bool rbcd;        /* HV02 grants HV01 */
    guint32 target_uac;
    guint32 krbtgt_uac;
    guint64 source_unread, target_unread;
    const char *extra_owner; /* an SPN that another account holds, too */
    bool no_aliases;
    bool not_forest_wide;
    GroupMode mode;
    Verdict expected;
    const char *reason; /* part of one reason; NULL: none is asked for */
} Case;

static Sid
domain_sid(guint32 rid)
{
    Sid sid;
    g_assert_true(sid_parse_text(DOMAIN_SID, &sid));
    return sid_of_rid(&sid, rid);
}

static void
add_value(Estate *estate, GPtrArray *list, const char *class, const char *host)
{
    g_autofree char *spn = spn_of(class, host);
    g_ptr_array_add(list, (gpointer)estate_string(estate, spn));
}

static Account *
add_host(Estate *estate, const char *name, guint32 rid, guint32 uac)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,CN=Computers,DC=contoso,DC=test", name);
    g_autofree char *fqdn = g_strdup_printf("%s.contoso.test", name);
    Account *host = estate_add_account(estate, dn, NULL);
    host->kinds = KIND_COMPUTER;
    host->name = estate_string(estate, name);
    host->dns = estate_string(estate, fqdn);
    host->sid = domain_sid(rid);
    host->primary_group = 515;
    host->uac = uac;
    host->password_set_us = estate->collected_us + 1;
    const char *names[] = {name, fqdn};
    for (guint i = 0; i < 2; i++) {
        add_value(estate, host->spns, SPN_HOST, names[i]);
        add_value(estate, host->spns, SPN_MIGRATION, names[i]);
    }
    return host;
}

static void
fill_list(Estate *estate, Account *source, const char *list)
{
    for (; *list; list++) {
        const char *class = strchr("cC", *list) ? SPN_CIFS : SPN_MIGRATION;
        if (*list == 'x')
            add_value(estate, source->delegate_to, "MSSQLSvc", "sql01");
        else
            add_value(estate, source->delegate_to, class, "HV02");
        if (strchr("CM", *list))
            add_value(estate, source->delegate_to, class, "hv02.CONTOSO.test");
    }
}

static void
judge(const Case *want)
{
    g_autoptr(Estate) estate = estate_new(0);
    Domain *domain = estate_add_domain(estate, "DC=contoso,DC=test");
    g_assert_true(sid_parse_text(DOMAIN_SID, &domain->sid));
    if (!want->no_aliases) {
        estate_add_alias_line(estate, "host=alerter,cifs,http");
        estate->aliases_read = true;
    }
    estate->spns_forest_wide = !want->not_forest_wide;
    Account *krbtgt =
        estate_add_account(estate, "CN=krbtgt,CN=Users,DC=contoso,DC=test", NULL);
    krbtgt->kinds = KIND_USER;
    krbtgt->sid = domain_sid(502);
    krbtgt->uac = want->krbtgt_uac;
    Account *source = add_host(estate, "HV01", 1101, want->source_uac);
    Account *target = add_host(estate, "HV02", 1102, want->target_uac);
    fill_list(estate, source, want->list);
    source->unread = want->source_unread;
    target->unread = want->target_unread;
    if (want->rbcd) {
        GByteArray *descriptor = secdesc_with_grant(NULL, 0, &source->sid);
        g_assert_nonnull(descriptor);
        target->rbcd = g_byte_array_free_to_bytes(descriptor);
    }
    if (want->extra_owner) {
        Account *other =
            estate_add_account(estate, "CN=svc,CN=Users,DC=contoso,DC=test", NULL);
        other->kinds = KIND_USER;
        g_ptr_array_add(other->spns, (gpointer)estate_string(estate, want->extra_owner));
    }
    estate_freeze(estate);

    Group group = {.services = 3, .mode = want->mode};
    VerdictContext *context = verdict_context_new(estate);
    Pair *pair = verdict_of(context, &group, source, target, false);
    g_autoptr(GString) reasons = g_string_new(NULL);
    for (Service s = 0; s < SERVICE_COUNT; s++)
        for (guint i = 0; i < pair->services[s].reasons->len; i++)
            g_string_append_printf(reasons, "%s\n",
                                   (char *)pair->services[s].reasons->pdata[i]);
    if (pair->verdict != want->expected)
        g_error("%s: %s, not %s; %s", want->name, verdict_names[pair->verdict],
                verdict_names[want->expected], reasons->str);
    if (want->reason && !strstr(reasons->str, want->reason))
        g_error("%s: no reason says \"%s\": %s", want->name, want->reason, reasons->str);
    if (want->expected == VERDICT_READY)
        g_assert_cmpstr(reasons->str, ==, "");
    pair_free(pair);
    verdict_context_free(context);
}

#define UNREAD(attr) (G_GUINT64_CONSTANT(1) << (attr))

static const Case cases[] = {
    {.name = "all right",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .expected = VERDICT_READY},
    {.name = "RBCD alone, empty list, no T2A4D",
     .source_uac = HOST_UAC,
     .list = "",
     .rbcd = true,
     .expected = VERDICT_READY},
    {.name = "RBCD for what the list lacks",
     .source_uac = OPEN_UAC,
     .list = "C",
     .rbcd = true,
     .expected = VERDICT_READY},
    {.name = "no leg at all",
     .source_uac = OPEN_UAC,
     .list = "",
     .expected = VERDICT_BROKEN,
     .reason = "is not trusted to delegate"},
    {.name = "migration missing",
     .source_uac = OPEN_UAC,
     .list = "C",
     .expected = VERDICT_BROKEN},
    {.name = "short names only",
     .source_uac = OPEN_UAC,
     .list = "cm",
     .expected = VERDICT_DEGRADED,
     .reason = "missing: cifs/HV02.contoso.test"},
    {.name = "Kerberos only",
     .source_uac = HOST_UAC,
     .list = "CM",
     .expected = VERDICT_DEGRADED,
     .reason = "signed in on the source"},
    {.name = "mixing trap",
     .source_uac = HOST_UAC,
     .list = "x",
     .rbcd = true,
     .expected = VERDICT_DEGRADED,
     .reason = "(T2A4D) is off"},
    {.name = "source sensitive",
     .source_uac = OPEN_UAC | UAC_NOT_DELEGATED,
     .list = "CM",
     .expected = VERDICT_DEGRADED,
     .reason = "NOT_DELEGATED"},
    {.name = "source disabled",
     .source_uac = OPEN_UAC | UAC_DISABLED,
     .list = "CM",
     .expected = VERDICT_BROKEN,
     .reason = "source's account is disabled"},
    {.name = "target disabled",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .target_uac = UAC_DISABLED,
     .expected = VERDICT_BROKEN,
     .reason = "disabled"},
    {.name = "krbtgt sensitive",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .krbtgt_uac = UAC_NOT_DELEGATED,
     .expected = VERDICT_BROKEN,
     .reason = "krbtgt"},
    {.name = "unconstrained alone",
     .source_uac = HOST_UAC | UAC_TRUSTED_FOR_DELEGATION,
     .list = "",
     .expected = VERDICT_DEGRADED,
     .reason = "forwarded TGT"},
    {.name = "unconstrained beside a full list",
     .list = "CM",
     .source_uac = OPEN_UAC | UAC_TRUSTED_FOR_DELEGATION,
     .expected = VERDICT_READY},
    {.name = "duplicate",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .extra_owner = SPN_MIGRATION "/hv02",
     .expected = VERDICT_BROKEN,
     .reason = "more than one"},
    {.name = "shadowed",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .extra_owner = "CIFS/HV02",
     .expected = VERDICT_BROKEN,
     .reason = "another account"},
    {.name = "mode kcd ignores RBCD",
     .source_uac = OPEN_UAC,
     .list = "",
     .rbcd = true,
     .mode = MODE_KCD,
     .expected = VERDICT_BROKEN},
    {.name = "mode rbcd ignores the list",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .mode = MODE_RBCD,
     .expected = VERDICT_BROKEN},
    /* Evidence not read is never ready. */
    {.name = "list unread",
     .source_uac = OPEN_UAC,
     .list = "",
     .source_unread = UNREAD(ATTR_DELEGATE_TO),
     .expected = VERDICT_UNKNOWN},
    {.name = "list unread, RBCD grants",
     .source_uac = OPEN_UAC,
     .list = "",
     .rbcd = true,
     .source_unread = UNREAD(ATTR_DELEGATE_TO),
     .expected = VERDICT_READY},
    {.name = "descriptor unread",
     .source_uac = OPEN_UAC,
     .list = "",
     .target_unread = UNREAD(ATTR_RBCD),
     .expected = VERDICT_UNKNOWN},
    {.name = "source UAC unread",
     .source_uac = 0,
     .list = "CM",
     .source_unread = UNREAD(ATTR_UAC),
     .expected = VERDICT_UNKNOWN},
    {.name = "target UAC unread",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .target_unread = UNREAD(ATTR_UAC),
     .expected = VERDICT_UNKNOWN},
    {.name = "aliases unread",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .no_aliases = true,
     .expected = VERDICT_UNKNOWN,
     .reason = "sPNMappings"},
    {.name = "forest not searched",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .not_forest_wide = true,
     .expected = VERDICT_UNKNOWN,
     .reason = "forest"},
    {.name = "groups unread",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .source_unread = UNREAD(ATTR_MEMBER_OF),
     .expected = VERDICT_UNKNOWN,
     .reason = "Protected Users"},
    {.name = "no common encryption type",
     .source_uac = OPEN_UAC | UAC_DES_ONLY,
     .list = "CM",
     .expected = VERDICT_BROKEN,
     .reason = "encryption type"},
    {.name = "encryption types unread",
     .source_uac = OPEN_UAC,
     .list = "CM",
     .target_unread = UNREAD(ATTR_ETYPES),
     .expected = VERDICT_UNKNOWN},
    {.name = "a slip beside something unread",
     .source_uac = OPEN_UAC,
     .list = "",
     .no_aliases = true,
     .expected = VERDICT_BROKEN},
};

static void
test_case(gconstpointer data)
{
    judge(data);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/verdict/%s", cases[i].name);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
