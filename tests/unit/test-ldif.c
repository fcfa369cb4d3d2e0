#include "collect/ldif.h"

#include "base/fault.h"
#include "collect/oid.h"
#include "collect/source.h"
#include "model/account.h"

#include <glib/gstdio.h>
#include <string.h>

#define DOMAIN "dn: DC=contoso,DC=com\nobjectClass: domainDNS\n\n"
/* What every real domain has: somebody in a group, somebody with AES. */
#define PEOPLE                                                                         \
    "\ndn: CN=krbtgt,CN=Users,DC=contoso,DC=com\nobjectClass: user\n"                  \
    "sAMAccountName: krbtgt\nuserAccountControl: 514\nprimaryGroupID: 513\n"           \
    "memberOf: CN=Denied RODC Password Replication Group,CN=Users,DC=contoso,DC=com\n" \
    "msDS-SupportedEncryptionTypes: 24\n"
#define SERVICES                                          \
    "dn: CN=Directory Service,CN=Windows "                \
    "NT,CN=Services,CN=Configuration,DC=contoso,DC=com\n" \
    "objectClass: nTDSService\nsPNMappings: host=cifs,http\n\n"
#define HOST                                                                    \
    "dn: CN=HV01,DC=contoso,DC=com\nobjectClass: user\nobjectClass: computer\n" \
    "sAMAccountName: HV01$\nuserAccountControl: 4096\nprimaryGroupID: 515\n"    \
    "objectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUQQAAA==\n"                    \
    "servicePrincipalName: Hyper-V Replica Service/HV01\n"

/* Walking: every entry becomes "dn|name=value|...;". */

static void
note_entry(const Entry *entry, const char *requesting, void *data)
{
    GString *seen = data;
    g_string_append_len(seen, entry->dn.bv_val, (gssize)entry->dn.bv_len);
    if (requesting)
        g_string_append_printf(seen, "[%s]", requesting);
    for (guint a = 0; a < entry->count; a++) {
        const EntryAttribute *attribute = &entry->attributes[a];
        for (guint v = 0; v < attribute->count; v++) {
            g_string_append_c(seen, '|');
            g_string_append_len(seen, attribute->name.bv_val,
                                (gssize)attribute->name.bv_len);
            g_string_append_c(seen, '=');
            g_string_append_len(seen, attribute->values[v].bv_val,
                                (gssize)attribute->values[v].bv_len);
        }
    }
    g_string_append_c(seen, ';');
}

static void
note_incomplete(const char *why, void *data)
{
    g_string_append_printf(data, "!%s;", why);
}

/* As many bytes at a time. */
static char *
walk_parts(const char *bytes, gsize length, gsize part, GError **error)
{
    g_autoptr(Stream) stream = stream_of_memory("f.ldif", bytes, length, part);
    GString *seen = g_string_new(NULL);
    const LdifHandler handler = {
        .entry = note_entry, .incomplete = note_incomplete, .data = seen};
    bool sound = ldif_walk(stream, &handler, error);
    return g_string_free(seen, !sound);
}

/* However the bytes come, it is the same. */
static char *
walk(const char *bytes, gsize length, GError **error)
{
    g_autoptr(GError) whole_error = NULL;
    g_autofree char *whole = walk_parts(bytes, length, 0, &whole_error);
    for (gsize part = 1; part < 8; part++) {
        g_autoptr(GError) part_error = NULL;
        g_autofree char *parts = walk_parts(bytes, length, part, &part_error);
        g_assert_cmpstr(whole, ==, parts);
        g_assert_cmpstr(whole_error ? whole_error->message : NULL, ==,
                        part_error ? part_error->message : NULL);
    }
    if (whole_error)
        g_propagate_error(error, g_steal_pointer(&whole_error));
    return g_steal_pointer(&whole);
}

static void
assert_walk(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *seen = walk(text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(seen, ==, expected);
}

static void
assert_refused(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *seen = walk(text, strlen(text), &error);
    g_assert_null(seen);
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    if (!g_str_has_prefix(error->message, message))
        g_assert_cmpstr(error->message, ==, message);
}

static void
test_forms(void)
{
    assert_walk("version: 1\n\n# c\ndn: a\nx: 1\ny:: Mg==\nx: 3\nz:\n\n\n\ndn:: Y\n "
                "g==\nx: lo\n ng",
                "a|x=1|x=3|y=2;b|x=long;");
    assert_walk("version: 1\r\ndn: a\r\nx: 1\r\n 2\r\n\r\ndn: b\r\nx: 3\r\n",
                "a|x=12;b|x=3;");
    /* ldifde writes additions; ldapsearch folds comments. */
    assert_walk("dn: a\nchangetype: add\nx: 1\n# com\n ment\ny: 2\n", "a|x=1|y=2;");
    assert_walk("dn:\nx: root\n", "|x=root;");
    assert_walk("# only a comment\n\n", "");
}

/* As a directory answers who asks by number. */
static void
test_oids(void)
{
    assert_walk(
        "dn: a\n1.2.840.113556.1.4.1787: x/1\nb: 2\nMSDS-allowedtodelegateto: x/2\n"
        "1.2.840.113556.1.4.1787;range=0-1: x/3\n1.2.3.4: 5\n2.5.4.0: user\n",
        "a|msDS-AllowedToDelegateTo=x/1|msDS-AllowedToDelegateTo=x/2|b=2"
        "|msDS-AllowedToDelegateTo;range=0-1=x/3|1.2.3.4=5|objectClass=user;");
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        bool named = false;
        for (guint arc = 0; arc < 2; arc++)
            for (guint number = 0; number < 2400 && !named; number++) {
                g_autofree char *oid =
                    g_strdup_printf("1.2.840.113556.1.%u.%u", arc == 0 ? 2 : 4, number);
                named = g_strcmp0(oid_name(oid, strlen(oid)), attr_name(attr)) == 0;
            }
        named = named || attr == ATTR_OBJECT_CLASS || attr == ATTR_MEMBER; /* of X.500 */
        g_assert_true(named);
    }
}

static void
test_long_lines(void)
{
    g_autoptr(GString) text = g_string_new("dn: a\nx: ");
    for (guint i = 0; i < 3000; i++)
        g_string_append(text, "0123456789");
    g_autofree char *expected =
        g_strdup_printf("a|x=%s;", text->str + strlen("dn: a\nx: "));
    assert_walk(text->str, expected);
}

static void
test_encodings(void)
{
    static const char plain[] = "dn: a\nx: \xC3\xA4\n";
    g_autoptr(GError) error = NULL;
    gsize length;
    g_autofree char *wide =
        g_convert(plain, -1, "UTF-16LE", "UTF-8", NULL, &length, NULL);
    g_autofree char *marked = g_malloc(length + 2);
    memcpy(marked, "\xFF\xFE", 2);
    memcpy(marked + 2, wide, length);
    g_autofree char *seen = walk(marked, length + 2, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(seen, ==, "a|x=\xC3\xA4;");
    assert_walk("\xEF\xBB\xBF"
                "dn: a\nx: 1\n",
                "a|x=1;");
    /* UTF-16 cut in the middle of a character. */
    g_autofree char *cut = walk(marked, length + 1, &error);
    g_assert_null(cut);
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
}

/* ldapsearch's own lines around the entries. */
static void
test_ldapsearch(void)
{
    assert_walk("# extended LDIF\n#\n# requesting: a b \n#\n\n# x, y\ndn: e\na: 1\n\n"
                "# search reference\nref: ldap://child/DC=x\n\n"
                "# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n",
                "e[a b]|a=1;");
    assert_walk("dn: e\na: 1\n\nsearch: 2\nresult: 4 Size limit exceeded\n",
                "e|a=1;!the export ended with \"4 Size limit exceeded\";");
    /* Each export of a file stands under its own header. */
    assert_walk("# requesting: a\n\ndn: e\na: 1\n\n# requesting: ALL\n\ndn: f\na: 1\n",
                "e[a]|a=1;f[ALL]|a=1;");
}

/* As some exporters write an attribute without a value, and what libldap refuses. */
static void
test_empty_values(void)
{
    assert_walk("dn: a\nx:\ny: \nz:: \nv::\nw: 1\n", "a|w=1;");
    assert_walk("dn: a\nz:: \n \nw: 1\n", "a|w=1;");
}

static void
test_refused(void)
{
    assert_refused("", "f.ldif: is empty");
    assert_refused("dn: a\nx: 1\n\ndn: b\nnonsense\n",
                   "f.ldif:5: a line that is not \"name: value\"");
    assert_refused("# c\n#d\n\n\ndn: a\n# e\nx: 1\n 2\ny:: ***\n",
                   "f.ldif:9: a value that is not base64");
    assert_refused("dn: a\ny:: YWJ\n", "f.ldif:2: a value that is not base64");
    /* libldap would write a line of its own. */
    assert_refused("dn: a\ny:: YW Jj\n", "f.ldif:2: a value that is not base64");
    assert_refused("dn: a\ny:: YWJj \n", "f.ldif:2: a value that is not base64");
    assert_refused("dn: a\ny:: Y=Jj\n", "f.ldif:2: a value that is not base64");
    assert_refused(
        "x: 1\n",
        "f.ldif:1: a record that does not start with \"dn:\", as those of ldifde do");
    /* Nothing is hidden behind the number of a record. */
    assert_refused(
        "1\n dn: a\nx: 1\n",
        "f.ldif:1: a record that does not start with \"dn:\", as those of ldifde do");
    assert_refused("dn: a\nx: 1\ndn: b\n",
                   "f.ldif:3: a second \"dn:\" in one record: an empty line is missing "
                   "before it, as where files were joined");
    assert_refused("dn: a\nchangetype: modify\nadd: x\nx: 1\n-\n",
                   "f.ldif:2: a change record");
    assert_refused("dn: a\nx y: 1\n", "f.ldif:2: a line that is not \"name: value\"");
    assert_refused("dn: a\nx: 1\n-\n", "f.ldif:3: a change record");
    /* What to do hangs on whether LDIF was seen. */
    assert_refused("nonsense\n", "f.ldif:1: a line that is not \"name: value\": this is "
                                 "not LDIF; export the domain with ldifde");
    assert_refused("x: 1\n", "f.ldif:1: a record that does not start with \"dn:\", as "
                             "those of ldifde do: this is not LDIF; export");
    assert_refused("dn: a\nx: 1\n\nSize limit exceeded (4)\n",
                   "f.ldif:4: a line that is not \"name: value\"; export it again");
    /* Nothing stands before it that it could go on with. */
    assert_refused("  dn: a\n  x: 1\n", "f.ldif:1: a line that begins with a blank");
    assert_refused("dn: a\nx: 1\n\n dn: b\nx: 1\n",
                   "f.ldif:4: a line that begins with a blank");
}

static void
test_returns(void)
{
    static const char *const texts[] = {"dn: a\rx: 1\ry: 2\r\rdn: b\rx: 3\r",
                                        "dn: a\r\nx: 1\ry: 2\r\n\r\ndn: b\rx: 3\r\n",
                                        "dn: a\nx: 1\ry: 2\n\rdn: b\nx: 3\n",
                                        "dn: a\r\r\nx: 1\r\r\ny: 2\n\r\r\ndn: b\nx: 3\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_walk(texts[i], "a|x=1|y=2;b|x=3;");
    assert_walk("dn: a\rx: 1\r 2\r", "a|x=12;");
}

#define PAGES                                                                       \
    "!a search stopped before its last page: ldapsearch -E pr=1000/noprompt reads " \
    "them all;"

static void
test_pages(void)
{
    static const char last[] = "dn: b\nx: 2\n\n# pagedresults: cookie=\n";
    g_autofree char *read = g_strconcat("dn: a\nx: 1\n\n# pagedresults: estimate=9 "
                                        "cookie=AQ==\n\n",
                                        last, NULL);
    assert_walk(read, "a|x=1;b|x=2;");
    /* The prompt goes where the entries go. */
    g_autofree char *asked = g_strconcat(
        "dn: a\nx: 1\n\n# pagedresults: cookie=AQ==\nPress [size] Enter for the next "
        "{1000|size} entries.\n",
        last, NULL);
    assert_walk(asked, "a|x=1;b|x=2;");
    assert_walk("dn: a\nx: 1\n\n# pagedresults: cookie=AQ==\n", "a|x=1;" PAGES);
    assert_walk(
        "dn: a\nx: 1\n\nsearch: 2\nresult: 0 Success\npagedresults: cookie=AQ==\n",
        "a|x=1;" PAGES);
    g_autofree char *other = g_strconcat("dn: a\nx: 1\n\n# pagedresults: cookie=AQ==\n\n"
                                         "# extended LDIF\n\n",
                                         last, NULL);
    assert_walk(other, "a|x=1;" PAGES "b|x=2;");
}

/* libldap would open these files. */
static void
test_other_files(void)
{
    g_autofree char *secret = NULL;
    int fd = g_file_open_tmp("secret-XXXXXX", &secret, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(secret, "dn: secret\nx: 1\n", -1, NULL));
    static const struct {
        const char *format;
        const char *message;
    } rows[] = {
        {"include: file://%s\n", "f.ldif:1: an include directive"},
        {"dn: a\nx: 1\n\n# c\nINCLUDE: file://%s\n", "f.ldif:5: an include directive"},
        {"1\ninclude: file://%s\n", "f.ldif:2: an include directive"},
        {"dn: a\nx:< file://%s\n", "f.ldif:2: a value that refers to another file"},
        {"dn: a\ny: 1\nx:<file://%s\n", "f.ldif:3: a value that refers to another file"},
        {"dn:< file://%s\n", "f.ldif:1: a value that refers to another file"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) halves = g_strsplit(rows[i].format, "%s", 2);
        g_autofree char *text = g_strconcat(halves[0], secret, halves[1], NULL);
        assert_refused(text, rows[i].message);
    }
    /* Folded in two, it is a plain value for libldap too. */
    g_autofree char *folded = g_strdup_printf("dn: a\nx:\n <file://%s\n", secret);
    g_autofree char *expected = g_strdup_printf("a|x=<file://%s;", secret);
    assert_walk(folded, expected);
    g_unlink(secret);
}

static void
test_nul(void)
{
    static const char text[] = "dn: a\nx: 1\0y\n";
    g_autoptr(GError) error = NULL;
    g_autofree char *seen = walk(text, sizeof text - 1, &error);
    g_assert_null(seen);
    g_assert_cmpstr(
        error->message, ==,
        "f.ldif:2: a NUL byte: this is not LDIF, or it is damaged; export the "
        "domain with ldifde -f FILE -d DC=...");
}

/* Reading: from a file to an estate. */

static Estate *
read_estate(const char *text, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("estate-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    const CollectPlan plan = {.timeout_s = 1};
    Estate *estate = NULL;
    bool read = source_read_ldif((const char *[]){path, NULL}, &plan, &estate, error);
    g_assert_true(read == (estate != NULL));
    g_unlink(path);
    return estate;
}

static Estate *
read_sound(const char *text)
{
    g_autoptr(GError) error = NULL;
    Estate *estate = read_estate(text, &error);
    g_assert_no_error(error);
    return estate;
}

static const Account *
host_of(const Estate *estate)
{
    const Account *host = estate_by_dn(estate, "CN=HV01,DC=contoso,DC=com");
    g_assert_nonnull(host);
    return host;
}

static bool
has_gap(const Estate *estate, const char *what)
{
    for (guint i = 0; i < estate->gaps->len; i++)
        if (g_str_has_prefix(((Gap *)estate->gaps->pdata[i])->what, what))
            return true;
    return false;
}

#define PARTITION                                                              \
    "dn: CN=CONTOSO,CN=Partitions,CN=Configuration,DC=contoso,DC=com\n"        \
    "objectClass: crossRef\nnCName: DC=contoso,DC=com\ndnsRoot: contoso.com\n" \
    "systemFlags: 3\n\n"

/* What nobody in the file carries was not asked for, and is not empty. */
static void
test_thin(void)
{
    g_autoptr(Estate) estate = read_sound(DOMAIN SERVICES HOST "\n");
    g_assert_true(has_gap(estate, "memberOf"));
    g_assert_true(has_gap(estate, "msDS-SupportedEncryptionTypes"));
    g_assert_false(account_knows(host_of(estate), ATTR_MEMBER_OF));
    /* Nobody has pwdLastSet: a list of attributes, or a Global Catalog. */
    g_assert_false(account_knows(host_of(estate), ATTR_DELEGATE_TO));
    g_assert_true(has_gap(estate, "owners of SPNs"));
}

static void
test_estate(void)
{
    g_autoptr(Estate) estate = read_sound(
        DOMAIN SERVICES PARTITION HOST "dNSHostName: hv01.contoso.com\n"
                                       "pwdLastSet: 134386128000000000\n"
                                       "msDS-AllowedToDelegateTo: cifs/hv02\n\n" PEOPLE);
    g_assert_cmpstr(estate->domain, ==, "contoso.com");
    g_assert_cmpstr(estate->realm, ==, "CONTOSO.COM");
    g_assert_true(estate->aliases_read);
    g_assert_true(estate->spns_forest_wide);
    /* RBCD is nowhere, which a reader without rights would see as well. */
    g_assert_cmpuint(estate->gaps->len, ==, 2);
    g_assert_true(has_gap(estate, "authentication policies and silos"));
    g_assert_true(has_gap(estate, "msDS-AllowedToActOnBehalfOfOtherIdentity"));
    const Account *host = host_of(estate);
    g_assert_cmpuint(host->spns->len, ==, 1);
    /* Without descriptors, what is not there is empty. */
    g_assert_true(account_knows(host, ATTR_DELEGATE_TO));
    g_assert_true(group_is_hyperv_host(host));
}

static void
test_age(void)
{
    g_autoptr(Estate) estate = read_sound(
        "dn:\ncurrentTime: 20260101000000.0Z\n"
        "defaultNamingContext: DC=contoso,DC=com\n\n" DOMAIN SERVICES HOST "\n");
    g_assert_cmpint(estate->collected_us, ==,
                    G_GINT64_CONSTANT(1767225600) * G_USEC_PER_SEC);
}

static void
test_no_mappings(void)
{
    g_autoptr(Estate) estate = read_sound(DOMAIN HOST "\n");
    g_assert_false(estate->aliases_read);
    g_assert_true(has_gap(estate, "sPNMappings"));
}

static void
test_other_domain(void)
{
    static const char partitions[] =
        "dn: CN=CONTOSO,CN=Partitions,CN=Configuration,DC=contoso,DC=com\nobjectClass: "
        "crossRef\n"
        "nCName: DC=contoso,DC=com\ndnsRoot: contoso.com\nnETBIOSName: "
        "CONTOSO\nsystemFlags: 3\n\n"
        "dn: CN=CHILD,CN=Partitions,CN=Configuration,DC=contoso,DC=com\nobjectClass: "
        "crossRef\n"
        "nCName: DC=child,DC=contoso,DC=com\ndnsRoot: child.contoso.com\nsystemFlags: "
        "3\n\n"
        "dn: CN=Z,CN=Partitions,CN=Configuration,DC=contoso,DC=com\nobjectClass: "
        "crossRef\n"
        "nCName: DC=Zones,DC=contoso,DC=com\nsystemFlags: 5\n\n";
    g_autofree char *text = g_strconcat(partitions, DOMAIN SERVICES HOST "\n", NULL);
    g_autoptr(Estate) estate = read_sound(text);
    g_assert_cmpuint(estate->domains->len, ==, 2);
    g_assert_cmpstr(((Domain *)estate->domains->pdata[0])->netbios, ==, "CONTOSO");
    g_assert_false(estate->spns_forest_wide);
    g_assert_true(has_gap(estate, "owners of SPNs"));
}

/* What an account always has, and is not in the file, was not readable. */
static void
test_unreadable(void)
{
    g_autoptr(Estate) estate = read_sound(
        DOMAIN SERVICES
        "dn: CN=HV01,DC=contoso,DC=com\nobjectClass: user\nobjectClass: computer\n"
        "servicePrincipalName: Hyper-V Replica Service/HV01\n\n");
    g_assert_false(account_knows(host_of(estate), ATTR_UAC));
    g_assert_true(has_gap(estate, "userAccountControl"));
}

static void
test_range(void)
{
    g_autoptr(Estate) estate =
        read_sound(DOMAIN SERVICES HOST "msDS-AllowedToDelegateTo;range=0-1: cifs/a\n"
                                        "msDS-AllowedToDelegateTo;range=0-1: cifs/b\n\n");
    g_assert_false(account_knows(host_of(estate), ATTR_DELEGATE_TO));
    g_assert_true(has_gap(estate, "msDS-AllowedToDelegateTo of CN=HV01"));
}

static void
test_requesting(void)
{
    g_autoptr(Estate) estate = read_sound(
        "# requesting: servicePrincipalName objectSid "
        "sAMAccountName userAccountControl primaryGroupID\n\n" DOMAIN SERVICES HOST "\n");
    g_assert_true(account_knows(host_of(estate), ATTR_SPN));
    g_assert_false(account_knows(host_of(estate), ATTR_DELEGATE_TO));
    g_assert_true(has_gap(estate, "msDS-AllowedToDelegateTo"));
}

static void
test_cut_short(void)
{
    g_autoptr(Estate) estate = read_sound(DOMAIN SERVICES HOST PEOPLE
                                          "\nsearch: 2\nresult: 4 Size limit exceeded\n");
    bool told = false;
    for (guint i = 0; i < estate->gaps->len; i++)
        told |=
            strstr(((Gap *)estate->gaps->pdata[i])->why, "4 Size limit exceeded") != NULL;
    g_assert_true(told);
}

/* Cut off in the middle of a line: what came after was not seen. */
static void
test_no_last_newline(void)
{
    g_autoptr(Estate) estate =
        read_sound(DOMAIN SERVICES HOST PEOPLE "description: cut he");
    g_assert_true(has_gap(estate, "/"));
    g_assert_false(estate->spns_forest_wide);
}

static void
test_useless(void)
{
    static const char *const texts[] = {
        "# nothing\n", DOMAIN, "dn: CN=x\nobjectClass: user\nsAMAccountName: x\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(read_estate(texts[i], &error));
        g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
        g_assert_nonnull(strstr(error->message, "export"));
    }
}

/* The same entries in another order give the same estate. */
static void
test_order(void)
{
    static const char scp[] =
        "dn: CN=Microsoft Hyper-V,CN=HV01,DC=contoso,DC=com\n"
        "objectClass: serviceConnectionPoint\ncn: Microsoft Hyper-V\n\n";
    g_autofree char *before = g_strconcat(scp, DOMAIN SERVICES HOST PEOPLE, NULL);
    g_autofree char *after = g_strconcat(HOST PEOPLE "\n" SERVICES DOMAIN, scp, NULL);
    const char *const texts[] = {before, after};
    guint gaps[G_N_ELEMENTS(texts)];
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Estate) estate = read_sound(texts[i]);
        g_assert_true(host_of(estate)->hyperv_scp);
        g_assert_cmpstr(estate->domain, ==, "contoso.com");
        gaps[i] = estate->gaps->len;
    }
    g_assert_cmpuint(gaps[0], ==, gaps[1]);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(void);
    } cases[] = {
        {"/ldif/forms", test_forms},
        {"/ldif/oids", test_oids},
        {"/ldif/long-lines", test_long_lines},
        {"/ldif/encodings", test_encodings},
        {"/ldif/ldapsearch", test_ldapsearch},
        {"/ldif/empty-values", test_empty_values},
        {"/ldif/refused", test_refused},
        {"/ldif/returns", test_returns},
        {"/ldif/pages", test_pages},
        {"/ldif/other-files", test_other_files},
        {"/ldif/nul", test_nul},
        {"/ldif/estate", test_estate},
        {"/ldif/thin", test_thin},
        {"/ldif/no-last-newline", test_no_last_newline},
        {"/ldif/estate-age", test_age},
        {"/ldif/estate-no-mappings", test_no_mappings},
        {"/ldif/estate-other-domain", test_other_domain},
        {"/ldif/estate-unreadable", test_unreadable},
        {"/ldif/estate-range", test_range},
        {"/ldif/estate-requesting", test_requesting},
        {"/ldif/estate-cut-short", test_cut_short},
        {"/ldif/estate-useless", test_useless},
        {"/ldif/estate-order", test_order},
    };
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_func(cases[i].path, cases[i].run);
    return g_test_run();
}
