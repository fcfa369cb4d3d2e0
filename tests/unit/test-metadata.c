#include "base/fault.h"
#include "base/limits.h"
#include "collect/metadata.h"

#include <string.h>

#define WHOLE(inner) "<DS_REPL_ATTR_META_DATA>" inner "</DS_REPL_ATTR_META_DATA>"
#define NAME "<pszAttributeName>servicePrincipalName</pszAttributeName>"
#define VERSION "<dwVersion>7</dwVersion>"
#define CHANGED \
    "<ftimeLastOriginatingChange>2026-11-21T02:28:00Z</ftimeLastOriginatingChange>"

/* As Windows Server writes it, with the NUL at the end. */
static const char windows[] =
    "<DS_REPL_ATTR_META_DATA>\n"
    "\t<pszAttributeName>msDS-AllowedToDelegateTo</pszAttributeName>\n"
    "\t<dwVersion>4294967295</dwVersion>\n"
    "\t<ftimeLastOriginatingChange>2026-11-21T02:28:00Z</ftimeLastOriginatingChange>\n"
    "\t<uuidLastOriginatingDsaInvocationID>2ad5a9a3-8c5f-4d8e-9f1a-0d2b7e5c1f00"
    "</uuidLastOriginatingDsaInvocationID>\n"
    "\t<usnOriginatingChange>20485</usnOriginatingChange>\n"
    "\t<usnLocalChange>20485</usnLocalChange>\n"
    "\t<pszLastOriginatingDsaDN>CN=NTDS Settings,CN=DC1,CN=R&amp;D,CN=Sites"
    "</pszLastOriginatingDsaDN>\n"
    "</DS_REPL_ATTR_META_DATA>\n";

static void
test_windows(void)
{
    g_auto(Metadata) metadata = {.attribute = NULL};
    g_autoptr(GError) error = NULL;
    g_assert_true(metadata_parse(windows, sizeof windows, &metadata, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(metadata.attribute, ==, "msDS-AllowedToDelegateTo");
    g_assert_cmpuint(metadata.version, ==, G_MAXUINT32);
    g_assert_cmpint(metadata.changed_us, ==,
                    G_GINT64_CONSTANT(1795228080) * G_USEC_PER_SEC);
    g_assert_cmpstr(metadata.dsa_dn, ==, "CN=NTDS Settings,CN=DC1,CN=R&D,CN=Sites");
}

/* The DC that changed it is gone. */
static void
test_no_dc(void)
{
    static const char text[] =
        WHOLE(NAME VERSION CHANGED "<pszLastOriginatingDsaDN></pszLastOriginatingDsaDN>");
    g_auto(Metadata) metadata = {.attribute = NULL};
    g_assert_true(metadata_parse(text, strlen(text), &metadata, NULL));
    g_assert_null(metadata.dsa_dn);
}

static void
test_hostile(void)
{
    static const char *const texts[] = {
        "",
        "no XML",
        "<x/>",
        WHOLE(""),
        WHOLE(NAME VERSION),
        WHOLE(NAME CHANGED),
        WHOLE(VERSION CHANGED),
        WHOLE(NAME NAME VERSION CHANGED),
        WHOLE(NAME "<dwVersion>-1</dwVersion>" CHANGED),
        WHOLE(NAME "<dwVersion>4294967296</dwVersion>" CHANGED),
        WHOLE(NAME "<dwVersion>7<b/></dwVersion>" CHANGED),
        WHOLE(NAME "<dwVersion></dwVersion>" CHANGED),
        WHOLE(NAME VERSION
              "<ftimeLastOriginatingChange>yesterday</ftimeLastOriginatingChange>"),
        WHOLE(NAME VERSION "<ftimeLastOriginatingChange>2026-13-41T99:00:00Z"
                           "</ftimeLastOriginatingChange>"),
        WHOLE(NAME VERSION CHANGED) WHOLE(NAME VERSION CHANGED),
        WHOLE("<pszAttributeName>&unknown;</pszAttributeName>" VERSION CHANGED),
        "<!DOCTYPE x [<!ENTITY a \"b\">]>" WHOLE(
            "<pszAttributeName>&a;</pszAttributeName>" VERSION CHANGED),
        "<DS_REPL_ATTR_META_DATA>" NAME VERSION CHANGED,
        WHOLE("<pszAttributeName>\xff\xfe</pszAttributeName>" VERSION CHANGED),
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Metadata) metadata = {.attribute = NULL};
        g_autoptr(GError) error = NULL;
        g_assert_false(metadata_parse(texts[i], strlen(texts[i]), &metadata, &error));
        g_assert_null(strpbrk(error->message, "\r\n"));
        g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
        g_assert_null(metadata.attribute);
    }
}

/* GMarkup's message quotes what it could not take, in which a line ended. */
static void
test_quoted_line_breaks(void)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {WHOLE("<pszAttributeName>&x\ny;</pszAttributeName>" VERSION CHANGED), "“x y”"},
        {WHOLE("<pszAttributeName>&x\r\ny;</pszAttributeName>" VERSION CHANGED),
         "“x  y”"},
        {WHOLE("<pszAttributeName/\n>" VERSION CHANGED), "“ ”"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Metadata) metadata = {.attribute = NULL};
        g_autoptr(GError) error = NULL;
        g_assert_false(
            metadata_parse(cases[i].text, strlen(cases[i].text), &metadata, &error));
        g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
        g_assert_nonnull(strstr(error->message, cases[i].quoted));
        g_assert_null(strpbrk(error->message, "\r\n"));
    }
}

static void
test_nul_and_length(void)
{
    g_auto(Metadata) metadata = {.attribute = NULL};
    g_autoptr(GString) text = g_string_new("<DS_REPL_ATTR_META_DATA><pszAttributeName>");
    g_string_append_len(text, "a\0b", 3);
    g_string_append(text,
                    "</pszAttributeName>" VERSION CHANGED "</DS_REPL_ATTR_META_DATA>");
    g_assert_false(metadata_parse(text->str, text->len, &metadata, NULL));

    g_autofree char *name = g_strnfill(MOST_METADATA_BYTES, 'a');
    g_autofree char *huge = g_strdup_printf(
        WHOLE("<pszAttributeName>%s</pszAttributeName>" VERSION CHANGED), name);
    g_assert_false(metadata_parse(huge, strlen(huge), &metadata, NULL));

    /* Thousands of elements within each other. */
    g_autoptr(GString) deep = g_string_new(NULL);
    while (deep->len < MOST_METADATA_BYTES - 3)
        g_string_append(deep, "<a>");
    g_assert_false(metadata_parse(deep->str, deep->len, &metadata, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metadata/windows", test_windows);
    g_test_add_func("/metadata/no-dc", test_no_dc);
    g_test_add_func("/metadata/hostile", test_hostile);
    g_test_add_func("/metadata/quoted-line-breaks", test_quoted_line_breaks);
    g_test_add_func("/metadata/nul-and-length", test_nul_and_length);
    return g_test_run();
}
