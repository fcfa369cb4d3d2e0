/* Proposals on a small estate: what is written is applied to a copy of it, as
 * ldapmodify would, and the copy is audited again. */
#include "audit/rules.h"
#include "base/embed.h"
#include "base/text.h"
#include "fix/first.h"
#include "fix/proposals.h"
#include "model/spn.h"
#include "model/wellknown.h"

#include <glib/gstdio.h>
#include <string.h>

#define BASE "DC=contoso,DC=com"
#define HOSTS ",OU=Hosts," BASE
#define WORKSTATION UAC_WORKSTATION

/* The world */

typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    GPtrArray *fixes;
} World;

typedef void (*BuildFn)(Estate *estate);

static Sid
sid_number(guint32 rid)
{
    Sid sid;
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &sid));
    return rid ? sid_of_rid(&sid, rid) : sid;
}

static Account *
account_at(Estate *estate, const char *dn, const char *name, guint kinds, guint32 uac)
{
    Account *account = estate_add_account(estate, dn, NULL);
    g_autofree char *sam =
        kinds & KIND_COMPUTER ? g_strdup_printf("%s$", name) : g_strdup(name);
    account->sam = estate_string(estate, sam);
    account->name = estate_string(estate, name);
    account->kinds = kinds;
    account->uac = uac;
    account->password_set_us = estate->collected_us;
    if (kinds & KIND_GROUP)
        account->group_type = GROUP_TYPE_SECURITY | GROUP_TYPE_GLOBAL;
    account->sid = sid_number(1000 + estate->accounts->len);
    account->os_version = "10.0 (20348)";
    account->etypes = kinds & KIND_COMPUTER ? 28 : 0;
    account->primary_group = kinds & KIND_COMPUTER ? 515 : 513;
    return account;
}

static void
spn(Estate *estate, Account *account, const char *text)
{
    g_ptr_array_add(account->spns, (gpointer)estate_string(estate, text));
}

static void
entry(Estate *estate, Account *account, const char *text)
{
    g_ptr_array_add(account->delegate_to, (gpointer)estate_string(estate, text));
}

static void
spn_both(Estate *estate, Account *account, const char *class)
{
    g_autofree char *shorter = spn_of(class, account->name);
    g_autofree char *longer = spn_of(class, account->dns);
    spn(estate, account, shorter);
    spn(estate, account, longer);
}

/* A host that lacks nothing but delegation. */
static Account *
host(Estate *estate, const char *name, guint32 uac)
{
    g_autofree char *dn = g_strdup_printf("CN=%s" HOSTS, name);
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *dns = g_strdup_printf("%s.contoso.com", lower);
    Account *account = account_at(estate, dn, name, KIND_COMPUTER, uac);
    account->dns = estate_string(estate, dns);
    spn_both(estate, account, SPN_HOST);
    spn_both(estate, account, SPN_MIGRATION);
    return account;
}

static Account *
bare_host(Estate *estate, const char *name, guint32 uac)
{
    Account *account = host(estate, name, uac);
    g_ptr_array_set_size(account->spns, 0);
    spn_both(estate, account, SPN_HOST);
    return account;
}

static void
allow(Estate *estate, Account *source, const char *target)
{
    g_autofree char *lower = g_ascii_strdown(target, -1);
    static const char *const classes[] = {SPN_CIFS, SPN_MIGRATION};
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *shorter = spn_of(classes[i], target);
        g_autofree char *longer = g_strdup_printf("%s/%s.contoso.com", classes[i], lower);
        entry(estate, source, shorter);
        entry(estate, source, longer);
    }
}

static GBytes *
grant(GBytes *old, const Sid *sid)
{
    gsize length = 0;
    const void *data = old ? g_bytes_get_data(old, &length) : NULL;
    return g_byte_array_free_to_bytes(secdesc_with_grant(data, length, sid));
}

static Estate *
estate_built(BuildFn build)
{
    Estate *estate = estate_new(G_GINT64_CONSTANT(1790000000000000));
    Domain *domain = estate_add_domain(estate, BASE);
    domain->dns = "contoso.com";
    domain->netbios = "CONTOSO";
    domain->sid = sid_number(0);
    estate->domain = "contoso.com";
    estate->dc = "dc1.contoso.com";
    estate->source_kind = "ldap";
    estate->source_uri = "ldap://dc1.contoso.com";
    estate->aliases_read = true;
    estate->spns_forest_wide = true;
    estate_add_alias_line(estate, "host=alerter,cifs,http");
    account_at(estate, "CN=krbtgt,CN=Users," BASE, "krbtgt", KIND_USER,
               UAC_NORMAL | UAC_DISABLED)
        ->sid = sid_number(502);
    build(estate);
    return estate;
}

static void
judge(World *world, GroupMode mode, GroupPt pt)
{
    GError *error = NULL;
    estate_freeze(world->estate);
    world->policy = policy_new();
    GroupSpec *spec = group_spec_new("prod", ORIGIN_CONFIG);
    spec->mode = mode;
    spec->pt = pt;
    world->policy->reach = REACH_DOMAIN;
    g_ptr_array_add(spec->hosts, g_strdup("HV*"));
    g_ptr_array_add(world->policy->groups, spec);
    g_assert_true(audit_new(world->estate, world->policy, &world->audit, &error));
    g_assert_no_error(error);
}

static World
world_of(BuildFn build, GroupMode mode, GroupPt pt)
{
    World world = {.estate = estate_built(build)};
    judge(&world, mode, pt);
    audit_run(world.audit);
    world.fixes = fix_plan(world.audit);
    return world;
}

static void
world_clear(World *world)
{
    g_clear_pointer(&world->fixes, g_ptr_array_unref);
    g_clear_pointer(&world->audit, audit_free);
    g_clear_pointer(&world->policy, policy_free);
    g_clear_pointer(&world->estate, estate_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static const Fix *
fix_find(const World *world, const char *id)
{
    for (guint i = 0; i < world->fixes->len; i++) {
        const Fix *fix = world->fixes->pdata[i];
        if (strcmp(fix->id, id) == 0)
            return fix;
    }
    return NULL;
}

static const Fix *
fix_get(const World *world, const char *id)
{
    const Fix *fix = fix_find(world, id);
    if (!fix)
        g_error("no fix %s", id);
    return fix;
}

static char *
joined(gpointer *values, guint count)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s", i ? " | " : "", (char *)values[i]);
    return g_string_free(text, FALSE);
}

#define assert_values(array, expected)                                   \
    do {                                                                 \
        g_autofree char *joined_ = joined((array)->pdata, (array)->len); \
        g_assert_cmpstr(joined_, ==, expected);                          \
    } while (0)

static guint
failed(const World *world, const char *rule)
{
    guint count = 0;
    for (guint i = 0; i < world->audit->findings->len; i++) {
        const Finding *finding = world->audit->findings->pdata[i];
        count +=
            finding->status == STATUS_FAIL && strcmp(rule_name(finding->rule), rule) == 0;
    }
    return count;
}

/* Of the first such finding (transfer full). */
static char *
detail_of(const World *world, const char *rule)
{
    for (guint i = 0; i < world->audit->findings->len; i++) {
        const Finding *finding = world->audit->findings->pdata[i];
        if (strcmp(rule_name(finding->rule), rule) == 0)
            return finding_detail(finding);
    }
    return g_strdup("");
}

static RuleId
rule_named(const char *id)
{
    RuleId rule = RULE_ACC_01;
    g_assert_true(rule_parse(id, &rule));
    return rule;
}

/* A finding by hand, in the place of what the rules found. */
static Finding *
found(World *world, const char *rule, const Account *subject, const Account *target,
      const char *name)
{
    Finding *finding = finding_new(rule_named(rule), SEVERITY_ERROR, STATUS_FAIL,
                                   subject->name, target ? target->name : NULL, name);
    finding->subject_account = subject;
    finding->target_account = target;
    g_ptr_array_add(world->audit->findings, finding);
    return finding;
}

/* A world without findings, for findings by hand. */
static World
quiet(BuildFn build)
{
    World world = {.estate = estate_built(build)};
    judge(&world, MODE_EITHER, PT_DEFAULT);
    audit_run(world.audit);
    g_ptr_array_set_size(world.audit->findings, 0);
    return world;
}

static const Account *
named(const World *world, const char *name)
{
    const GPtrArray *accounts = estate_by_name(world->estate, name);
    g_assert_nonnull(accounts);
    return accounts->pdata[0];
}

/* LDIF, applied as a DC would */

static char *
ldif_value(const char *line, gsize *ret_length)
{
    const char *colon = strchr(line, ':');
    g_assert_nonnull(colon);
    if (colon[1] == ':')
        return (char *)g_base64_decode(colon + 3, ret_length);
    char *value = g_strdup(colon[1] == ' ' ? colon + 2 : colon + 1);
    *ret_length = strlen(value);
    return value;
}

static void
apply_one(Estate *estate, Account *account, const char *attribute, bool add,
          const char *value, gsize length)
{
    if (strcmp(attribute, "userAccountControl") == 0) {
        guint32 number = (guint32)g_ascii_strtoll(value, NULL, 10);
        if (!add)
            g_assert_cmpuint(account->uac, ==, number);
        account->uac = add ? number : 0;
    } else if (strcmp(attribute, "msDS-AllowedToActOnBehalfOfOtherIdentity") == 0) {
        g_autoptr(GBytes) bytes = g_bytes_new(value, length);
        if (add)
            g_assert_null(account->rbcd);
        else
            g_assert_true(account->rbcd && g_bytes_equal(account->rbcd, bytes));
        g_clear_pointer(&account->rbcd, g_bytes_unref);
        if (add)
            account->rbcd = g_steal_pointer(&bytes);
    } else {
        GPtrArray *values = strcmp(attribute, "servicePrincipalName") == 0
                                ? account->spns
                                : account->delegate_to;
        guint at = values->len;
        for (guint i = 0; i < values->len; i++)
            if (text_equal(values->pdata[i], value))
                at = i;
        g_assert_cmpint(at == values->len, ==, add);
        if (add)
            g_ptr_array_add(values, (gpointer)estate_string(estate, value));
        else
            g_ptr_array_remove_index(values, at);
    }
}

static guint
apply(Estate *estate, const char *ldif)
{
    guint records = 0;
    g_auto(GStrv) lines = g_strsplit(ldif, "\n", -1);
    Account *account = NULL;
    g_autofree char *attribute = NULL;
    bool add = false;
    for (char **each = lines; *each; each++) {
        const char *line = *each;
        gsize length = 0;
        if (*line == '#' || *line == '\0' || strcmp(line, "-") == 0 ||
            strcmp(line, "changetype: modify") == 0)
            continue;
        g_autofree char *value = ldif_value(line, &length);
        if (g_str_has_prefix(line, "dn:")) {
            bool made = false;
            account = estate_add_account(estate, value, &made);
            g_assert_false(made);
            records++;
        } else if (g_str_has_prefix(line, "add:") || g_str_has_prefix(line, "delete:")) {
            add = line[0] == 'a';
            g_free(attribute);
            attribute = g_strdup(value);
        } else {
            g_assert_true(g_str_has_prefix(line, attribute));
            apply_one(estate, account, attribute, add, value, length);
        }
    }
    return records;
}

static char *
contents(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static const char *const file_names[] = {
    "fix-spn.cmd",  "fix-delegation.ps1",  "fix.ldif",
    "undo-spn.cmd", "undo-delegation.ps1", "undo.ldif"};

/* The directory with the six files; remove_files ends it. */
static char *
written(const World *world)
{
    GError *error = NULL;
    char *parent = g_dir_make_tmp("kcdaudit-fix-XXXXXX", &error);
    g_assert_no_error(error);
    g_assert_true(fix_write(world->audit, world->fixes, parent, &error));
    g_assert_no_error(error);
    return parent;
}

static void
remove_files(char *directory)
{
    for (gsize i = 0; i < G_N_ELEMENTS(file_names); i++) {
        g_autofree char *path = g_build_filename(directory, file_names[i], NULL);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_free(directory);
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Everything a fix may change, to compare. */
static char *
state_of(Estate *estate)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        g_ptr_array_add(rows, g_strdup_printf("%s uac %u", account->dn, account->uac));
        for (guint v = 0; v < account->spns->len; v++)
            g_ptr_array_add(rows, g_strdup_printf("%s spn %s", account->dn,
                                                  (char *)account->spns->pdata[v]));
        for (guint v = 0; v < account->delegate_to->len; v++)
            g_ptr_array_add(rows,
                            g_strdup_printf("%s list %s", account->dn,
                                            (char *)account->delegate_to->pdata[v]));
        if (account->rbcd) {
            gsize length;
            const void *data = g_bytes_get_data(account->rbcd, &length);
            g_autofree char *text = g_base64_encode(data, length);
            g_ptr_array_add(rows, g_strdup_printf("%s rbcd %s", account->dn, text));
        }
    }
    g_ptr_array_sort(rows, compare_text);
    return joined(rows->pdata, rows->len);
}

/* Applies fix.ldif to a fresh copy: what had a proposal must be gone, and all
 * be ready.  Then undo.ldif: everything must be as it was. */
static void
assert_clears(BuildFn build, GroupMode mode, GroupPt pt)
{
    g_auto(World) before = world_of(build, mode, pt);
    char *directory = written(&before);
    g_autofree char *fix = contents(directory, "fix.ldif");
    g_autofree char *undo = contents(directory, "undo.ldif");
    remove_files(directory);

    g_auto(World) after = {.estate = estate_built(build)};
    g_assert_cmpuint(before.fixes->len, >, 0);
    g_assert_cmpuint(apply(after.estate, fix), ==, before.fixes->len);
    judge(&after, mode, pt);
    audit_run(after.audit);
    for (guint i = 0; i < after.audit->findings->len; i++) {
        const Finding *finding = after.audit->findings->pdata[i];
        if (finding->status == STATUS_FAIL && proposal_of(finding->rule))
            g_error("%s is still there: %s", finding->id, finding_detail(finding));
    }
    g_assert_cmpuint(after.audit->verdicts[VERDICT_READY], ==, after.audit->pairs->len);
    after.fixes = fix_plan(after.audit);
    g_assert_cmpuint(after.fixes->len, ==, 0);

    g_autoptr(Estate) first = estate_built(build);
    g_autoptr(Estate) again = estate_built(build);
    apply(again, fix);
    apply(again, undo);
    g_autofree char *was = state_of(first);
    g_autofree char *is = state_of(again);
    g_assert_cmpstr(is, ==, was);
}

static void
assert_mends(BuildFn build, GroupMode mode, GroupPt pt)
{
    g_auto(World) before = world_of(build, mode, pt);
    g_assert_cmpuint(before.audit->verdicts[VERDICT_READY], <, before.audit->pairs->len);
    assert_clears(build, mode, pt);
}

/* Cases */

static void
build_slips(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION);
    Account *hv2 = bare_host(estate, "HV02", WORKSTATION | UAC_NOT_DELEGATED);
    Account *hv3 = host(estate, "HV03", WORKSTATION | UAC_TRUSTED_FOR_DELEGATION);
    allow(estate, hv1, "HV02");
    entry(estate, hv1, "CIFS/Gone.contoso.com");
    entry(estate, hv2, "cifs/HV01");
    (void)hv3;
}

static void
test_mends_kcd(void)
{
    assert_mends(build_slips, MODE_EITHER, PT_DEFAULT);
}

static void
build_wrong_owners(Estate *estate)
{
    Account *hv1 = bare_host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    Account *service =
        account_at(estate, "CN=svc,OU=Users," BASE, "svc", KIND_USER, UAC_NORMAL);
    allow(estate, hv1, "HV02");
    allow(estate, hv2, "HV01");
    /* Each has what the other lacks: only removals first can work. */
    spn(estate, service, SPN_MIGRATION "/hv01.contoso.com");
    spn(estate, service, SPN_MIGRATION "/HV01");
    spn(estate, service, "CIFS/hv02");
}

static void
test_mends_wrong_owners(void)
{
    assert_mends(build_wrong_owners, MODE_EITHER, PT_DEFAULT);

    g_auto(World) world = world_of(build_wrong_owners, MODE_EITHER, PT_DEFAULT);
    const Fix *removal = fix_get(&world, "spn-removal:svc");
    assert_values(removal->remove, "CIFS/hv02 | " SPN_MIGRATION "/HV01 | " SPN_MIGRATION
                                   "/hv01.contoso.com");
    g_assert_cmpstr(removal->setspn->pdata[0], ==, "setspn -U -D \"CIFS/hv02\" svc");
    g_assert_cmpstr(removal->undo_setspn->pdata[0], ==, "setspn -U -S \"CIFS/hv02\" svc");
    g_assert_nonnull(strstr(removal->risk, "svc"));
    g_assert_cmpstr(fix_get(&world, "spn:HV01")->setspn->pdata[0], ==,
                    "setspn -S \"" SPN_MIGRATION "/HV01\" HV01");

    char *directory = written(&world);
    g_autofree char *ldif = contents(directory, "fix.ldif");
    g_autofree char *cmd = contents(directory, "fix-spn.cmd");
    remove_files(directory);
    g_assert_true(strstr(ldif, "spn-removal:svc") < strstr(ldif, "spn:HV01"));
    g_assert_true(strstr(cmd, "\nsetspn -U -D") < strstr(cmd, "\nsetspn -S"));
}

/* By RBCD, with a list in the way: the trap that needs T2A4D too. */
static void
build_rbcd(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION);
    Account *hv2 = host(estate, "HV02", WORKSTATION);
    host(estate, "HV03", WORKSTATION);
    Account *web = account_at(estate, "CN=WEB" HOSTS, "WEB", KIND_COMPUTER, WORKSTATION);
    spn(estate, web, "HTTP/web");
    entry(estate, hv1, "HTTP/web");
    hv2->rbcd = grant(NULL, &web->sid);
}

static void
test_mends_rbcd(void)
{
    assert_mends(build_rbcd, MODE_RBCD, PT_DEFAULT);

    g_auto(World) world = world_of(build_rbcd, MODE_RBCD, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd:HV02");
    g_assert_cmpint(fix->kind, ==, FIX_RBCD);
    assert_values(fix->add, "HV01 | HV03");

    /* One descriptor with all sources, and what stood before. */
    gsize length;
    const void *data = g_bytes_get_data(fix->rbcd_new, &length);
    g_autoptr(SecDesc) descriptor = NULL;
    g_assert_true(secdesc_parse(data, length, &descriptor, NULL));
    static const char *const expected[] = {"WEB", "HV01", "HV03"};
    g_assert_cmpuint(descriptor->aces->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        g_assert_true(sid_equal(&ace->sid, &named(&world, expected[i])->sid));
        g_assert_cmpuint(ace->mask & RIGHT_CONTROL_ACCESS, !=, 0);
    }
    /* Read, extended, written: never replaced. */
    const char *command = fix->powershell->pdata[0];
    g_assert_nonnull(strstr(command, "Get-ADComputer"));
    g_assert_nonnull(strstr(command, "+ @('CN=HV01" HOSTS "','CN=HV03" HOSTS "')"));
    g_assert_cmpuint(fix->setspn->len, ==, 0);
}

/* The cmdlet would drop a deny ACE: only LDIF keeps it. */
static void
build_rbcd_deny(Estate *estate)
{
    build_rbcd(estate);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    Account *hv3 = estate_add_account(estate, "CN=HV03" HOSTS, NULL);
    g_autoptr(GBytes) allowing = grant(hv2->rbcd, &hv3->sid);
    gsize length;
    guint8 *data = g_bytes_unref_to_data(g_steal_pointer(&allowing), &length);
    g_autoptr(SecDesc) descriptor = NULL;
    g_assert_true(secdesc_parse(data, length, &descriptor, NULL));
    data[g_array_index(descriptor->aces, Ace, 1).at] = ACE_DENY;
    g_bytes_unref(hv2->rbcd);
    hv2->rbcd = g_bytes_new_take(data, length);
}

static void
test_rbcd_deny(void)
{
    g_auto(World) world = world_of(build_rbcd_deny, MODE_RBCD, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd:HV02");
    assert_values(fix->add, "HV01 | HV03");
    assert_values(fix->remove, "deny HV03"); /* else the new ACE mends nothing */
    g_assert_cmpuint(fix->powershell->len, ==, 0);
    g_assert_cmpuint(strlen(fix->ldif), >, 0);
    char *directory = written(&world);
    g_autofree char *script = contents(directory, "fix-delegation.ps1");
    remove_files(directory);
    g_assert_nonnull(strstr(script, "# Not written: the cmdlet would lose"));
}

/* Descriptors */

static const SecDesc *
parsed(GBytes *bytes, SecDesc **held)
{
    gsize length;
    const void *data = g_bytes_get_data(bytes, &length);
    g_assert_true(secdesc_parse(data, length, held, NULL));
    return *held;
}

/* The bytes with one ACE changed in place. */
static GBytes *
altered(GBytes *bytes, guint ace, guint8 type, guint32 mask)
{
    g_autoptr(SecDesc) descriptor = NULL;
    gsize at = g_array_index(parsed(bytes, &descriptor)->aces, Ace, ace).at;
    gsize length;
    guint8 *data = g_bytes_unref_to_data(bytes, &length);
    guint32 little = GUINT32_TO_LE(mask);
    data[at] = type;
    memcpy(data + at + 4, &little, sizeof little);
    return g_bytes_new_take(data, length);
}

static GBytes *
grant_over(GBytes *old, const Sid *sid)
{
    GBytes *grown = grant(old, sid);
    g_bytes_unref(old);
    return grown;
}

/* Denied by an ACE of its own, ready but for it. */
static void
build_own_denial(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION);
    Account *hv2 = host(estate, "HV02", WORKSTATION);
    hv1->rbcd = grant(NULL, &hv2->sid);
    hv2->rbcd = altered(grant(NULL, &hv1->sid), 0, ACE_DENY, RIGHT_RBCD_USUAL);
    hv2->rbcd = grant_over(hv2->rbcd, &hv2->sid);
}

static void
test_own_denial(void)
{
    assert_mends(build_own_denial, MODE_RBCD, PT_DEFAULT);
    g_auto(World) world = world_of(build_own_denial, MODE_RBCD, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd:HV02");
    assert_values(fix->add, "HV01");
    assert_values(fix->remove, "deny HV01");
    g_assert_nonnull(strstr(fix->risk, "on purpose"));
    g_assert_cmpuint(fix->powershell->len, ==, 0); /* the cmdlet shows no denials */
    g_autoptr(SecDesc) held = NULL;
    const SecDesc *after = parsed(fix->rbcd_new, &held);
    g_assert_cmpuint(after->aces->len, ==, 2);
    g_assert_true(
        sid_equal(&g_array_index(after->aces, Ace, 0).sid, &named(&world, "HV02")->sid));
    for (guint i = 0; i < world.audit->findings->len; i++) {
        const Finding *finding = world.audit->findings->pdata[i];
        if (strcmp(rule_name(finding->rule), "RBC-01") == 0)
            assert_values(finding->fixes, "rbcd:HV02");
    }
    /* Where the list can serve it is left alone. */
    g_auto(World) either = world_of(build_own_denial, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&either, "RBC-01"), ==, 1);
    g_assert_null(fix_find(&either, "rbcd:HV02"));
    g_assert_nonnull(fix_find(&either, "delegation:HV01"));
}

/* The grant behind the denial is enough once that is gone. */
static void
build_denial_then_grant(Estate *estate)
{
    build_own_denial(estate);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    hv2->rbcd =
        grant_over(hv2->rbcd, &estate_add_account(estate, "CN=HV01" HOSTS, NULL)->sid);
}

static void
test_denial_then_grant(void)
{
    assert_mends(build_denial_then_grant, MODE_RBCD, PT_DEFAULT);
    g_auto(World) world = world_of(build_denial_then_grant, MODE_RBCD, PT_DEFAULT);
    assert_values(fix_get(&world, "rbcd:HV02")->add, "");
    assert_values(fix_get(&world, "rbcd:HV02")->remove, "deny HV01");
}

/* A denial of a group was meant for more than this host. */
static void
build_group_denial(Estate *estate)
{
    build_own_denial(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    Account *group =
        account_at(estate, "CN=denied,CN=Users," BASE, "denied", KIND_GROUP, 0);
    g_ptr_array_add(hv1->member_of, (gpointer)group->dn);
    g_bytes_unref(hv2->rbcd);
    hv2->rbcd = altered(grant(NULL, &group->sid), 0, ACE_DENY, RIGHT_CONTROL_ACCESS);
}

static void
test_group_denial(void)
{
    g_auto(World) world = world_of(build_group_denial, MODE_RBCD, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "RBC-01"), ==, 1);
    g_assert_cmpuint(world.fixes->len, ==, 0);
    for (guint i = 0; i < world.audit->findings->len; i++)
        g_assert_cmpuint(((Finding *)world.audit->findings->pdata[i])->fixes->len, ==, 0);
}

/* KDCs do not map generic rights here: it needs the usual ACE beside it. */
static void
build_generic(Estate *estate)
{
    build_own_denial(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    g_bytes_unref(hv2->rbcd);
    hv2->rbcd = altered(grant(NULL, &hv1->sid), 0, ACE_ALLOW, RIGHT_GENERIC_ALL);
}

static void
test_generic(void)
{
    assert_mends(build_generic, MODE_RBCD, PT_DEFAULT);
}

static void
build_orphans(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    Sid gone = sid_number(4711);
    Sid lost = sid_number(4712);
    allow(estate, hv1, "HV02");
    allow(estate, hv2, "HV01");
    hv1->rbcd = grant(NULL, &gone);
    hv2->rbcd = grant_over(grant_over(grant(NULL, &gone), &hv1->sid), &lost);
}

static void
test_orphans(void)
{
    assert_clears(build_orphans, MODE_EITHER, PT_DEFAULT);
    g_auto(World) world = world_of(build_orphans, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "RBC-03"), ==, 3);
    const Fix *fix = fix_get(&world, "rbcd:HV02");
    assert_values(fix->add, "");
    assert_values(fix->remove, "S-1-5-21-1-2-3-4711 | S-1-5-21-1-2-3-4712");
    /* What is left is what was there before the two. */
    g_autoptr(GBytes) rest = grant(NULL, &named(&world, "HV01")->sid);
    g_assert_true(g_bytes_equal(fix->rbcd_new, rest));
    const char *command = fix->powershell->pdata[0];
    g_assert_nonnull(
        strstr(command, "$_ -notin @('S-1-5-21-1-2-3-4711','S-1-5-21-1-2-3-4712') }"));
    g_assert_cmpuint(fix->undo_powershell->len, ==, 0); /* no such principals */
    /* Nobody left: no value, rather than one that grants nobody. */
    const Fix *emptied = fix_get(&world, "rbcd:HV01");
    g_assert_null(emptied->rbcd_new);
    g_assert_null(strstr(emptied->ldif, "\nadd: "));
    char *directory = written(&world);
    g_autofree char *undo = contents(directory, "undo-delegation.ps1");
    remove_files(directory);
    g_assert_nonnull(strstr(undo, "# Not put back: S-1-5-21-1-2-3-4711, which"));
    g_assert_nonnull(strstr(undo, "# Not put back: S-1-5-21-1-2-3-4712, which"));
}

/* An orphan beside a deny ACE: the cmdlet would lose the denial. */
static void
build_orphan_and_denial(Estate *estate)
{
    build_orphans(estate);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    hv2->rbcd = altered(hv2->rbcd, 1, ACE_DENY, 0x2);
    estate->vendor = "Samba Team (https://www.samba.org)";
}

static void
test_orphan_and_denial(void)
{
    g_auto(World) world = world_of(build_orphan_and_denial, MODE_EITHER, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd:HV02");
    g_assert_cmpuint(fix->powershell->len, ==, 0);
    g_autoptr(SecDesc) held = NULL;
    const SecDesc *after = parsed(fix->rbcd_new, &held);
    g_assert_cmpuint(after->aces->len, ==, 1);
    g_assert_cmphex(g_array_index(after->aces, Ace, 0).mask, ==, 0x2);
    g_assert_cmpuint(g_array_index(after->aces, Ace, 0).type, ==, ACE_DENY);
    /* samba-tool finds no principal that is gone. */
    char *directory = written(&world);
    g_autofree char *ldif = contents(directory, "fix.ldif");
    remove_files(directory);
    g_assert_null(strstr(ldif, "# samba-tool"));
    g_assert_nonnull(strstr(ldif, "with ldbmodify -H .../private/sam.ldb:\n#   dn: "));
}

/* Its groups not being known, the SID may be one of them. */
static void
build_doubtful_orphan(Estate *estate)
{
    build_orphans(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    g_ptr_array_add(hv1->member_of, (gpointer) "CN=elsewhere,CN=Users," BASE);
}

static void
test_doubtful_orphan(void)
{
    g_auto(World) world = world_of(build_doubtful_orphan, MODE_EITHER, PT_DEFAULT);
    g_assert_nonnull(fix_find(&world, "rbcd:HV01"));
    g_auto(World) apart = {.estate = estate_built(build_doubtful_orphan)};
    Account *hv2 = estate_add_account(apart.estate, "CN=HV02" HOSTS, NULL);
    Sid gone = sid_number(4711);
    g_bytes_unref(hv2->rbcd);
    hv2->rbcd = grant(NULL, &gone);
    judge(&apart, MODE_EITHER, PT_DEFAULT);
    audit_run(apart.audit);
    apart.fixes = fix_plan(apart.audit);
    g_assert_null(fix_find(&apart, "rbcd:HV02"));
}

/* Tier 0 */

static void
build_tier0(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    Account *dc = account_at(estate, "CN=DC1,OU=Domain Controllers," BASE, "DC1",
                             KIND_COMPUTER, UAC_DOMAIN_CONTROLLER);
    spn(estate, dc, "ldap/dc1.contoso.com");
    allow(estate, hv1, "HV02");
    allow(estate, hv2, "HV01");
    entry(estate, hv1, "LDAP/dc1.contoso.com");
    entry(estate, hv2, "krbtgt/CONTOSO.COM");
    estate->tier0_read = true;
}

static void
test_tier0(void)
{
    assert_clears(build_tier0, MODE_EITHER, PT_DEFAULT);
    g_auto(World) world = world_of(build_tier0, MODE_EITHER, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "delegation:HV01");
    assert_values(fix->remove, "LDAP/dc1.contoso.com");
    assert_values(fix->add, "");
    g_assert_nonnull(strstr(fix->risk, "ask whoever runs it"));
    assert_values(fix_get(&world, "delegation:HV02")->remove, "krbtgt/CONTOSO.COM");
}

/* A partner that is a domain controller is needed all the same. */
static void
build_tier0_partner(Estate *estate)
{
    build_tier0(estate);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    hv2->uac |= UAC_DOMAIN_CONTROLLER;
}

static void
test_tier0_partner(void)
{
    g_auto(World) world = world_of(build_tier0_partner, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "DEL-08"), ==, 3);
    assert_values(fix_get(&world, "delegation:HV01")->remove, "LDAP/dc1.contoso.com");
}

/* By group */

static void
build_pair(Estate *estate);

static void
build_crowded(Estate *estate)
{
    build_pair(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    g_ptr_array_set_size(hv1->delegate_to, 0);
    allow(estate, hv1, "HV02");
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("HTTP/site%u", i);
        spn(estate, hv1, name);
    }
    Account *web = account_at(estate, "CN=WEB" HOSTS, "WEB", KIND_COMPUTER, WORKSTATION);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    hv2->rbcd = grant(NULL, &web->sid);
}

/* What an administrator would enable. */
static char *
enabled(const char *text)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **each = lines; *each; each++)
        if (g_str_has_prefix(*each, "## ") || **each == '\0')
            g_string_append_printf(out, "%s\n", **each ? *each + 3 : "");
    return g_string_free(out, FALSE);
}

static void
test_group_to_make(void)
{
    g_auto(World) world = world_of(build_crowded, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "DEL-10"), ==, 1);
    g_assert_cmpuint(world.fixes->len, ==, 1);
    const Fix *fix = fix_get(&world, "rbcd-group:prod");
    g_assert_cmpint(fix->kind, ==, FIX_RBCD);
    g_assert_cmpstr(fix->account->dn, ==, "CN=kcdaudit-prod,CN=Users," BASE);
    assert_values(fix->add, "HV01 | HV02");
    g_assert_true(g_str_has_prefix(fix->ldif, "dn: CN=kcdaudit-prod,CN=Users," BASE "\n"
                                              "changetype: add\n"
                                              "objectClass: group\n"
                                              "sAMAccountName: kcdaudit-prod\n"
                                              "groupType: -2147483646\n"));
    g_assert_nonnull(strstr(fix->ldif,
                            "\nmember: CN=HV01" HOSTS "\nmember: CN=HV02" HOSTS
                            "\n\n# Not written: the descriptors of HV01, HV02"));
    g_assert_cmpuint(fix->powershell->len, ==, 3);
    g_assert_cmpstr(fix->powershell->pdata[0], ==,
                    "New-ADGroup -Server 'dc1.contoso.com' -Name 'kcdaudit-prod' "
                    "-SamAccountName 'kcdaudit-prod' -GroupScope Global "
                    "-GroupCategory Security -Path 'CN=Users," BASE "'");
    g_assert_cmpstr(fix->powershell->pdata[1], ==,
                    "Add-ADGroupMember -Server 'dc1.contoso.com' -Identity "
                    "'CN=kcdaudit-prod,CN=Users," BASE "' -Members @('HV01$','HV02$')");
    g_assert_true(g_str_has_prefix(fix->powershell->pdata[2],
                                   "foreach ($to in @('HV01$','HV02$'))"));
    g_assert_nonnull(strstr(fix->powershell->pdata[2],
                            "($rest + 'CN=kcdaudit-prod,CN=Users," BASE "')"));
    g_assert_nonnull(strstr(fix->undo_powershell->pdata[1], "Remove-ADGroup "));
    g_assert_nonnull(strstr(fix->risk, "Shorten the list of HV01 only when"));

    /* Nothing of it runs by itself. */
    char *directory = written(&world);
    for (gsize i = 0; i < G_N_ELEMENTS(file_names); i++) {
        g_autofree char *text = contents(directory, file_names[i]);
        g_assert_null(strstr(text, "\ndn:"));
        g_assert_null(strstr(text, "\ntry {"));
        g_assert_null(strstr(text, "\nforeach"));
        g_assert_null(strstr(text, "\nsetspn"));
    }
    g_autofree char *script = contents(directory, "fix-delegation.ps1");
    g_assert_nonnull(strstr(script, "\n## try { New-ADGroup "));
    g_assert_nonnull(strstr(script, "\n## foreach ($to in @('HV01$','HV02$')) { try {"));
    g_assert_nonnull(strstr(script, "# 4. only then take entries out"));
    g_autofree char *undo = contents(directory, "undo.ldif");
    g_assert_nonnull(strstr(undo, "\n## changetype: delete\n"));
    remove_files(directory);
}

static void
build_with_group(Estate *estate)
{
    build_crowded(estate);
    Account *group =
        account_at(estate, "CN=Hosts,OU=Groups," BASE, "Hosts", KIND_GROUP, 0);
    static const char *const members[] = {"CN=HV01" HOSTS, "CN=HV02" HOSTS};
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
        g_ptr_array_add(estate_add_account(estate, members[i], NULL)->member_of,
                        (gpointer)group->dn);
}

static World
world_by_group(Estate *estate, const char *name)
{
    World world = {.estate = estate};
    estate_freeze(estate);
    world.policy = policy_new();
    GroupSpec *spec = group_spec_new(name, ORIGIN_CONFIG);
    g_ptr_array_add(spec->hosts, g_strdup("HV*"));
    g_ptr_array_add(spec->member_of, g_strdup("cn=hosts,ou=groups," BASE));
    g_ptr_array_add(world.policy->groups, spec);
    g_assert_true(audit_new(estate, world.policy, &world.audit, NULL));
    audit_run(world.audit);
    world.fixes = fix_plan(world.audit);
    return world;
}

static void
test_group_there(void)
{
    g_auto(World) world = world_by_group(estate_built(build_with_group), "prod");
    const Fix *fix = fix_get(&world, "rbcd-group:prod");
    g_assert_cmpstr(fix->account->dn, ==, "CN=Hosts,OU=Groups," BASE);
    g_assert_null(strstr(fix->ldif, "member"));
    g_assert_cmpuint(fix->powershell->len, ==, 1);
    char *directory = written(&world);
    g_autofree char *text = contents(directory, "fix.ldif");
    g_autofree char *back = contents(directory, "undo.ldif");
    remove_files(directory);
    g_autofree char *ldif = enabled(text);
    g_autofree char *undo = enabled(back);

    /* Enabled, every target lets every other in by the group alone. */
    Estate *copy = estate_built(build_with_group);
    g_assert_cmpuint(apply(copy, text), ==, 0);
    g_assert_cmpuint(apply(copy, ldif), ==, 2);
    g_auto(World) after = world_by_group(copy, "prod");
    EdgeIndex *edges = verdict_edges(after.audit->context);
    g_assert_cmpint(
        edge_rbcd(edges, named(&after, "HV01"), named(&after, "HV02")).granted, ==,
        TRI_YES);
    g_assert_cmpint(
        edge_rbcd(edges, named(&after, "HV02"), named(&after, "HV01")).granted, ==,
        TRI_YES);
    g_assert_cmpint(edge_rbcd(edges, named(&after, "WEB"), named(&after, "HV02")).granted,
                    ==, TRI_YES); /* as before */
    /* The rest is to shorten the list. */
    g_assert_cmpuint(failed(&after, "DEL-10"), ==, 1);
    g_assert_cmpuint(after.fixes->len, ==, 0);

    g_autoptr(Estate) first = estate_built(build_with_group);
    g_autoptr(Estate) again = estate_built(build_with_group);
    apply(again, ldif);
    apply(again, undo);
    g_autofree char *was = state_of(first);
    g_autofree char *is = state_of(again);
    g_assert_cmpstr(is, ==, was);
}

/* A group that one of the hosts is not in was made for something else. */
static void
build_with_partial_group(Estate *estate)
{
    build_with_group(estate);
    g_ptr_array_set_size(estate_add_account(estate, "CN=HV02" HOSTS, NULL)->member_of, 0);
    account_at(estate, "CN=kcdaudit-x-y,OU=Users," BASE, "KCDAUDIT-x-y", KIND_USER,
               UAC_NORMAL);
    estate->vendor = "Samba Team (https://www.samba.org)";
}

/* Nor does a name that is taken, or that a shell would take apart. */
static void
test_group_names(void)
{
    g_auto(World) world =
        world_by_group(estate_built(build_with_partial_group), "x'; %y%\xC3\xBC,");
    const Fix *fix = fix_get(&world, "rbcd-group:x'; %y%\xC3\xBC,");
    g_assert_cmpstr(fix->account->dn, ==, "CN=kcdaudit-x-y-2,CN=Users," BASE);
    char *directory = written(&world);
    g_autofree char *ldif = contents(directory, "fix.ldif");
    remove_files(directory);
    g_assert_nonnull(
        strstr(ldif, "\n## samba-tool delegation add-principal HV02$ kcdaudit-x-y-2\n"));
    g_assert_nonnull(strstr(ldif, "\n## changetype: add\n"));
}

/* Made by an earlier proposal, and a host has come since. */
static void
build_with_made_group(Estate *estate)
{
    build_crowded(estate);
    Account *group = account_at(estate, "CN=kcdaudit-prod,CN=Users," BASE,
                                "kcdaudit-prod", KIND_GROUP, 0);
    g_ptr_array_add(estate_add_account(estate, "CN=HV01" HOSTS, NULL)->member_of,
                    (gpointer)group->dn);
}

static void
test_group_grows(void)
{
    g_auto(World) world = world_of(build_with_made_group, MODE_EITHER, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd-group:prod");
    g_assert_true(g_str_has_prefix(fix->ldif, "dn: CN=kcdaudit-prod,CN=Users," BASE "\n"
                                              "changetype: modify\n"
                                              "add: member\n"
                                              "member: CN=HV02" HOSTS "\n"
                                              "-\n\n"
                                              "dn: CN=HV01" HOSTS "\n"));
    g_assert_nonnull(strstr(fix->powershell->pdata[0], "-Members @('HV02$')"));
    g_assert_nonnull(
        strstr(fix->undo_powershell->pdata[1], "Remove-ADGroupMember -Server"));
    g_assert_null(strstr(fix->undo_ldif, "changetype: delete"));
}

/* Whoever joins it is denied from then on, whatever another entry allows. */
static void
build_with_denied_group(Estate *estate)
{
    build_with_made_group(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    Account *hv2 = estate_add_account(estate, "CN=HV02" HOSTS, NULL);
    Account *group = estate_add_account(estate, "CN=kcdaudit-prod,CN=Users," BASE, NULL);
    GBytes *denied = altered(grant(NULL, &group->sid), 0, ACE_DENY, RIGHT_CONTROL_ACCESS);
    g_ptr_array_set_size(hv2->delegate_to, 0);
    hv1->rbcd = grant_over(denied, &hv2->sid);
}

/* Nobody who is in it is delegated any more. */
static void
build_with_protected_group(Estate *estate)
{
    build_with_made_group(estate);
    Account *protected = account_at(estate, "CN=Protected Users,CN=Users," BASE,
                                    "Protected Users", KIND_GROUP, 0);
    protected->sid.sub[protected->sid.count - 1] = RID_PROTECTED_USERS;
    Account *group = estate_add_account(estate, "CN=kcdaudit-prod,CN=Users," BASE, NULL);
    g_ptr_array_add(group->member_of, (gpointer) protected->dn);
}

static void
test_group_harms(void)
{
    static void (*const builds[])(Estate *) = {build_with_denied_group,
                                               build_with_protected_group};
    for (gsize i = 0; i < G_N_ELEMENTS(builds); i++) {
        g_auto(World) world = world_of(builds[i], MODE_EITHER, PT_DEFAULT);
        g_assert_cmpuint(failed(&world, "DEL-10"), ==, 1);
        for (guint f = 0; f < world.fixes->len; f++)
            g_assert_null(((const Fix *)world.fixes->pdata[f])->by_group);
        g_autofree char *detail = detail_of(&world, "DEL-10");
        g_assert_nonnull(strstr(detail,
                                " No script proposes delegation by the group "
                                "kcdaudit-prod: live migration from HV02 to HV01 would "
                                "then be "));
    }
}

/* It is there, but nothing says its SID. */
static void
build_with_unread_group(Estate *estate)
{
    build_crowded(estate);
    g_ptr_array_add(estate_add_account(estate, "CN=HV01" HOSTS, NULL)->member_of,
                    (gpointer) "cn=kcdaudit-prod,cn=Users," BASE);
}

static void
test_group_unread(void)
{
    g_auto(World) world = world_of(build_with_unread_group, MODE_EITHER, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "rbcd-group:prod");
    g_assert_null(strstr(fix->ldif, "changetype: add\n"));
    g_assert_nonnull(
        strstr(fix->ldif, "\nadd: member\nmember: CN=HV02" HOSTS "\n-\n\n# "));
    g_assert_cmpuint(fix->powershell->len, ==, 2);
    g_assert_nonnull(strstr(fix->risk, "It was not read: make sure that it is not in"));
}

static void
test_merging(void)
{
    g_auto(World) world = world_of(build_slips, MODE_EITHER, PT_DEFAULT);

    /* DEL-01 and DEL-02 to two partners: one change of one attribute; the
     * ghost goes as the directory spells it. */
    const Fix *list = fix_get(&world, "delegation:HV01");
    assert_values(list->add,
                  SPN_MIGRATION "/HV03 | " SPN_MIGRATION
                                "/hv03.contoso.com | cifs/HV03 | cifs/hv03.contoso.com");
    assert_values(list->remove, "CIFS/Gone.contoso.com");
    const Fix *second = fix_get(&world, "delegation:HV02");
    for (guint i = 0; i < second->add->len; i++)
        g_assert_cmpstr(second->add->pdata[i], !=, "cifs/HV01"); /* is there */
    g_assert_cmpuint(second->add->len, ==, 7);

    /* Flags: T2A4D alone is delegation, with others it is the account's. */
    const Fix *transition = fix_get(&world, "protocol-transition:HV01");
    g_assert_cmpint(transition->kind, ==, FIX_DELEGATION);
    g_assert_cmpuint(transition->uac_old, ==, WORKSTATION);
    g_assert_cmpuint(transition->uac_new, ==, WORKSTATION | UAC_T2A4D);
    const Fix *both = fix_get(&world, "account:HV02");
    g_assert_cmpint(both->kind, ==, FIX_ACCOUNT);
    g_assert_cmpuint(both->uac_new, ==, WORKSTATION | UAC_T2A4D);
    assert_values(both->add, "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION");
    assert_values(both->remove, "NOT_DELEGATED");
    g_assert_null(fix_find(&world, "protocol-transition:HV02"));
    assert_values(
        both->powershell,
        "Set-ADAccountControl -Server 'dc1.contoso.com' -Identity 'CN=HV02" HOSTS
        "' -TrustedToAuthForDelegation $true -AccountNotDelegated $false");
    g_assert_cmpstr(both->ldif, ==,
                    "dn: CN=HV02" HOSTS "\n"
                    "changetype: modify\n"
                    "delete: userAccountControl\n"
                    "userAccountControl: 1052672\n"
                    "-\n"
                    "add: userAccountControl\n"
                    "userAccountControl: 16781312\n"
                    "-\n"
                    "\n");

    /* Unconstrained: what it needs comes with it. */
    const Fix *constrained = fix_get(&world, "account:HV03");
    assert_values(constrained->remove, "TRUSTED_FOR_DELEGATION");
    g_assert_cmpuint(fix_get(&world, "delegation:HV03")->add->len, ==, 8);

    /* Findings know their fixes, and the array is sorted. */
    for (guint i = 0; i < world.audit->findings->len; i++) {
        const Finding *finding = world.audit->findings->pdata[i];
        if (strcmp(rule_name(finding->rule), "DEL-04") == 0)
            assert_values(finding->fixes, "delegation:HV03 | account:HV03");
        if (strcmp(rule_name(finding->rule), "DEL-09") == 0)
            g_assert_cmpuint(finding->fixes->len, ==, 0);
    }
    for (guint i = 1; i < world.fixes->len; i++)
        g_assert_cmpstr(((Fix *)world.fixes->pdata[i - 1])->id, <,
                        ((Fix *)world.fixes->pdata[i])->id);
}

static void
test_transition_forbidden(void)
{
    g_auto(World) world = world_of(build_slips, MODE_EITHER, PT_FORBIDDEN);
    g_assert_null(fix_find(&world, "protocol-transition:HV01"));
    g_assert_nonnull(fix_find(&world, "delegation:HV01"));
}

static void
test_waived(void)
{
    g_auto(World) world = {.estate = estate_built(build_slips)};
    judge(&world, MODE_EITHER, PT_DEFAULT);
    audit_run(world.audit);
    for (guint i = 0; i < world.audit->findings->len; i++) {
        Finding *finding = world.audit->findings->pdata[i];
        if (strcmp(rule_name(finding->rule), "DEL-03") == 0 ||
            strcmp(rule_name(finding->rule), "DEL-05") == 0)
            finding_waive(finding, NULL, "change 4711", NULL);
    }
    world.fixes = fix_plan(world.audit);
    assert_values(fix_get(&world, "delegation:HV01")->remove, "");
    /* No list entry of another finding brings it back. */
    g_assert_null(fix_find(&world, "protocol-transition:HV01"));
}

/* Duplicates */

static void
build_duplicate(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    Account *old = account_at(estate, "CN=OLD" HOSTS, "OLD", KIND_COMPUTER, WORKSTATION);
    allow(estate, hv1, "HV02");
    allow(estate, hv2, "HV01");
    spn(estate, old, "microsoft virtual system migration service/HV02.CONTOSO.COM");
}

static void
test_duplicate(void)
{
    g_auto(World) world = world_of(build_duplicate, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "SPN-03"), ==, 1);
    g_assert_cmpuint(world.fixes->len, ==, 1);
    const Fix *fix = fix_get(&world, "spn-duplicate:OLD");
    assert_values(fix->remove,
                  "microsoft virtual system migration service/HV02.CONTOSO.COM");
    g_assert_true(fix->no_undo);
    g_assert_cmpuint(fix->undo_setspn->len, ==, 0);
    g_assert_cmpuint(fix->undo_powershell->len, ==, 0);
    g_assert_cmpstr(fix->undo_ldif, ==, "");

    char *directory = written(&world);
    for (gsize i = 3; i < 6; i += 2) { /* undo-spn.cmd, undo.ldif */
        g_autofree char *text = contents(directory, file_names[i]);
        g_assert_nonnull(strstr(text, "Not undone: "));
    }
    remove_files(directory);
}

/* Samba looks at the first change alone: it must name what nobody holds. */
static void
build_samba_duplicate(Estate *estate)
{
    build_duplicate(estate);
    estate->vendor = "Samba Team (https://www.samba.org)";
}

static void
test_samba_duplicate(void)
{
    g_auto(World) world = world_of(build_samba_duplicate, MODE_EITHER, PT_DEFAULT);
    const char *ldif = fix_get(&world, "spn-duplicate:OLD")->ldif;
    const char *first = strstr(ldif, "add: servicePrincipalName\n");
    g_assert_nonnull(first);
    g_assert_true(first < strstr(ldif, "delete: servicePrincipalName\n"));

    g_autoptr(Estate) copy = estate_built(build_samba_duplicate);
    const Account *old = estate_add_account(copy, "CN=OLD" HOSTS, NULL);
    apply(copy, ldif);
    g_assert_cmpuint(old->spns->len, ==, 0);
}

/* Nor does it take descriptors over LDAP: a record would stop the rest. */
static void
build_samba_rbcd(Estate *estate)
{
    build_rbcd(estate);
    estate->vendor = "Samba Team (https://www.samba.org)";
}

static void
test_samba_rbcd(void)
{
    g_auto(World) world = world_of(build_samba_rbcd, MODE_RBCD, PT_DEFAULT);
    char *directory = written(&world);
    g_autofree char *ldif = contents(directory, "fix.ldif");
    remove_files(directory);
    g_assert_nonnull(
        strstr(ldif, "\n# samba-tool delegation add-principal HV02$ HV01$\n"));
    g_assert_null(strstr(ldif, "\nadd: msDS-AllowedToAct"));
    g_assert_nonnull(strstr(ldif, "\nadd: userAccountControl\n"));
}

static void
build_unclear_duplicate(Estate *estate)
{
    build_duplicate(estate);
    Account *old = estate_add_account(estate, "CN=OLD" HOSTS, NULL);
    g_ptr_array_add(old->extra_dns, (gpointer) "hv02.contoso.com");
}

static void
test_unclear_duplicate(void)
{
    g_auto(World) world = world_of(build_unclear_duplicate, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "SPN-03"), ==, 1);
    g_assert_cmpuint(world.fixes->len, ==, 0);
}

/* Conflicts */

static void
build_pair(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    allow(estate, hv1, "HV02");
    allow(estate, hv2, "HV01");
    entry(estate, hv1, "HTTP/other");
}

static void
test_conflicts(void)
{
    g_auto(World) world = quiet(build_pair);
    const Account *hv1 = named(&world, "HV01");
    const Account *hv2 = named(&world, "HV02");

    /* An entry that is needed stays, whatever a finding says. */
    Finding *needed = finding_value(found(&world, "DEL-05", hv1, NULL, "x"), "CIFS/hv02");
    /* So does one whose SPN is about to be registered. */
    Finding *coming =
        finding_value(found(&world, "DEL-05", hv1, NULL, "y"), "HTTP/other");
    Finding *adds = finding_value(found(&world, "SPN-01", hv2, NULL, "z"), "http/OTHER");
    /* What another account keeps cannot be added. */
    Finding *taken = finding_value(found(&world, "SPN-01", hv1, NULL, "t"), "HOST/HV02");
    /* Nor can two have the same. */
    Finding *left =
        finding_value(found(&world, "SPN-01", hv1, NULL, "l"), "WSMAN/shared");
    Finding *right =
        finding_value(found(&world, "SPN-01", hv2, NULL, "r"), "wsman/Shared");
    /* What is there is not added, what is not there is not removed. */
    Finding *there = finding_value(found(&world, "DEL-01", hv1, hv2, NULL), "CIFS/HV02");
    Finding *gone =
        finding_value(found(&world, "DEL-05", hv2, NULL, "g"), "HTTP/nowhere");
    /* Added and removed at once: what is needed wins. */
    Finding *wants = finding_value(found(&world, "DEL-01", hv1, hv2, "w"), "HTTP/third");
    Finding *minds = finding_value(found(&world, "DEL-05", hv1, NULL, "m"), "http/THIRD");
    world.fixes = fix_plan(world.audit);

    const Finding *idle[] = {needed, coming, taken, left, right, there, gone, minds};
    for (gsize i = 0; i < G_N_ELEMENTS(idle); i++)
        g_assert_cmpuint(idle[i]->fixes->len, ==, 0);
    assert_values(adds->fixes, "spn:HV02");
    assert_values(wants->fixes, "delegation:HV01");
    g_assert_cmpuint(world.fixes->len, ==, 2);
    assert_values(fix_get(&world, "spn:HV02")->add, "http/OTHER");
    assert_values(fix_get(&world, "delegation:HV01")->add, "HTTP/third");
    assert_values(fix_get(&world, "delegation:HV01")->remove, "");
}

static void
build_unread(Estate *estate)
{
    build_slips(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    hv1->unread |= G_GUINT64_CONSTANT(1) << ATTR_UAC;
}

static void
test_unread(void)
{
    g_auto(World) world = quiet(build_unread);
    const Account *hv1 = named(&world, "HV01");
    Finding *blind = found(&world, "ACC-02", hv1, NULL, NULL);
    Finding *unsure = found(&world, "DEL-03", named(&world, "HV02"), NULL, NULL);
    unsure->status = STATUS_UNKNOWN;
    world.fixes = fix_plan(world.audit);
    g_assert_cmpuint(world.fixes->len, ==, 0);
    g_assert_cmpuint(blind->fixes->len, ==, 0);
}

/* Two accounts of one name */
static void
build_namesakes(Estate *estate)
{
    build_pair(estate);
    Account *user =
        account_at(estate, "CN=HV01,OU=Users," BASE, "hv01", KIND_USER, UAC_NORMAL);
    spn(estate, user, "b/HV01");
}

static void
test_namesakes(void)
{
    g_auto(World) world = quiet(build_namesakes);
    const Account *user = estate_by_dn(world.estate, "CN=HV01,OU=Users," BASE);
    const Account *hv1 = estate_by_dn(world.estate, "CN=HV01" HOSTS);
    finding_value(found(&world, "SPN-01", hv1, NULL, "a"), "a/HV01");
    finding_value(found(&world, "SPN-05", hv1, user, "b"), "b/HV01");
    /* No host: it is given no SPN. */
    finding_value(found(&world, "SPN-01", user, NULL, "c"), "c/HV01");
    world.fixes = fix_plan(world.audit);
    g_assert_cmpuint(world.fixes->len, ==, 2);
    assert_values(fix_get(&world, "spn:CN=HV01" HOSTS)->setspn,
                  "setspn -S \"a/HV01\" HV01");
    assert_values(fix_get(&world, "spn-removal:CN=HV01,OU=Users," BASE)->setspn,
                  "setspn -U -D \"b/HV01\" hv01");
}

/* What lies in another domain */
static void
build_child(Estate *estate)
{
    build_wrong_owners(estate);
    Domain *child = estate_add_domain(estate, "DC=child," BASE);
    child->dns = "child.contoso.com";
    child->netbios = "CHILD";
    Account *service =
        account_at(estate, "CN=far,DC=child," BASE, "far", KIND_USER, UAC_NORMAL);
    spn(estate, service, "cifs/hv02.contoso.com");
}

static void
test_other_domain(void)
{
    g_auto(World) world = world_of(build_child, MODE_EITHER, PT_DEFAULT);
    const Fix *fix = fix_get(&world, "spn-removal:far");
    assert_values(fix->setspn, "setspn -U -D \"cifs/hv02.contoso.com\" CHILD\\far");
    assert_values(
        fix->powershell,
        "Set-ADUser -Server 'child.contoso.com' -Identity 'CN=far,DC=child," BASE
        "' -Remove @{'servicePrincipalName'=@('cifs/hv02.contoso.com')}");
    char *directory = written(&world);
    g_autofree char *ldif = contents(directory, "fix.ldif");
    remove_files(directory);
    /* The DC of contoso.com would refuse it: a comment there. */
    g_assert_nonnull(strstr(ldif, "\n#   dn: CN=far,DC=child," BASE "\n"));
    g_assert_null(strstr(ldif, "\ndn: CN=far"));
}

/* What lies in another forest */
static void
build_other_forest(Estate *estate)
{
    ((Domain *)estate->domains->pdata[0])->forest = BASE;
    Domain *other = estate_add_domain(estate, "DC=fabrikam,DC=com");
    other->dns = "fabrikam.com";
    other->forest = other->dn;
    build_pair(estate);
    Account *old = account_at(estate, "CN=OLD" HOSTS, "OLD", KIND_COMPUTER, WORKSTATION);
    spn(estate, old, "HOST/HV01");
    Account *far = account_at(estate, "CN=far,DC=fabrikam,DC=com", "far", KIND_COMPUTER,
                              WORKSTATION);
    spn(estate, far, "cifs/HV01");
    spn(estate, far, "HTTP/other");
}

static void
test_other_forest(void)
{
    g_auto(World) world = quiet(build_other_forest);
    const Account *hv1 = named(&world, "HV01");
    found(&world, "SPN-03", hv1, NULL, "cifs/HV01");
    finding_value(found(&world, "DEL-05", hv1, NULL, "HTTP/other"), "HTTP/other");
    world.fixes = fix_plan(world.audit);
    /* The SPN of the other forest hides no duplicate of this one ... */
    assert_values(fix_get(&world, "spn-duplicate:OLD")->remove, "HOST/HV01");
    /* ... and whether the entry leads there is not known. */
    g_assert_nonnull(
        strstr(fix_get(&world, "delegation:HV01")->risk, "ask whoever runs it"));
}

/* Unconstrained delegation: what it hides, and when it may go */

static void
build_unconstrained(Estate *estate)
{
    host(estate, "HV01", WORKSTATION | UAC_TRUSTED_FOR_DELEGATION);
    Account *hv2 = host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    Account *hv3 = host(estate, "HV03", WORKSTATION | UAC_T2A4D);
    allow(estate, hv2, "HV01");
    allow(estate, hv2, "HV03");
    allow(estate, hv3, "HV01");
    allow(estate, hv3, "HV02");
}

static bool
says(const World *world, const char *rule, const char *words)
{
    for (guint i = 0; i < world->audit->findings->len; i++) {
        const Finding *finding = world->audit->findings->pdata[i];
        g_autofree char *detail = finding_detail(finding);
        if (strcmp(rule_name(finding->rule), rule) == 0 && finding->unfixed &&
            strstr(finding->unfixed, words) && strstr(detail, words))
            return true;
    }
    return false;
}

static void
test_unconstrained_replaced(void)
{
    g_auto(World) world = world_of(build_unconstrained, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "DEL-01"), ==, 2);
    g_assert_cmpuint(failed(&world, "DEL-02"), ==, 2);
    const Fix *flag = fix_get(&world, "account:HV01");
    assert_values(flag->remove, "TRUSTED_FOR_DELEGATION");
    assert_values(flag->add, "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION");
    g_assert_cmpuint(flag->needs->len, ==, 1);
    g_assert_true(flag->needs->pdata[0] == fix_get(&world, "delegation:HV01"));
    g_assert_nonnull(strstr(flag->risk, "Only after delegation:HV01"));
    /* And where the list could not be written, the script leaves the flag. */
    char *directory = written(&world);
    g_autofree char *script = contents(directory, "fix-delegation.ps1");
    remove_files(directory);
    g_assert_nonnull(strstr(script, "\nif ($failed) { Write-Warning 'Left out"));
    assert_mends(build_unconstrained, MODE_EITHER, PT_DEFAULT);
}

/* The list is not known, so that nothing can take the flag's place. */
static void
build_unconstrained_unread(Estate *estate)
{
    build_unconstrained(estate);
    Account *hv1 = estate_add_account(estate, "CN=HV01" HOSTS, NULL);
    hv1->unread |= G_GUINT64_CONSTANT(1) << ATTR_DELEGATE_TO;
}

static void
test_unconstrained_unread(void)
{
    g_auto(World) world = world_of(build_unconstrained_unread, MODE_EITHER, PT_DEFAULT);
    const Fix *flag = fix_find(&world, "account:HV01");
    g_assert_true(!flag || flag->remove->len == 0);
    g_assert_true(says(&world, "DEL-04", "would then be unknown"));
}

/* mode=kcd, and a partner in another domain: there only the flag reaches it. */
static void
build_unconstrained_far(Estate *estate)
{
    build_unconstrained(estate);
    Domain *child = estate_add_domain(estate, "DC=child," BASE);
    child->dns = "child.contoso.com";
    child->netbios = "CHILD";
    Account *far = account_at(estate, "CN=HV09,DC=child," BASE, "HV09", KIND_COMPUTER,
                              WORKSTATION | UAC_T2A4D);
    far->dns = "hv09.child.contoso.com";
    spn_both(estate, far, SPN_HOST);
    spn_both(estate, far, SPN_MIGRATION);
}

static void
test_unconstrained_far(void)
{
    g_auto(World) world = world_of(build_unconstrained_far, MODE_KCD, PT_DEFAULT);
    g_assert_null(fix_find(&world, "account:HV01"));
    g_assert_true(says(&world, "DEL-04", "live migration from HV01 to HV09 would then"));
    /* What does no harm stays: the list, and the protocol transition that it needs. */
    fix_get(&world, "delegation:HV01");
    assert_values(fix_get(&world, "protocol-transition:HV01")->add,
                  "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION");
    char *directory = written(&world);
    g_autofree char *script = contents(directory, "fix-delegation.ps1");
    remove_files(directory);
    g_assert_nonnull(strstr(script, "# Left out for HV01: No script proposes"));
    g_assert_null(strstr(script, "-TrustedForDelegation"));
}

/* The hosts that were named are not all partners there may be. */
static void
test_unconstrained_named(void)
{
    World world = {.estate = estate_built(build_unconstrained)};
    GError *error = NULL;
    estate_freeze(world.estate);
    world.policy = policy_new();
    GroupSpec *spec = group_spec_new("check", ORIGIN_HOSTS);
    g_ptr_array_add(spec->hosts, g_strdup("HV01"));
    g_ptr_array_add(spec->hosts, g_strdup("HV02"));
    g_ptr_array_add(world.policy->groups, spec);
    g_assert_true(audit_new(world.estate, world.policy, &world.audit, &error));
    audit_run(world.audit);
    world.fixes = fix_plan(world.audit);
    fix_get(&world, "delegation:HV01");
    g_assert_null(fix_find(&world, "account:HV01"));
    g_assert_true(says(&world, "DEL-04", "may have other partners"));
    world_clear(&world);
}

/* Where the target lets the others in by RBCD, one more is let in that way, and that
 * takes no Domain Admin. */
static void
build_by_grants(Estate *estate)
{
    Account *hv1 = host(estate, "HV01", WORKSTATION);
    Account *hv2 = host(estate, "HV02", WORKSTATION);
    Account *hv3 = host(estate, "HV03", WORKSTATION);
    Account *all[] = {hv1, hv2, hv3};
    for (gsize t = 0; t < G_N_ELEMENTS(all); t++)
        for (gsize s = 0; s < G_N_ELEMENTS(all); s++) {
            if (s == t || (s == 0 && t == 2))
                continue;
            GBytes *grown = grant(all[t]->rbcd, &all[s]->sid);
            g_clear_pointer(&all[t]->rbcd, g_bytes_unref);
            all[t]->rbcd = grown;
        }
}

static void
test_by_grants(void)
{
    g_auto(World) world = world_of(build_by_grants, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(world.fixes->len, ==, 1);
    assert_values(fix_get(&world, "rbcd:HV03")->add, "HV01");
    char *directory = written(&world);
    g_autofree char *script = contents(directory, "fix-delegation.ps1");
    remove_files(directory);
    g_assert_nonnull(strstr(script, "no Domain Admin is needed"));
    g_assert_null(strstr(script, "SeEnableDelegationPrivilege"));
    assert_mends(build_by_grants, MODE_EITHER, PT_DEFAULT);
}

/* Conflict objects go as a whole; setspn is for hosts. */
/* Accounts that are no hosts. */

static Account *
service(Estate *estate, const char *name, guint kinds, guint32 uac)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,OU=Services," BASE, name);
    g_autofree char *http = g_strdup_printf("HTTP/%s", name);
    Account *account = account_at(estate, dn, name, kinds, uac);
    spn(estate, account, http);
    return account;
}

#define GMSA (KIND_COMPUTER | KIND_MANAGED)

static void
build_services(Estate *estate)
{
    build_pair(estate);
    estate->tier0_read = true;
    Account *web = service(estate, "svc-web", KIND_USER, UAC_NORMAL | UAC_T2A4D);
    Account *old =
        service(estate, "svc-old", KIND_USER, UAC_NORMAL | UAC_DISABLED | UAC_T2A4D);
    Account *gmsa = service(estate, "gmsa", GMSA, WORKSTATION);
    service(estate, "gmsa-old", GMSA,
            WORKSTATION | UAC_DISABLED | UAC_TRUSTED_FOR_DELEGATION);
    service(estate, "idle", KIND_USER, UAC_NORMAL | UAC_T2A4D);
    service(estate, "sensitive", KIND_USER, UAC_NORMAL | UAC_T2A4D | UAC_NOT_DELEGATED);
    entry(estate, web, "HTTP/gmsa");
    entry(estate, web, "HTTP/gone");
    entry(estate, old, "HTTP/gmsa");
    entry(estate, gmsa, "HTTP/gone");
    Sid gone = sid_number(9999);
    const Account *from =
        estate_add_account(estate, "CN=sensitive,OU=Services," BASE, NULL);
    g_autoptr(GBytes) first = grant(NULL, &from->sid);
    gmsa->rbcd = grant(first, &gone);
}

/* Each by the cmdlet of its kind, and what was taken can be put back. */
static void
test_services(void)
{
    assert_clears(build_services, MODE_EITHER, PT_DEFAULT);

    g_auto(World) world = world_of(build_services, MODE_EITHER, PT_DEFAULT);
    assert_values(fix_get(&world, "delegation:svc-web")->remove, "HTTP/gone");
    assert_values(fix_get(&world, "delegation:svc-web")->powershell,
                  "Set-ADUser -Server 'dc1.contoso.com' -Identity "
                  "'CN=svc-web,OU=Services," BASE
                  "' -Remove @{'msDS-AllowedToDelegateTo'=@('HTTP/gone')}");
    assert_values(fix_get(&world, "delegation:gmsa")->powershell,
                  "Set-ADServiceAccount -Server 'dc1.contoso.com' -Identity "
                  "'CN=gmsa,OU=Services," BASE
                  "' -Remove @{'msDS-AllowedToDelegateTo'=@('HTTP/gone')}");
    assert_values(fix_get(&world, "delegation:svc-old")->remove, "HTTP/gmsa");
    assert_values(fix_get(&world, "account:gmsa-old")->remove, "TRUSTED_FOR_DELEGATION");
    assert_values(fix_get(&world, "protocol-transition:idle")->remove,
                  "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION");
    assert_values(fix_get(&world, "account:sensitive")->remove, "NOT_DELEGATED");
    const char *orphan = fix_get(&world, "rbcd:gmsa")->powershell->pdata[0];
    g_assert_nonnull(strstr(orphan, "(Get-ADServiceAccount "));
    g_assert_nonnull(strstr(orphan, "; Set-ADServiceAccount "));
    g_assert_null(fix_find(&world, "protocol-transition:svc-web"));
}

/* HTTP/hv02 is WinRM's name of HV02, and of a web site that svc-web delegates to. */
static void
build_site(Estate *estate)
{
    build_pair(estate);
    Account *web = service(estate, "svc-web", KIND_USER, UAC_NORMAL | UAC_T2A4D);
    Account *site =
        account_at(estate, "CN=SITE" HOSTS, "SITE", KIND_COMPUTER, WORKSTATION);
    spn(estate, site, "HTTP/hv02.contoso.com");
    entry(estate, web, "HTTP/hv02.contoso.com");
}

static void
test_keeps_delegation(void)
{
    g_auto(World) world = world_of(build_site, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "SPN-10"), ==, 1);
    g_assert_null(fix_find(&world, "spn-removal:SITE"));
    for (guint i = 0; i < world.audit->findings->len; i++) {
        const Finding *finding = world.audit->findings->pdata[i];
        g_autofree char *detail = finding_detail(finding);
        if (finding->rule == RULE_SPN_10)
            g_assert_nonnull(strstr(detail, "delegation from svc-web to SITE"));
    }
}

/* What a finding is about may end: the way to a domain controller. */
static void
build_to_dc(Estate *estate)
{
    build_pair(estate);
    estate->tier0_read = true;
    Account *web =
        service(estate, "svc-web", KIND_USER, UAC_NORMAL | UAC_T2A4D | UAC_NOT_DELEGATED);
    service(estate, "DC1", KIND_COMPUTER, UAC_DOMAIN_CONTROLLER);
    service(estate, "app", KIND_USER, UAC_NORMAL);
    entry(estate, web, "HTTP/DC1");
    entry(estate, web, "HTTP/app");
}

static void
test_ends_what_is_meant(void)
{
    g_auto(World) world = world_of(build_to_dc, MODE_EITHER, PT_DEFAULT);
    assert_values(fix_get(&world, "delegation:svc-web")->remove, "HTTP/DC1");
    assert_values(fix_get(&world, "account:svc-web")->remove, "NOT_DELEGATED");
}

static void
build_conflict(Estate *estate)
{
    build_pair(estate);
    Account *twin =
        account_at(estate, "CN=HV02\\0ACNF:6a1c5ef0-1b5e-4d0f-9d57-2b0b5d1c1b11" HOSTS,
                   "$DUPLICATE-44f", KIND_COMPUTER, WORKSTATION);
    twin->dns = "hv02.contoso.com";
    spn(estate, twin, SPN_MIGRATION "/hv02.contoso.com");
}

static void
test_conflict(void)
{
    g_auto(World) world = world_of(build_conflict, MODE_EITHER, PT_DEFAULT);
    g_assert_cmpuint(failed(&world, "SPN-03"), >, 0);
    for (guint i = 0; i < world.fixes->len; i++)
        g_assert_false(
            account_is_conflict(((const Fix *)world.fixes->pdata[i])->account));
    g_assert_true(says(&world, "SPN-03", "conflict object"));
}

/* Hostile input */

#define EVIL_NAME "x & calc %PATH% $(calc) `calc` ' \xE2\x80\x99; calc #"
#define EVIL_DN "CN=" EVIL_NAME HOSTS
#define BROKEN_DN "CN=a\nchangetype: delete\n\xE2\x80\xAE" HOSTS

static void
build_hostile(Estate *estate)
{
    build_pair(estate);
    account_at(estate, EVIL_DN, EVIL_NAME, KIND_COMPUTER, WORKSTATION);
    account_at(estate, BROKEN_DN, "b\r\ncalc", KIND_COMPUTER, WORKSTATION);
    account_at(estate, "CN=dash" HOSTS, "-R", KIND_COMPUTER, WORKSTATION);
}

/* Every line of a script is a comment of ours or begins as we begin them. */
static void
assert_lines(const char *text, const char *const *starts, const char *ending)
{
    const char *body = g_str_has_prefix(text, "\xEF\xBB\xBF") ? text + 3 : text;
    g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
    for (char **each = lines; *each && each[1]; each++) {
        g_assert_true(g_str_has_suffix(*each, ending));
        (*each)[strlen(*each) - strlen(ending)] = '\0';
        g_assert_null(strchr(*each, '\r'));
        bool known = **each == '\0';
        for (const char *const *start = starts; *start && !known; start++)
            known = g_str_has_prefix(*each, *start);
        if (!known)
            g_error("unexpected line: %s", *each);
    }
}

static void
test_hostile(void)
{
    g_auto(World) world = quiet(build_hostile);
    const Account *evil = estate_by_dn(world.estate, EVIL_DN);
    const Account *broken = estate_by_dn(world.estate, BROKEN_DN);
    const Account *dash = estate_by_dn(world.estate, "CN=dash" HOSTS);
    const char *values[] = {"a/\" & calc & \"",
                            "b/%PATH%",
                            "c/line\nsetspn -R HV01",
                            "d/\xE2\x80\xAE!exe",
                            "-D/x",
                            "e/it's",
                            "f/\xFF"};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        finding_value(found(&world, "SPN-01", evil, NULL, values[i]), values[i]);
    finding_value(found(&world, "SPN-01", broken, NULL, "g"), "g/plain");
    finding_value(found(&world, "SPN-01", dash, NULL, "h"), "h/plain");
    found(&world, "DEL-03", evil, NULL, NULL);
    found(&world, "DEL-03", broken, NULL, NULL);
    world.fixes = fix_plan(world.audit);

    g_autofree char *id = g_strdup_printf("spn:%s", EVIL_NAME);
    const Fix *fix = fix_get(&world, id);
    g_assert_cmpuint(fix->add->len, ==, G_N_ELEMENTS(values));
    for (guint i = 0; i < fix->setspn->len; i++) {
        g_assert_null(strstr(fix->setspn->pdata[i], "\" & calc"));
        g_assert_null(strpbrk(fix->setspn->pdata[i], "\r\n"));
    }
    g_assert_cmpuint(fix->setspn->len, ==, 2); /* %PATH%, it's */
    g_assert_nonnull(strstr(fix->setspn->pdata[0], "\"b/%%PATH%%\""));
    const char *command = fix->powershell->pdata[0];
    g_assert_nonnull(strstr(command, "'e/it''s'"));
    g_assert_nonnull(strstr(command, "'' \xE2\x80\x99\xE2\x80\x99; calc"));
    g_assert_null(strstr(command, "setspn -R"));
    g_assert_cmpuint(fix_get(&world, "spn:-R")->setspn->len, ==, 0);

    char *directory = written(&world);
    static const char *const cmd[] = {"rem ",
                                      "@echo off",
                                      "setlocal",
                                      "chcp 65001 >nul",
                                      "set FAILED=0",
                                      "setspn -S \"",
                                      "setspn -D \"",
                                      "if %FAILED%==1 echo",
                                      "exit /b %FAILED%",
                                      NULL};
    static const char *const ps[] = {"# ",
                                     "#Requires -Modules ActiveDirectory",
                                     "[CmdletBinding(SupportsShouldProcess = $true)]",
                                     "param()",
                                     "if ($WhatIfPreference) {",
                                     "$ErrorActionPreference = 'Stop'",
                                     "$failed = 0",
                                     "try { Set-AD",
                                     "Write-Host 'Afterwards, ",
                                     "if ($failed) {",
                                     NULL};
    static const char *const ldif[] = {"# ",
                                       "dn:",
                                       "changetype: modify",
                                       "add: servicePrincipalName",
                                       "delete: servicePrincipalName",
                                       "servicePrincipalName:",
                                       "add: userAccountControl",
                                       "delete: userAccountControl",
                                       "userAccountControl: ",
                                       "-",
                                       NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(file_names); i++) {
        g_autofree char *text = contents(directory, file_names[i]);
        bool windows = !g_str_has_suffix(file_names[i], ".ldif");
        const char *const *starts = !windows                                  ? ldif
                                    : g_str_has_suffix(file_names[i], ".cmd") ? cmd
                                                                              : ps;
        assert_lines(text, starts, windows ? "\r" : "");
        g_assert_null(strstr(text, "\xE2\x80\xAE"));
        if (starts == ps) /* -WhatIf: before anything that is no comment */
            g_assert_nonnull(strstr(text, "\r\n[CmdletBinding(SupportsShouldProcess = "
                                          "$true)]\r\nparam()\r\n"));
        if (windows)
            g_assert_nonnull(strstr(text, "Not written: this cannot be quoted"));
    }
    /* LDIF carries them all, exactly. */
    g_autofree char *records = contents(directory, "fix.ldif");
    remove_files(directory);
    g_autoptr(Estate) copy = estate_built(build_hostile);
    g_assert_cmpuint(apply(copy, records), ==, world.fixes->len);
    const Account *changed = estate_add_account(copy, EVIL_DN, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_true(g_ptr_array_find_with_equal_func(changed->spns, values[i],
                                                       g_str_equal, NULL));
}

/* Files */

/* What to do first: each step is applied as a DC would, and the rest audited again. */

/* The edge of that way from the same source, whose id may have changed with its owner;
 * of a list that holds the SPN. */
static const EdgeSpn *
spn_again(const Audit *audit, const Edge *was, const EdgeSpn *spn)
{
    for (guint e = 0; e < audit->edges->len; e++) {
        const Edge *edge = audit->edges->pdata[e];
        for (guint i = 0; edge->way == was->way && !edge->missing && i < edge->spns->len;
             i++)
            if (strcmp(edge->source.name, was->source.name) == 0 &&
                text_equal(((EdgeSpn *)edge->spns->pdata[i])->spn, spn->spn))
                return edge->spns->pdata[i];
    }
    return NULL;
}

static bool
is_ready_again(const Audit *audit, const Edge *was)
{
    guint left = 0;
    g_autofree char *id = g_strdup(was->id);
    if (g_str_has_suffix(id, EDGE_MISSING))
        id[strlen(id) - strlen(EDGE_MISSING)] = '\0';
    if (was->way != LEG_KCD) {
        const Edge *edge = audit_edge(audit, id);
        return edge && edge->verdict == VERDICT_READY;
    }
    for (guint i = 0; i < was->spns->len; i++) {
        const EdgeSpn *spn = spn_again(audit, was, was->spns->pdata[i]);
        if (spn && spn->verdict != VERDICT_READY)
            return false;
        left += spn != NULL;
    }
    return left > 0;
}

static guint
edges_ready_again(const World *before, const Audit *after)
{
    guint count = 0;
    for (guint i = 0; i < before->audit->edges->len; i++)
        count += is_ready_again(after, before->audit->edges->pdata[i]);
    return count;
}

static char *
steps_text(const GPtrArray *steps)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < steps->len; i++) {
        const FirstStep *step = steps->pdata[i];
        g_string_append_printf(text, "%s%s %+d %+d", i > 0 ? ", " : "", step->id,
                               step->pairs, step->edges);
    }
    return g_string_free(text, FALSE);
}

/* Takes the steps one by one, and counts what is ready after each. */
static void
take_steps(const World *world, BuildFn build, GroupMode mode, GroupPt pt,
           const char *expected)
{
    g_autoptr(GPtrArray) steps = fix_first(world->audit, world->fixes);
    g_autofree char *text = steps_text(steps);
    g_assert_cmpstr(text, ==, expected);
    for (guint n = 0; n < steps->len; n++) {
        const FirstStep *step = steps->pdata[n];
        g_auto(World) after = {.estate = estate_built(build)};
        for (guint i = 0; i <= n; i++) {
            const GPtrArray *fixes = ((const FirstStep *)steps->pdata[i])->fixes;
            for (guint f = 0; f < fixes->len; f++)
                apply(after.estate, ((const Fix *)fixes->pdata[f])->ldif);
        }
        judge(&after, mode, pt);
        g_assert_cmpuint(after.audit->verdicts[VERDICT_READY], ==, step->pairs_after);
        g_assert_cmpuint(edges_ready_again(world, after.audit), ==, step->edges_after);
    }
}

/* HV03's SPN is twice there; HV01 delegates to nobody, HV02 by Kerberos only; the list of
 * HV04 is right, and it lacks its own SPN. */
static void
build_many_slips(Estate *estate)
{
    host(estate, "HV01", WORKSTATION);
    Account *second = host(estate, "HV02", WORKSTATION);
    Account *third = host(estate, "HV03", WORKSTATION | UAC_T2A4D);
    Account *fourth = bare_host(estate, "HV04", WORKSTATION | UAC_T2A4D);
    Account *old =
        account_at(estate, "CN=svc-old,CN=Users," BASE, "svc-old", KIND_USER, UAC_NORMAL);
    static const char *const names[] = {"HV01", "HV02", "HV03", "HV04"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (i != 1)
            allow(estate, second, names[i]);
        if (i != 2)
            allow(estate, third, names[i]);
        if (i != 3)
            allow(estate, fourth, names[i]);
    }
    spn(estate, old, SPN_MIGRATION "/HV03");
}

static void
test_first(void)
{
    g_auto(World) world = world_of(build_many_slips, MODE_EITHER, PT_REQUIRED);
    take_steps(&world, build_many_slips, MODE_EITHER, PT_REQUIRED,
               "delegation:HV01 +1 +0, spn-duplicate:svc-old +2 +1, "
               "protocol-transition:HV02 +2 +4, "
               "spn:HV04 +3 +4");
}

static void
test_first_by_grants(void)
{
    g_auto(World) world = world_of(build_many_slips, MODE_RBCD, PT_REQUIRED);
    take_steps(&world, build_many_slips, MODE_RBCD, PT_REQUIRED,
               "rbcd:HV02 +3 +0, rbcd:HV01 +2 +0, protocol-transition:HV02 +1 +3, "
               "rbcd:HV03 +0 +0, "
               "spn-duplicate:svc-old +3 +2, rbcd:HV04 +0 +0, spn:HV04 +3 +4");
}

/* What nobody can migrate without is one step, and all others need it. */
static void
build_sensitive_krbtgt(Estate *estate)
{
    Account *first = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    host(estate, "HV02", WORKSTATION | UAC_T2A4D);
    allow(estate, first, "HV02");
    Account *krbtgt = estate_add_account(estate, "CN=krbtgt,CN=Users," BASE, NULL);
    krbtgt->uac |= UAC_NOT_DELEGATED;
}

static void
test_first_together(void)
{
    g_auto(World) world = world_of(build_sensitive_krbtgt, MODE_EITHER, PT_REQUIRED);
    take_steps(&world, build_sensitive_krbtgt, MODE_EITHER, PT_REQUIRED,
               "account:krbtgt +1 +1, delegation:HV02 +1 +0");
    g_autoptr(GPtrArray) steps = fix_first(world.audit, world.fixes);
    const FirstStep *second = steps->pdata[1];
    g_assert_cmpuint(second->needs->len, ==, 1);
    g_assert_true(second->needs->pdata[0] == steps->pdata[0]);
    g_assert_cmpuint(second->pairs_alone, ==, 0);
}

/* What no script does is a step as well, and counts what would come of it. */
static void
build_disabled_host(Estate *estate)
{
    Account *first = host(estate, "HV01", WORKSTATION | UAC_T2A4D);
    Account *second = host(estate, "HV02", WORKSTATION | UAC_T2A4D | UAC_DISABLED);
    allow(estate, first, "HV02");
    allow(estate, second, "HV01");
}

static void
test_first_by_hand(void)
{
    g_auto(World) world = world_of(build_disabled_host, MODE_EITHER, PT_REQUIRED);
    g_autoptr(GPtrArray) steps = fix_first(world.audit, world.fixes);
    g_autofree char *text = steps_text(steps);
    g_assert_cmpstr(text, ==, "ACC-01:HV02 +2 +2");
    const FirstStep *step = steps->pdata[0];
    g_assert_cmpstr(step->subject, ==, "HV02");
    g_assert_cmpuint(step->fixes->len, ==, 0);
    g_assert_cmpuint(step->pairs_after, ==, 2);
}

static void
test_nothing(void)
{
    g_auto(World) world = quiet(build_pair);
    world.fixes = fix_plan(world.audit);
    char *directory = written(&world);
    for (gsize i = 0; i < G_N_ELEMENTS(file_names); i++) {
        g_autofree char *path = g_build_filename(directory, file_names[i], NULL);
        g_autofree char *text = contents(directory, file_names[i]);
        GStatBuf info;
        g_assert_cmpint(g_stat(path, &info), ==, 0);
        g_assert_cmpuint(info.st_mode & 0777, ==, 0600);
        g_assert_nonnull(strstr(text, "There is nothing to do here."));
        g_assert_nonnull(strstr(text, "contoso.com"));
        g_assert_null(strstr(text, "\ndn:"));
        g_assert_cmpint(g_str_has_prefix(text, "\xEF\xBB\xBF"), ==,
                        g_str_has_suffix(path, ".ps1"));
    }
    remove_files(directory);
}

static void
test_unwritable(void)
{
    g_auto(World) world = quiet(build_pair);
    world.fixes = fix_plan(world.audit);
    g_autoptr(GError) error = NULL;
    g_assert_false(fix_write(world.audit, world.fixes, "/dev/null/fixes", &error));
    g_assert_nonnull(strstr(error->message, "/dev/null"));
}

/* Every rule is mended, or its page says what to do. */
static void
test_table(void)
{
    for (guint i = 0; i < RULE_COUNT; i++) {
        g_autofree char *name = g_strdup_printf("%s.md", rules[i].id);
        const char *page = embed_find(name);
        const char *fix = page ? strstr(page, "\n## Fix\n") : NULL;
        if (!proposal_of((RuleId)i) && (!fix || strlen(fix) < 80))
            g_error("%s has neither a proposal nor a page with a fix", rules[i].id);
    }
    /* The administrator's choice, or what only the host itself should write. */
    static const RuleId by_hand[] = {RULE_DEL_06, RULE_DEL_07, RULE_SPN_06,
                                     RULE_RBC_02, RULE_ACC_05, RULE_ACC_06};
    for (gsize i = 0; i < G_N_ELEMENTS(by_hand); i++)
        g_assert_null(proposal_of(by_hand[i]));
}

/* setspn, else PowerShell, else LDIF: one order for whatever shows a fix. */
static void
test_language(void)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    char ldif[] = "dn: CN=HV01", empty[] = "";
    g_ptr_array_add(one, (gpointer) "setspn -S ...");
    const struct {
        Fix fix;
        FixLanguage language;
        const char *name;
        guint lines;
    } cases[] = {
        {{.setspn = one, .powershell = one, .ldif = ldif}, FIX_IN_SETSPN, "setspn", 1},
        {{.setspn = none, .powershell = one}, FIX_IN_POWERSHELL, "powershell", 1},
        {{.setspn = none, .powershell = none, .ldif = ldif}, FIX_IN_LDIF, "ldif", 0},
        {{.setspn = none, .powershell = none, .ldif = empty}, FIX_IN_NOTHING, NULL, 0},
        {{.ldif = NULL}, FIX_IN_NOTHING, NULL, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        FixLanguage language = fix_language(&cases[i].fix);
        g_assert_cmpint(language, ==, cases[i].language);
        g_assert_cmpstr(fix_language_names[language], ==, cases[i].name);
        g_assert_cmpuint(fix_lines(&cases[i].fix)->len, ==, cases[i].lines);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fix/table", test_table);
    g_test_add_func("/fix/mends/kcd", test_mends_kcd);
    g_test_add_func("/fix/mends/wrong-owners", test_mends_wrong_owners);
    g_test_add_func("/fix/mends/rbcd", test_mends_rbcd);
    g_test_add_func("/fix/rbcd-deny", test_rbcd_deny);
    g_test_add_func("/fix/denial/own", test_own_denial);
    g_test_add_func("/fix/denial/then-grant", test_denial_then_grant);
    g_test_add_func("/fix/denial/group", test_group_denial);
    g_test_add_func("/fix/generic", test_generic);
    g_test_add_func("/fix/orphans", test_orphans);
    g_test_add_func("/fix/orphans/denial", test_orphan_and_denial);
    g_test_add_func("/fix/orphans/doubtful", test_doubtful_orphan);
    g_test_add_func("/fix/tier0", test_tier0);
    g_test_add_func("/fix/tier0/partner", test_tier0_partner);
    g_test_add_func("/fix/group/to-make", test_group_to_make);
    g_test_add_func("/fix/group/there", test_group_there);
    g_test_add_func("/fix/group/names", test_group_names);
    g_test_add_func("/fix/group/grows", test_group_grows);
    g_test_add_func("/fix/group/harms", test_group_harms);
    g_test_add_func("/fix/group/unread", test_group_unread);
    g_test_add_func("/fix/merging", test_merging);
    g_test_add_func("/fix/transition-forbidden", test_transition_forbidden);
    g_test_add_func("/fix/waived", test_waived);
    g_test_add_func("/fix/duplicate", test_duplicate);
    g_test_add_func("/fix/samba/duplicate", test_samba_duplicate);
    g_test_add_func("/fix/samba/rbcd", test_samba_rbcd);
    g_test_add_func("/fix/unclear-duplicate", test_unclear_duplicate);
    g_test_add_func("/fix/conflicts", test_conflicts);
    g_test_add_func("/fix/unread", test_unread);
    g_test_add_func("/fix/namesakes", test_namesakes);
    g_test_add_func("/fix/other-domain", test_other_domain);
    g_test_add_func("/fix/other-forest", test_other_forest);
    g_test_add_func("/fix/unconstrained/replaced", test_unconstrained_replaced);
    g_test_add_func("/fix/unconstrained/unread", test_unconstrained_unread);
    g_test_add_func("/fix/unconstrained/far", test_unconstrained_far);
    g_test_add_func("/fix/unconstrained/named", test_unconstrained_named);
    g_test_add_func("/fix/by-grants", test_by_grants);
    g_test_add_func("/fix/services", test_services);
    g_test_add_func("/fix/keeps-delegation", test_keeps_delegation);
    g_test_add_func("/fix/ends-what-is-meant", test_ends_what_is_meant);
    g_test_add_func("/fix/conflict", test_conflict);
    g_test_add_func("/fix/hostile", test_hostile);
    g_test_add_func("/fix/first/lists", test_first);
    g_test_add_func("/fix/first/grants", test_first_by_grants);
    g_test_add_func("/fix/first/together", test_first_together);
    g_test_add_func("/fix/first/by-hand", test_first_by_hand);
    g_test_add_func("/fix/nothing", test_nothing);
    g_test_add_func("/fix/unwritable", test_unwritable);
    g_test_add_func("/fix/language", test_language);
    return g_test_run();
}
