/* Parses the XML of one value, and nothing beyond its fixed form. */
#include "metadata.h"

#include "base/fault.h"
#include "base/limits.h"

#include <string.h>

#define ROOT_ELEMENT "DS_REPL_ATTR_META_DATA"

enum { FIELD_NAME, FIELD_VERSION, FIELD_TIME, FIELD_DSA, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_NAME] = "pszAttributeName",
    [FIELD_VERSION] = "dwVersion",
    [FIELD_TIME] = "ftimeLastOriginatingChange",
    [FIELD_DSA] = "pszLastOriginatingDsaDN",
};

typedef struct {
    guint depth;
    int field;                   /* at hand; -1: one that does not matter */
    GString *texts[FIELD_COUNT]; /* NULL: not seen */
} Walk;

static void
walk_clear(Walk *walk)
{
    for (guint i = 0; i < FIELD_COUNT; i++)
        if (walk->texts[i])
            g_string_free(walk->texts[i], TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static void
start_element(GMarkupParseContext *context, const char *name, const char **names,
              const char **values, gpointer data, GError **error)
{
    Walk *walk = data;
    (void)context, (void)names, (void)values;
    walk->field = -1;
    if (walk->depth == 0 && strcmp(name, ROOT_ELEMENT) != 0)
        fault_set(error, FAULT_MALFORMED, "an element that is not " ROOT_ELEMENT);
    else if (walk->depth > 1)
        fault_set(error, FAULT_MALFORMED, "an element within a field");
    for (int i = 0; walk->depth == 1 && i < FIELD_COUNT; i++) {
        if (strcmp(name, field_names[i]) != 0)
            continue;
        if (walk->texts[i])
            fault_set(error, FAULT_MALFORMED, "%s twice", name);
        else
            walk->texts[i] = g_string_new(NULL);
        walk->field = i;
    }
    walk->depth++;
}

static void
end_element(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
    Walk *walk = data;
    (void)context, (void)name, (void)error;
    walk->depth--;
    walk->field = -1;
}

static void
take_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data,
          GError **error)
{
    Walk *walk = data;
    (void)context, (void)error;
    if (walk->depth == 2 && walk->field >= 0 && walk->texts[walk->field])
        g_string_append_len(walk->texts[walk->field], text, (gssize)length);
}

/* "2026-11-21T02:28:00Z" */
static bool
parse_time(const char *text, gint64 *ret_us)
{
    gsize length = strlen(text);
    if (length < 20 || length > 32 || text[length - 1] != 'Z')
        return false;
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    if (!time)
        return false;
    *ret_us = g_date_time_to_unix(time) * G_USEC_PER_SEC;
    return true;
}

static bool
settle(const Walk *walk, Metadata *ret_metadata, GError **error)
{
    guint64 version;
    gint64 changed_us;
    for (guint i = 0; i < FIELD_DSA; i++)
        if (!walk->texts[i] || walk->texts[i]->len == 0)
            return fault_set(error, FAULT_MALFORMED, "no %s", field_names[i]);
    if (!g_ascii_string_to_unsigned(walk->texts[FIELD_VERSION]->str, 10, 0, G_MAXUINT32,
                                    &version, NULL))
        return fault_set(error, FAULT_MALFORMED, "a dwVersion that is no number");
    if (!parse_time(walk->texts[FIELD_TIME]->str, &changed_us))
        return fault_set(error, FAULT_MALFORMED,
                         "an ftimeLastOriginatingChange that is no time");
    const GString *dsa = walk->texts[FIELD_DSA];
    *ret_metadata = (Metadata){
        .attribute = g_strdup(walk->texts[FIELD_NAME]->str),
        .version = (guint)version,
        .changed_us = changed_us,
        .dsa_dn = dsa && dsa->len > 0 ? g_strdup(dsa->str) : NULL,
    };
    return true;
}

bool
metadata_parse(const char *text, gsize length, Metadata *ret_metadata, GError **error)
{
    static const GMarkupParser parser = {start_element, end_element, take_text, NULL,
                                         NULL};
    /* AD ends the value with a NUL. */
    while (length > 0 && text[length - 1] == '\0')
        length--;
    if (length == 0 || length > MOST_METADATA_BYTES || memchr(text, '\0', length))
        return fault_set(error, FAULT_MALFORMED, "empty, too long, or with a NUL");
    g_auto(Walk) walk = {.field = -1};
    g_autoptr(GError) failure = NULL;
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &walk, NULL);
    if (!g_markup_parse_context_parse(context, text, (gssize)length, &failure) ||
        !g_markup_parse_context_end_parse(context, &failure))
        /* It quotes the value, line breaks and all. */
        return fault_set(error, FAULT_MALFORMED, "%s",
                         g_strdelimit(failure->message, "\r\n", ' '));
    return settle(&walk, ret_metadata, error);
}

void
metadata_clear(Metadata *metadata)
{
    g_clear_pointer(&metadata->attribute, g_free);
    g_clear_pointer(&metadata->dsa_dn, g_free);
}
