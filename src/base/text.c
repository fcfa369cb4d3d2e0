/* AD's case folding, globs, widths, numbers and times. */
#include "base/text.h"

#include "base/hash.h"
#include "base/word.h"
#include "char.h"

#include <stddef.h>
#include <string.h>

/* Simple case folding, character by character, as AD compares names: ß is not
 * ss.  No character becomes an ASCII one that was not (the Kelvin sign, dotless
 * i, long s), so that nothing but ASCII equals an ASCII name. */
static gunichar
fold_char(gunichar c)
{
    gunichar folded = 0;

    if (c < 0x80)
        return (gunichar)g_ascii_tolower((char)c);
    folded = g_unichar_tolower(g_unichar_toupper(c));
    return folded < 0x80 ? c : folded;
}

/* Nearly every name is plain ASCII: one allocation. */
static char *
fold_ascii(const char *in)
{
    gsize length = strlen(in), at = 0;
    guint64 word = 0, seen = 0;
    char *out = g_malloc(length + 1);
    for (; at + sizeof word <= length; at += sizeof word) {
        memcpy(&word, in + at, sizeof word);
        seen |= word;
        word = word_fold(word);
        memcpy(out + at, &word, sizeof word);
    }
    word = 0;
    memcpy(&word, in + at, length - at);
    seen |= word;
    word = word_fold(word);
    memcpy(out + at, &word, length - at);
    out[length] = '\0';
    if ((seen & WORD_HIGH) == 0)
        return out;
    g_free(out);
    return NULL;
}

char *
text_fold(const char *in)
{
    char *ascii = fold_ascii(in);
    if (ascii)
        return ascii;

    GString *out = g_string_sized_new(strlen(in));

    while (*in != '\0') {
        Char ch = char_at(in);

        if (ch.valid)
            g_string_append_unichar(out, fold_char(ch.c));
        else
            g_string_append_c(out, (char)ch.c);
        in += ch.length;
    }
    return g_string_free(out, FALSE);
}

/* Blanks in a row are one, those at either end none, and so are controls. */
static char *
squeeze(const char *in)
{
    char *out = g_strdup(in), *to = out;
    bool blank = true;
    for (; *in != '\0'; in++) {
        if (g_ascii_iscntrl(*in))
            continue;
        if (*in != ' ' || !blank)
            *to++ = *in;
        blank = *in == ' ';
    }
    if (to > out && blank)
        to--;
    *to = '\0';
    return out;
}

static bool
are_plain(const char *in, gsize count, char *before)
{
    for (gsize i = 0; i < count; *before = in[i++])
        if ((guchar)in[i] >= 0x80 || g_ascii_iscntrl(in[i]) ||
            (in[i] == ' ' && *before == ' '))
            return false;
    return true;
}

bool
text_is_plain(const char *in)
{
    const char *at = in;
    gsize left = strlen(in);
    char before = ' ';
    for (guint64 word; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        if (word_is_graphic(word))
            before = at[sizeof word - 1];
        else if (!are_plain(at, sizeof word, &before))
            return false;
    }
    return are_plain(at, left, &before) && (before != ' ' || *in == '\0');
}

/* What takes no room of its own: zero-width and variation marks, fillers, controls. */
static bool
is_invisible(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL || c == 0x034F ||
           c == 0x115F || c == 0x1160 || c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) ||
           (c >= 0xE0100 && c <= 0xE01EF);
}

char *
text_loose(const char *in)
{
    if (text_is_plain(in))
        return text_fold(in);
    if (g_str_is_ascii(in) || !g_utf8_validate(in, -1, NULL)) {
        g_autofree char *squeezed = squeeze(in);
        return text_fold(squeezed);
    }
    g_autofree char *parts = g_utf8_normalize(in, -1, G_NORMALIZE_ALL);
    g_autoptr(GString) bare = g_string_new(NULL);
    for (const char *at = parts; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_combining_class(c) == 0 && !is_invisible(c))
            g_string_append_unichar(bare, c);
    }
    g_autofree char *squeezed = squeeze(bare->str);
    return text_fold(squeezed);
}

static bool
same_char(const Char *a, const Char *b)
{
    return a->valid == b->valid &&
           (a->valid ? fold_char(a->c) == fold_char(b->c) : a->c == b->c);
}

char *
text_skeleton(const char *in)
{
    g_autofree char *valid = g_utf8_make_valid(in, -1);
    g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    GString *kept = g_string_new(NULL);
    for (const char *at = normal; at && *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!is_invisible(c))
            g_string_append_unichar(kept, c);
    }
    g_autofree char *text = g_string_free(kept, FALSE);
    return text_fold(text);
}

bool
text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        /* Nearly every name is plain ASCII, and written in one way. */
        if (((guchar)*a | (guchar)*b) < 0x80) {
            if (*a != *b && g_ascii_tolower(*a) != g_ascii_tolower(*b))
                return false;
            a++, b++;
            continue;
        }
        Char x = char_at(a);
        Char y = char_at(b);

        if (!same_char(&x, &y))
            return false;
        a += x.length;
        b += y.length;
    }
    return *a == *b;
}

guint
text_hash(gconstpointer text)
{
    guint hash;
    if (hash_folded(text, &hash))
        return hash;
    g_autofree char *folded = text_fold(text);
    return hash_text(folded);
}

gboolean
text_same(gconstpointer a, gconstpointer b)
{
    return a == b || strcmp(a, b) == 0 || text_equal(a, b);
}

int
text_order(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Only the last * is ever retried: what an earlier one could take more of, the
 * last can take as well.  So the time is at most the product of the lengths. */
bool
text_glob(const char *pattern, const char *name)
{
    const char *star = NULL;  /* the pattern after the last * */
    const char *retry = NULL; /* where in `name` it is tried next */

    while (*name != '\0') {
        Char n = char_at(name);

        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
            continue;
        }
        if (*pattern != '\0') {
            Char p = char_at(pattern);

            if (p.c == '?' || same_char(&p, &n)) {
                pattern += p.length;
                name += n.length;
                continue;
            }
        }
        if (star == NULL)
            return false;
        pattern = star;
        retry += char_at(retry).length;
        name = retry;
    }
    pattern += strspn(pattern, "*");
    return *pattern == '\0';
}

gsize
text_width(const char *in)
{
    gsize width = 0;

    while (*in != '\0') {
        Char ch = char_at(in);

        if (!ch.valid)
            width += 1;
        else if (!g_unichar_iszerowidth(ch.c) && !char_is_control(ch.c))
            width += g_unichar_iswide(ch.c) ? 2 : 1;
        in += ch.length;
    }
    return width;
}

const char *
text_number(char *buffer, guint64 number)
{
    char *at = buffer + TEXT_NUMBER_SIZE - 1;
    guint digits = 0;

    *at = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number > 0);
    return at;
}

char *
text_time(gint64 unix_us)
{
    /* The years 1 to 9999: RFC 3339 has no others. */
    const gint64 first_s = G_GINT64_CONSTANT(-62135596800);
    const gint64 last_s = G_GINT64_CONSTANT(253402300799);
    gint64 s = unix_us / G_USEC_PER_SEC - (unix_us % G_USEC_PER_SEC < 0 ? 1 : 0);
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(CLAMP(s, first_s, last_s));

    /* Not g_date_time_format: it does not pad years. */
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", g_date_time_get_year(time),
                           g_date_time_get_month(time),
                           g_date_time_get_day_of_month(time), g_date_time_get_hour(time),
                           g_date_time_get_minute(time), g_date_time_get_second(time));
}

/* As GLib's own (g_ref_string_new_intern), whose hash takes five times as long. */
typedef struct {
    gint users;
    char text[];
} Interned;

static GHashTable *interned; /* set of char *: texts of Interned */
G_LOCK_DEFINE_STATIC(interned);

static Interned *
interned_of(gpointer text)
{
    return (gpointer)((char *)text - offsetof(Interned, text));
}

static char *
interned_new(const char *text)
{
    gsize size = strlen(text) + 1;
    char *room = g_malloc0(offsetof(Interned, text) + size);
    return memcpy(room + offsetof(Interned, text), text, size);
}

char *
text_intern(const char *text)
{
    if (!text)
        return NULL;
    G_LOCK(interned);
    if (!interned)
        interned = g_hash_table_new(hash_text, g_str_equal);
    char *known = g_hash_table_lookup(interned, text);
    if (!known) {
        known = interned_new(text);
        g_hash_table_add(interned, known);
    }
    g_atomic_int_inc(&interned_of(known)->users);
    G_UNLOCK(interned);
    return known;
}

char *
text_acquire(char *text)
{
    g_atomic_int_inc(&interned_of(text)->users);
    return text;
}

void
text_release(gpointer text)
{
    if (!text)
        return;
    G_LOCK(interned);
    if (g_atomic_int_dec_and_test(&interned_of(text)->users)) {
        g_hash_table_remove(interned, text);
        g_free(interned_of(text));
        if (g_hash_table_size(interned) == 0)
            g_clear_pointer(&interned, g_hash_table_unref);
    }
    G_UNLOCK(interned);
}

char *
text_ldap_uri(const char *given)
{
    const char *behind = strstr(given, "://");
    if (behind) {
        g_autofree char *scheme = g_ascii_strdown(given, behind - given);
        return g_strconcat(scheme, behind, NULL);
    }
    bool tls = g_str_has_suffix(given, ":636") || g_str_has_suffix(given, ":3269");
    return g_strconcat(tls ? "ldaps://" : "ldap://", given, NULL);
}

bool
text_is_ldap_uri(const char *uri)
{
    return g_str_has_prefix(uri, "ldap://") || g_str_has_prefix(uri, "ldaps://");
}
