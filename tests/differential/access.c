/* Answers for test_access.py, a line for a line:
 *
 *   check HEX SID,SID,...   malformed BYTE WHY | granted|denied [generic]
 *                           [unevaluated]
 *   grant HEX SID           the descriptor in hex with one more grant, or
 *                           "none"; HEX may be "-": no descriptor
 */
#include "model/secdesc.h"

#include <stdio.h>
#include <string.h>

static GByteArray *
from_hex(const char *text)
{
    GByteArray *bytes = g_byte_array_new();
    for (; g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]); text += 2) {
        guint8 byte =
            (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

static GHashTable *
token_of(const char *text)
{
    GHashTable *token = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    g_auto(GStrv) names = g_strsplit(text, ",", -1);
    for (char **name = names; *name; name++) {
        Sid *sid = g_new0(Sid, 1);
        bool parsed = sid_parse_text(*name, sid);
        g_assert(parsed);
        g_hash_table_add(token, sid);
    }
    return token;
}

static void
check(const char *hex, const char *sids)
{
    g_autoptr(GByteArray) data = from_hex(hex);
    g_autoptr(GHashTable) token = token_of(sids);
    g_autoptr(SecDesc) descriptor = NULL;
    g_autoptr(GError) error = NULL;
    if (!secdesc_parse(data->data, data->len, &descriptor, &error)) {
        printf("malformed %s\n", error->message);
        return;
    }
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    printf("%s%s%s\n", result.access == ACCESS_GRANTED ? "granted" : "denied",
           result.by_generic ? " generic" : "", result.unevaluated ? " unevaluated" : "");
}

static void
grant(const char *hex, const char *sid)
{
    g_autoptr(GByteArray) old = from_hex(hex);
    Sid trustee;
    bool parsed = sid_parse_text(sid, &trustee);
    g_assert(parsed);
    g_autoptr(GByteArray) wider =
        secdesc_with_grant(strcmp(hex, "-") == 0 ? NULL : old->data, old->len, &trustee);
    for (guint i = 0; wider && i < wider->len; i++)
        printf("%02x", wider->data[i]);
    puts(wider ? "" : "none");
}

int
main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 3);
        g_assert(g_strv_length(words) == 3);
        if (strcmp(words[0], "grant") == 0)
            grant(words[1], words[2]);
        else
            check(words[1], words[2]);
    }
    free(line);
    return 0;
}
