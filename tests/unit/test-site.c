#include "collect/site.h"

#include "collect/locate.h"

#include <string.h>

/* Opcode 23 and no flags; the names begin at byte 24, the DC's site at 46. */
#define HEAD     \
    "\x17\0\0\0" \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NAMES       \
    "\1a\1b\0"      \
    "\xC0\x18"      \
    "\3dc1\xC0\x18" \
    "\1A\0"         \
    "\3DC1\0"       \
    "\0"

/* What a DC says of the client's site, behind what it says of its own. */
static char *
site_of(const char *head, const char *site, gsize length)
{
    g_autoptr(GByteArray) answer = g_byte_array_new();
    g_byte_array_append(answer, (const guint8 *)head, sizeof HEAD - 1);
    g_byte_array_append(answer, (const guint8 *)NAMES, sizeof NAMES - 1);
    g_assert_cmpuint(answer->len, ==, 46);
    g_byte_array_append(answer, (const guint8 *)"\6Berlin\0", 8);
    g_byte_array_append(answer, (const guint8 *)site, (guint)length);
    return site_parse(answer->data, answer->len);
}

#define SITE_OF(site) site_of(HEAD, site, sizeof site - 1)

static void
test_parse(void)
{
    g_autofree char *own = SITE_OF("\6Munich\0\5\0\0\0");
    g_autofree char *same = SITE_OF("\xC0\x2E\5\0\0\0");
    g_assert_cmpstr(own, ==, "Munich");
    g_assert_cmpstr(same, ==, "Berlin");
}

/* An address in no subnet; what is no name; what leads nowhere, round, or past the end.
 */
static void
test_none(void)
{
    static const struct {
        const char *site;
        gsize length;
    } answers[] = {
        {"\0\5\0\0\0", 5},       {"", 0},           {"\6Mun", 4},
        {"\4a.bc\0", 6},         {"\2a(\0", 4},     {"\3a b\0", 5},
        {"\1a\1b\0", 5},         {"\xC0\x36", 2},   {"\xC0", 1},
        {"\xFF\xFF\xFF\xFF", 4}, {"\2\xC3\xA4", 3},
    };
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
        g_assert_null(site_of(HEAD, answers[i].site, answers[i].length));
    char other[] = HEAD;
    other[0] = 0x15; /* as to a ping of another version */
    g_assert_null(site_of(other, "\xC0\x2E", 2));
    g_assert_null(site_parse((const guint8 *)HEAD, sizeof HEAD - 1));
    g_assert_null(site_parse(NULL, 0));
}

static void
test_sound(void)
{
    g_assert_true(site_is_sound("Default-First-Site-Name"));
    g_assert_true(site_is_sound("Haus_2"));
    g_autofree char *longer = g_strnfill(64, 'a');
    const char *const unsound[] = {"", "a.b", "a b", "-a", "a/b", longer};
    for (guint i = 0; i < G_N_ELEMENTS(unsound); i++)
        g_assert_false(site_is_sound(unsound[i]));
}

static void
add(GPtrArray *records, const char *host, guint16 priority)
{
    SrvRecord *record = g_new0(SrvRecord, 1);
    record->host = g_strdup(host);
    record->priority = priority;
    g_ptr_array_add(records, record);
}

/* The others are for when none of the site serves. */
static void
test_behind(void)
{
    g_autoptr(GPtrArray) near =
        g_ptr_array_new_with_free_func((GDestroyNotify)srv_record_free);
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)srv_record_free);
    add(near, "dc2.d", 0);
    add(near, "dc4.d", 7);
    add(all, "dc1.d", 0);
    add(all, "DC2.d", 0);
    add(all, "dc3.d", 65535);
    add(all, "dc4.d", 0);
    site_put_behind(near, all);
    static const struct {
        const char *host;
        guint16 priority;
    } expected[] = {{"dc2.d", 0}, {"dc4.d", 7}, {"dc1.d", 8}, {"dc3.d", 65535}};
    g_assert_cmpuint(near->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < near->len; i++) {
        const SrvRecord *record = near->pdata[i];
        g_assert_cmpstr(record->host, ==, expected[i].host);
        g_assert_cmpuint(record->priority, ==, expected[i].priority);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/site/parse", test_parse);
    g_test_add_func("/site/none", test_none);
    g_test_add_func("/site/sound", test_sound);
    g_test_add_func("/site/behind", test_behind);
    return g_test_run();
}
