/* Group policy: which GPOs reach a host, and what their files in a SYSVOL say. */
#include "base/limits.h"
#include "diagnose/gpttmpl.h"
#include "diagnose/registrypol.h"
#include "diagnose/sysvol.h"
#include "model/gpo.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOMAIN_DN "DC=contoso,DC=test"
#define GUID_A "{00000000-0000-4000-8000-00000000000A}"
#define GUID_B "{00000000-0000-4000-8000-00000000000B}"
#define GUID_C "{00000000-0000-4000-8000-00000000000C}"

static void
put16(GByteArray *out, guint value)
{
    guint8 bytes[2] = {(guint8)value, (guint8)(value >> 8)};
    g_byte_array_append(out, bytes, 2);
}

static void
put32(GByteArray *out, guint32 value)
{
    put16(out, value & 0xFFFF);
    put16(out, value >> 16);
}

static void
put_ascii(GByteArray *out, const char *text)
{
    for (; *text; text++)
        put16(out, (guchar)*text);
}

static GByteArray *
pol_new(void)
{
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)"PReg", 4);
    put32(out, 1);
    return out;
}

/* [key;value;4;size;data], with `size` as announced. */
static void
put_record(GByteArray *out, const char *key, const char *value, guint32 size,
           const char *data, guint length)
{
    put16(out, '[');
    put_ascii(out, key);
    put16(out, 0);
    put16(out, ';');
    put_ascii(out, value);
    put16(out, 0);
    put16(out, ';');
    put32(out, 4);
    put16(out, ';');
    put32(out, size);
    put16(out, ';');
    g_byte_array_append(out, (const guint8 *)data, length);
    put16(out, ']');
}

/* From an allocation of exactly its size, so that a sanitizer sees every byte
 * read beyond it. */
static bool
check_pol(const GByteArray *bytes, gsize length, RegistryPol *ret_file)
{
    g_autofree guint8 *copy = length > 0 ? g_memdup2(bytes->data, length) : NULL;
    return registrypol_check(copy, length, ret_file);
}

static void
test_pol_sound(void)
{
    g_autoptr(GByteArray) bytes = pol_new();
    g_auto(RegistryPol) empty = {0}, file = {0};
    g_assert_true(check_pol(bytes, bytes->len, &empty));
    g_assert_cmpuint(empty.records, ==, 0);
    put_record(bytes, "Software\\A", "x", 4, "\1\0\0\0", 4);
    put_record(bytes, "Software\\A", "", 0, "", 0);
    /* What looks like the format within data and names is none of it. */
    put_record(bytes, "Software\\[a;b]", "p;q", 6, "]\0[\0;\0", 6);
    g_assert_true(check_pol(bytes, bytes->len, &file));
    g_assert_cmpuint(file.records, ==, 3);
    g_assert_null(file.why);
}

static void
test_pol_cut(void)
{
    g_autoptr(GByteArray) bytes = pol_new();
    guint ends[3] = {bytes->len};
    put_record(bytes, "K", "v", 4, "\1\0\0\0", 4);
    ends[1] = bytes->len;
    put_record(bytes, "Key\\Two", "w", 3, "abc", 3);
    ends[2] = bytes->len;
    for (gsize length = 0; length <= bytes->len; length++) {
        g_auto(RegistryPol) file = {0};
        bool sound = length == ends[0] || length == ends[1] || length == ends[2];
        g_assert_cmpint(check_pol(bytes, length, &file), ==, sound);
        g_assert_cmpint(file.why == NULL, ==, sound);
        g_assert_cmpuint(file.at, <=, length);
        g_assert_cmpuint(file.records, ==,
                         length < ends[1]   ? 0
                         : length < ends[2] ? 1
                                            : 2);
    }
}

static void
assert_pol_wrong(const GByteArray *bytes, gsize at, const char *why)
{
    g_auto(RegistryPol) file = {0};
    g_assert_false(check_pol(bytes, bytes->len, &file));
    g_assert_cmpuint(file.at, ==, at);
    g_assert_nonnull(strstr(file.why, why));
}

static void
test_pol_wrong(void)
{
    g_autoptr(GByteArray) version = pol_new(), text = g_byte_array_new();
    version->data[4] = 2;
    assert_pol_wrong(version, 4, "version is 2");
    g_byte_array_append(text, (const guint8 *)"Windows Registry Editor", 23);
    assert_pol_wrong(text, 0, "PReg");

    static const guint32 sizes[] = {3, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GByteArray) bytes = pol_new();
        g_auto(RegistryPol) file = {0};
        put_record(bytes, "K", "v", sizes[i], "\1\0\0\0", 4);
        g_assert_false(check_pol(bytes, bytes->len, &file));
        g_assert_cmpuint(file.records, ==, 0);
    }
    /* Every mark in its place: [ K 0 ; v 0 ; type ; size ; data ] */
    static const gsize marks[] = {8, 14, 20, 26, 32, 38};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autoptr(GByteArray) bytes = pol_new();
        put_record(bytes, "K", "v", 4, "\1\0\0\0", 4);
        g_assert_cmpuint(bytes->len, ==, 40);
        bytes->data[marks[i]] ^= 0x40;
        assert_pol_wrong(bytes, marks[i], "belongs");
        bytes->data[marks[i]] ^= 0x40;
        bytes->data[marks[i] + 1] = 1; /* U+015B is no [ */
        assert_pol_wrong(bytes, marks[i], "belongs");
    }
    g_autoptr(GByteArray) zeros = pol_new();
    put32(zeros, 0);
    assert_pol_wrong(zeros, 8, "record 1");
}

static bool
parse_inf(const void *data, gsize length, GptTmpl *ret_file)
{
    g_autofree guint8 *copy = length > 0 ? g_memdup2(data, length) : NULL;
    return gpttmpl_parse(copy, length, ret_file);
}

/* "RIGHT@LINE=A|B" for each, joined by blanks. */
static void
assert_rights(const GptTmpl *file, const char *expected)
{
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < file->rights->len; i++) {
        const PrivilegeRight *right = file->rights->pdata[i];
        g_string_append_printf(found, "%s%s@%u=", i > 0 ? " " : "", right->right,
                               right->line);
        for (guint p = 0; p < right->principals->len; p++)
            g_string_append_printf(found, "%s%s", p > 0 ? "|" : "",
                                   (const char *)right->principals->pdata[p]);
    }
    g_assert_cmpstr(found->str, ==, expected);
}

static const char inf[] = "[Unicode]\r\n"
                          "Unicode=yes\r\n"
                          "SeElse = *S-1-1-0\r\n"
                          "[PRIVILEGE rights]\r\n"
                          "; SeNot = a\r\n"
                          "SeA = *S-1-5-32-544 , \"CONTOSO\\b c\",,d ; said so\r\n"
                          "\r\n"
                          "SeB =\r\n"
                          "[Version]\r\n"
                          "SeAfter = x\r\n";
static const char inf_rights[] = "SeA@6=*S-1-5-32-544|CONTOSO\\b c|d SeB@8=";

static void
test_inf_encodings(void)
{
    for (guint kind = 0; kind < 5; kind++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_auto(GptTmpl) file = {0};
        bool wide = kind < 3, big = kind == 1;
        if (kind == 0 || kind == 1)
            put16(bytes, big ? 0xFFFE : 0xFEFF);
        if (kind == 3)
            g_byte_array_append(bytes, (const guint8 *)"\xEF\xBB\xBF", 3);
        for (const char *at = inf; *at; at++) {
            guint c = (guchar)*at;
            if (wide)
                put16(bytes, big ? c << 8 : c);
            else
                g_byte_array_append(bytes, (const guint8 *)at, 1);
        }
        g_assert_true(parse_inf(bytes->data, bytes->len, &file));
        assert_rights(&file, inf_rights);
    }
}

static void
test_inf_ansi(void)
{
    static const char text[] = "[Privilege Rights]\nSeA = VORDEFINIERT\\J\xFCrgen\n";
    g_auto(GptTmpl) file = {0};
    g_assert_true(parse_inf(text, sizeof text - 1, &file));
    assert_rights(&file, "SeA@2=VORDEFINIERT\\J\xC3\xBCrgen");
}

static void
test_inf_damaged(void)
{
    g_autoptr(GByteArray) wide = g_byte_array_new();
    static const guint8 zeros[64] = {0};
    static const char broken[] = "[Privilege Rights]\nSeA *S-1-1-0\n";
    g_auto(GptTmpl) empty = {0}, nuls = {0}, none = {0}, line = {0};
    g_assert_false(parse_inf(NULL, 0, &empty));
    g_assert_false(parse_inf(zeros, sizeof zeros, &nuls));
    g_assert_false(parse_inf("hello", 5, &none));
    g_assert_nonnull(strstr(none.why, "section"));
    g_assert_false(parse_inf(broken, sizeof broken - 1, &line));
    g_assert_nonnull(strstr(line.why, "line 2"));

    put16(wide, 0xFEFF);
    put_ascii(wide, "[Privilege Rights]\r\nSeA = ");
    for (guint i = 0; i < 3; i++) {
        static const guint units[3][2] = {{0xD83D, 0xDE00}, {0xDE00, 'x'}, {'x', 0xD83D}};
        g_auto(GptTmpl) file = {0};
        guint before = wide->len;
        put16(wide, units[i][0]);
        put16(wide, units[i][1]);
        g_assert_cmpint(parse_inf(wide->data, wide->len, &file), ==, i == 0);
        assert_rights(&file, i == 0   ? "SeA@2=\xF0\x9F\x98\x80"
                             : i == 1 ? "SeA@2=\xEF\xBF\xBDx"
                                      : "SeA@2=x\xEF\xBF\xBD");
        g_byte_array_set_size(wide, before);
    }
}

/* However it is cut, a right is never made up, and half a character is noticed. */
static void
test_inf_cut(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    put16(bytes, 0xFEFF);
    put_ascii(bytes, inf);
    for (gsize length = 0; length <= bytes->len; length++) {
        g_auto(GptTmpl) file = {0};
        bool sound = parse_inf(bytes->data, length, &file);
        g_assert_cmpint(sound, ==, file.why == NULL);
        g_assert_false(sound && length % 2 != 0);
        g_assert_cmpuint(file.rights->len, <=, 2);
        for (guint i = 0; i < file.rights->len; i++)
            g_assert_cmpuint(((PrivilegeRight *)file.rights->pdata[i])->line, ==,
                             i == 0 ? 6 : 8);
    }
}

static char *
gpo_dn(const char *guid)
{
    return g_strdup_printf("CN=%s,CN=Policies,CN=System," DOMAIN_DN, guid);
}

static Gpo *
add_gpo(Estate *estate, const char *guid)
{
    g_autofree char *dn = gpo_dn(guid);
    g_autofree char *path =
        g_strdup_printf("\\\\contoso.test\\SysVol\\contoso.test\\Policies\\%s", guid);
    Gpo *gpo = estate_add_gpo(estate, dn);
    gpo->guid = gpo->name = estate_string(estate, guid);
    gpo->path = estate_string(estate, path);
    gpo->flags = 0;
    gpo->version = 1;
    gpo->functionality = 2;
    return gpo;
}

static Container *
add_container(Estate *estate, const char *dn, const char *links, guint32 options)
{
    Container *container =
        estate_add_container(estate, dn, strstr(dn, "CN=Sites") != NULL);
    container->links = estate_string(estate, links);
    container->options = options;
    container->unread = TRI_NO;
    return container;
}

#define LINK(guid, options) \
    "[LDAP://cn=" guid ",cn=policies,cn=system,DC=contoso,DC=test;" options "]"

static Account *
new_host(Estate **ret_estate)
{
    *ret_estate = estate_new(0);
    estate_add_domain(*ret_estate, DOMAIN_DN);
    return estate_add_account(*ret_estate, "CN=HV01,OU=Inner,OU=Outer," DOMAIN_DN, NULL);
}

/* The GPOs that reach the host, by the last letter of their GUIDs; lower case:
 * enforced; "?": not read; "!" at the end: links that were not read. */
static void
assert_reach(const Estate *estate, const Account *host, const char *expected)
{
    g_autoptr(GpoReach) reach = gpo_reach(estate, host);
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < reach->links->len; i++) {
        const GpoLink *link = reach->links->pdata[i];
        char letter = link->gpo ? link->gpo->guid[36] : '?';
        g_string_append_c(found, link->enforced ? g_ascii_tolower(letter) : letter);
    }
    if (reach->unread->len > 0)
        g_string_append_c(found, '!');
    g_assert_cmpstr(found->str, ==, expected);
}

static void
test_reach(void)
{
    g_autoptr(Estate) estate = NULL;
    const Account *host = new_host(&estate);
    add_gpo(estate, GUID_A);
    add_gpo(estate, GUID_B);
    add_gpo(estate, GUID_C);
    Container *inner = add_container(estate, "OU=Inner,OU=Outer," DOMAIN_DN, NULL, 0);
    Container *outer = add_container(estate, "OU=Outer," DOMAIN_DN, " ", 0);
    assert_reach(estate, host, "!"); /* the domain was not read */
    Container *domain = add_container(estate, DOMAIN_DN, LINK(GUID_A, "0"), 0);
    assert_reach(estate, host, "A");

    inner->links = LINK(GUID_B, "0") LINK(GUID_C, "1");
    outer->links = LINK(GUID_B, "2") LINK(GUID_C, "3");
    assert_reach(estate, host, "BA"); /* disabled links do not count */
    outer->links = LINK(GUID_C, "2");
    assert_reach(estate, host, "BcA");

    inner->options = 1; /* blocks all but what is enforced, and not its own */
    assert_reach(estate, host, "Bc");
    domain->links = LINK(GUID_A, "2");
    assert_reach(estate, host, "Bca");
    inner->options = 0;
    outer->options = 1;
    domain->links = LINK(GUID_A, "0");
    assert_reach(estate, host, "Bc");
    outer->options = 0;

    add_container(estate, "CN=Here,CN=Sites,CN=Configuration," DOMAIN_DN,
                  LINK(GUID_A, "0"), 0);
    outer->links = NULL;
    domain->links = LINK(GUID_C, "0");
    assert_reach(estate, host, "BCA");
    domain->options = 1; /* a domain blocks its sites */
    assert_reach(estate, host, "BC");
    inner->unread = TRI_YES;
    assert_reach(estate, host, "BC!");
}

static void
test_reach_malformed(void)
{
    static const char *const broken[] = {
        "x",
        "[",
        "[LDAP://",
        "[LDAP://cn=x",
        "[LDAP://cn=x]",
        "[LDAP://cn=x;]",
        "[LDAP://cn=x;y]",
        "[LDAP://cn=x;0y]",
        "[LDAP://cn=x;-1]",
        "[LDAP://cn=x;0",
        "[HTTP://cn=x;0]",
        LINK(GUID_A, "0") "x",
    };
    g_autoptr(Estate) estate = NULL;
    const Account *host = new_host(&estate);
    add_container(estate, "OU=Inner,OU=Outer," DOMAIN_DN, NULL, 0);
    add_container(estate, "OU=Outer," DOMAIN_DN, NULL, 0);
    Container *domain = add_container(estate, DOMAIN_DN, NULL, 0);
    for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
        domain->links = broken[i];
        assert_reach(estate, host, i + 1 == G_N_ELEMENTS(broken) ? "?!" : "!");
    }
    domain->links = LINK(GUID_A, "0") LINK(GUID_A, "0"); /* twice is once */
    assert_reach(estate, host, "?");
}

static void
test_idle(void)
{
    g_autoptr(Estate) estate = NULL;
    new_host(&estate);
    Gpo *gpo = add_gpo(estate, GUID_A);
    g_assert_null(gpo_idle(gpo));
    gpo->flags = 1; /* the user half */
    g_assert_null(gpo_idle(gpo));
    gpo->flags = 2;
    g_assert_nonnull(gpo_idle(gpo));
    gpo->flags = 3;
    g_assert_nonnull(gpo_idle(gpo));
    gpo->flags = -1;
    gpo->version = 5 << 16; /* only the user half was edited */
    g_assert_nonnull(gpo_idle(gpo));
    gpo->version = -1;
    g_assert_null(gpo_idle(gpo));
    g_assert_cmpint(gpo_runs(gpo, GPO_SECURITY_EXTENSION), ==, TRI_UNKNOWN);
    gpo->extensions = "[{827d319e-6eac-11d2-a4ea-00c04f79f83a}{x}]";
    g_assert_cmpint(gpo_runs(gpo, GPO_SECURITY_EXTENSION), ==, TRI_YES);
    g_assert_cmpint(gpo_runs(gpo, GPO_REGISTRY_EXTENSION), ==, TRI_NO);
}

/* A directory that is gone at the end. */
typedef struct {
    char *root;
    Estate *estate;
    GPtrArray *gpos;
    GpoEvidence *of; /* what the last reading found of the only GPO */
    GPtrArray *evidence;
} Tree;

static void
remove_tree(const char *path)
{
    GStatBuf status;
    if (g_lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *name;
        while ((name = g_dir_read_name(dir))) {
            g_autofree char *below = g_build_filename(path, name, NULL);
            remove_tree(below);
        }
        g_dir_close(dir);
    }
    g_remove(path);
}

static void
tree_up(Tree *tree, gconstpointer unused)
{
    (void)unused;
    tree->root = g_dir_make_tmp("sysvol-XXXXXX", NULL);
    new_host(&tree->estate);
    tree->gpos = g_ptr_array_new();
    g_ptr_array_add(tree->gpos, add_gpo(tree->estate, GUID_A));
}

static void
tree_down(Tree *tree, gconstpointer unused)
{
    (void)unused;
    remove_tree(tree->root);
    g_clear_pointer(&tree->evidence, g_ptr_array_unref);
    g_ptr_array_unref(tree->gpos);
    estate_free(tree->estate);
    g_free(tree->root);
}

static char *
tree_put(const Tree *tree, const char *path, const void *data, gssize length)
{
    char *full = g_build_filename(tree->root, path, NULL);
    g_autofree char *above = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(above, 0700), ==, 0);
    g_assert_true(g_file_set_contents(full, data, length, NULL));
    return full;
}

static void
tree_read(Tree *tree, const char *below)
{
    g_autofree char *directory = g_build_filename(tree->root, below, NULL);
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&tree->evidence, g_ptr_array_unref);
    sysvol_read(directory, "contoso.test", tree->gpos, &tree->evidence, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tree->evidence->len, ==, 1);
    tree->of = tree->evidence->pdata[0];
}

#define SECEDIT "Microsoft/Windows NT/SecEdit/GptTmpl.inf"
#define MACHINE "contoso.test/Policies/" GUID_A "/Machine/"

static void
put_both(const Tree *tree, const char *machine)
{
    static const char registry[] = "PReg\1\0\0";
    g_autofree char *a = g_strconcat(machine, SECEDIT, NULL);
    g_autofree char *b = g_strconcat(machine, "Registry.pol", NULL);
    g_free(tree_put(tree, a, inf, -1));
    g_free(tree_put(tree, b, registry, sizeof registry));
}

static void
assert_both_read(const Tree *tree)
{
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_READ);
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_READ);
    g_assert_cmpuint(tree->of->rights->len, ==, 2);
    g_assert_cmpstr(((PolicyRight *)tree->of->rights->pdata[0])->right, ==, "SeA");
}

/* The share, a domain's folder, Policies; and the folder on a DC's own disk. */
static void
test_shapes(Tree *tree, gconstpointer unused)
{
    (void)unused;
    put_both(tree, "a/sysvol/" MACHINE);
    static const char *const shapes[] = {"a/sysvol", "a/sysvol/contoso.test",
                                         "a/sysvol/contoso.test/Policies", "a"};
    for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
        tree_read(tree, shapes[i]);
        assert_both_read(tree);
    }
    /* Another domain's policies are not looked for in a folder without a name. */
    Gpo *gpo = tree->gpos->pdata[0];
    gpo->path = "\\\\other.test\\SysVol\\other.test\\Policies\\" GUID_A;
    tree_read(tree, "a/sysvol/contoso.test/Policies");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_UNREAD);
}

static void
test_case(Tree *tree, gconstpointer unused)
{
    (void)unused;
    static const char registry[] = "PReg\1\0\0";
    g_free(tree_put(
        tree,
        "CONTOSO.TEST/policies/{00000000-0000-4000-8000-00000000000a}/MACHINE/microsoft/"
        "windows nt/SECEDIT/gpttmpl.INF",
        inf, -1));
    g_free(
        tree_put(tree,
                 "CONTOSO.TEST/policies/{00000000-0000-4000-8000-00000000000a}/MACHINE/"
                 "registry.POL",
                 registry, sizeof registry));
    tree_read(tree, ".");
    assert_both_read(tree);
    g_assert_nonnull(strstr(tree->of->registry.path, "MACHINE/registry.POL"));
}

static void
test_missing(Tree *tree, gconstpointer unused)
{
    (void)unused;
    g_free(tree_put(tree, "contoso.test/Policies/other", "", 0));
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(strstr(tree->of->registry.why, "not there"));
    g_free(tree_put(tree, "contoso.test/Policies/" GUID_A "/GPT.INI", "", 0));
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_ABSENT);
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_ABSENT);
    g_free(tree_put(tree, MACHINE "Registry.pol", "PRegX", 5));
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_ABSENT);
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_CORRUPT);
    g_assert_nonnull(strstr(tree->of->registry.why, "at byte"));
}

static void
test_no_sysvol(Tree *tree, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL, none = NULL;
    g_autofree char *nowhere = g_build_filename(tree->root, "nowhere", NULL);
    g_assert_false(
        sysvol_read(tree->root, "contoso.test", tree->gpos, &tree->evidence, &error));
    g_assert_nonnull(strstr(error->message, "holds no policies of contoso.test"));
    g_assert_true(sysvol_check(tree->root, NULL));
    g_assert_false(sysvol_check(nowhere, &none));
    g_assert_nonnull(strstr(none->message, "nowhere"));
}

/* Links out of the tree, within it too, are not followed, whatever they are. */
static void
test_links(Tree *tree, gconstpointer unused)
{
    (void)unused;
    put_both(tree, "outside/");
    g_free(tree_put(tree, "share/" MACHINE "x", "", 0));
    g_autofree char *secret = g_build_filename(tree->root, "outside/Registry.pol", NULL);
    g_autofree char *outside = g_build_filename(tree->root, "outside/Microsoft", NULL);
    g_autofree char *file =
        g_build_filename(tree->root, "share", MACHINE "Registry.pol", NULL);
    g_autofree char *folder =
        g_build_filename(tree->root, "share", MACHINE "Microsoft", NULL);
    g_assert_cmpint(symlink(secret, file), ==, 0);
    g_assert_cmpint(symlink(outside, folder), ==, 0);
    tree_read(tree, "share");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_UNREAD);
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(strstr(tree->of->registry.why, "symbolic link"));
    g_assert_nonnull(strstr(tree->of->security.why, "symbolic link"));
    g_assert_cmpuint(tree->of->rights->len, ==, 0);
}

static void
test_no_file(Tree *tree, gconstpointer unused)
{
    (void)unused;
    g_autofree char *large = tree_put(tree, MACHINE SECEDIT, "", 0);
    g_autofree char *pipe_path =
        g_build_filename(tree->root, MACHINE "Registry.pol", NULL);
    g_assert_cmpint(truncate(large, MOST_TEMPLATE_BYTES + 1), ==, 0);
    g_assert_cmpint(mkfifo(pipe_path, 0600), ==, 0);
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(strstr(tree->of->security.why, "larger than"));
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(strstr(tree->of->registry.why, "no regular file"));
}

static void
test_large_registry(Tree *tree, gconstpointer unused)
{
    (void)unused;
    static const char registry[] = "PReg\1\0\0";
    g_autofree char *large =
        tree_put(tree, MACHINE "Registry.pol", registry, sizeof registry);
    g_assert_cmpint(truncate(large, MOST_REGISTRY_BYTES), ==, 0);
    tree_read(tree, ".");
    g_assert_null(strstr(tree->of->registry.why, "larger than"));
    g_assert_cmpint(truncate(large, MOST_REGISTRY_BYTES + 1), ==, 0);
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(strstr(tree->of->registry.why, "Registry.pol: larger than 32.0"));
}

/* What is behind the last right that is kept might be the one that matters. */
static void
test_many_rights(Tree *tree, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GString) text = g_string_new("[Unicode]\r\nUnicode=yes\r\n[Privilege "
                                           "Rights]\r\n");
    for (guint i = 0; i < MOST_TEMPLATE_RIGHTS; i++)
        g_string_append_printf(text, "SeX%u = a\r\n", i);
    g_free(tree_put(tree, MACHINE SECEDIT, text->str, -1));
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_READ);
    g_assert_cmpuint(tree->of->rights->len, ==, MOST_TEMPLATE_RIGHTS);
    g_string_append(text, "SeDenyNetworkLogonRight = a\r\n");
    g_free(tree_put(tree, MACHINE SECEDIT, text->str, -1));
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_CORRUPT);
    g_assert_cmpstr(tree->of->security.why, ==, "more than 1,000 user rights");
}

/* A name in another case is looked for among all: among too many, it may be there. */
static void
test_full_folder(Tree *tree, gconstpointer unused)
{
    (void)unused;
    g_autofree char *machine = g_build_filename(tree->root, MACHINE, NULL);
    g_free(tree_put(tree, MACHINE "first", "", 0));
    for (guint i = 1; i <= MOST_FOLDER_ENTRIES; i++) {
        g_autofree char *name = g_strdup_printf("%s/%u", machine, i);
        if (i == MOST_FOLDER_ENTRIES) {
            tree_read(tree, ".");
            g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_ABSENT);
        }
        g_assert_cmpint(symlink("x", name), ==, 0);
    }
    tree_read(tree, ".");
    g_assert_cmpint(tree->of->registry.state, ==, POLICY_FILE_UNREAD);
    g_assert_nonnull(
        strstr(tree->of->registry.why, "the folder holds more than 20,000 entries"));
}

/* gPCFileSysPath comes from the directory: it leads nowhere but to a GUID. */
static void
test_paths(Tree *tree, gconstpointer unused)
{
    (void)unused;
    static const char *const paths[] = {
        "",
        "C:\\x",
        "\\\\c\\sysvol\\contoso.test\\Policies",
        "\\\\c\\sysvol\\contoso.test\\Policies\\..",
        "\\\\c\\sysvol\\contoso.test\\Policies\\{..}",
        "\\\\c\\sysvol\\..\\Policies\\" GUID_A,
        "\\\\c\\sysvol\\a/../..\\Policies\\" GUID_A,
        "\\\\c\\other\\contoso.test\\Policies\\" GUID_A,
        "\\\\c\\sysvol\\contoso.test\\Policies\\" GUID_A "\\Machine",
        "\\\\c\\sysvol\\\\Policies\\" GUID_A,
    };
    put_both(tree, MACHINE);
    Gpo *gpo = tree->gpos->pdata[0];
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        gpo->path = paths[i];
        tree_read(tree, ".");
        g_assert_cmpint(tree->of->security.state, ==, POLICY_FILE_UNREAD);
        g_assert_nonnull(strstr(tree->of->registry.why, "gPCFileSysPath"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registrypol/sound", test_pol_sound);
    g_test_add_func("/registrypol/cut", test_pol_cut);
    g_test_add_func("/registrypol/wrong", test_pol_wrong);
    g_test_add_func("/gpttmpl/encodings", test_inf_encodings);
    g_test_add_func("/gpttmpl/ansi", test_inf_ansi);
    g_test_add_func("/gpttmpl/damaged", test_inf_damaged);
    g_test_add_func("/gpttmpl/cut", test_inf_cut);
    g_test_add_func("/gpo/reach", test_reach);
    g_test_add_func("/gpo/reach-malformed", test_reach_malformed);
    g_test_add_func("/gpo/idle", test_idle);
#define TREE(name, function) \
    g_test_add("/sysvol/" name, Tree, NULL, tree_up, function, tree_down)
    TREE("shapes", test_shapes);
    TREE("case", test_case);
    TREE("missing", test_missing);
    TREE("none", test_no_sysvol);
    TREE("links", test_links);
    TREE("no-file", test_no_file);
    TREE("large-registry", test_large_registry);
    TREE("many-rights", test_many_rights);
    TREE("full-folder", test_full_folder);
    TREE("paths", test_paths);
    return g_test_run();
}
