#include "base/text.h"

#include <string.h>

typedef struct {
    const char *in;
    const char *out; /* NULL: refused */
} Case;

static void
assert_quoted(QuoteKind kind, const Case *cases, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *out = text_quoted(kind, cases[i].in);

        g_assert_cmpstr(out, ==, cases[i].out);
    }
}

static void
test_ldap_filter(void)
{
    static const Case cases[] = {
        {"", ""},
        {"HV01", "HV01"},
        {"*)(objectClass=*", "\\2a\\29\\28objectClass=\\2a"},
        {"a\\b", "a\\5cb"},
        {"a\nb\x7f", "a\\0ab\\7f"},
        {"\xc3\xa4", "\xc3\xa4"},
        {"\xff\xc3", "\\ff\\c3"},
    };

    assert_quoted(QUOTE_LDAP_FILTER, cases, G_N_ELEMENTS(cases));
}

static void
test_dn(void)
{
    static const Case cases[] = {
        {"", ""},
        {"HV01", "HV01"},
        {"Smith, J", "Smith\\, J"},
        {"a+b=\"c\";<d>\\", "a\\+b\\=\\\"c\\\"\\;\\<d\\>\\\\"},
        {" a b ", "\\ a b\\ "},
        {" ", "\\ "},
        {"##", "\\##"},
        {"a\nCNF:1", "a\\0aCNF:1"},
        {"\xc3\xa4", "\xc3\xa4"},
        {"\xc3", "\\c3"},
    };

    assert_quoted(QUOTE_DN, cases, G_N_ELEMENTS(cases));
}

static void
test_cmd(void)
{
    static const Case cases[] = {
        {"", "\"\""},
        {"Microsoft Virtual System Migration Service/HV01",
         "\"Microsoft Virtual System Migration Service/HV01\""},
        {"a&b|c<d>e^f(g)h!i'j", "\"a&b|c<d>e^f(g)h!i'j\""},
        {"%PATH%", "\"%%PATH%%\""},
        {"100%", "\"100%%\""},
        {"a\\", "\"a\\\\\""},
        {"a\\\\", "\"a\\\\\\\\\""},
        {"a\\b", "\"a\\b\""},
        {"H\xc3\x84RZ", "\"H\xc3\x84RZ\""},
        {"a\"b", NULL},
        {"a\" & calc & \"", NULL},
        {"a\nb", NULL},
        {"a\r", NULL},
        {"a\tb", NULL},
        {"a\x1b[0m", NULL},
        {"a\x7f", NULL},
        {"a\xc2\x85z", NULL},         /* C1: next line */
        {"a\xe2\x80\xa8z", NULL},     /* line separator */
        {"a\xe2\x80\xaez", NULL},     /* right-to-left override */
        {"a\xe2\x80\x8bz", NULL},     /* zero width space */
        {"a\xf3\xa0\x81\x81", NULL},  /* a tag character */
        {"\xef\xbb\xbfz", NULL},      /* byte order mark */
        {"a\xef\xbc\x82 calc", NULL}, /* full-width quote: best fit is " */
        {"a\xe2\x80\x9d", NULL},      /* right double quotation mark */
        {"a\xef\xbc\xbc", NULL},      /* full-width backslash */
        {"a\xff", NULL},
        {"a\xc0\xa2", NULL},     /* an overlong " */
        {"a\xed\xa0\x80", NULL}, /* half a surrogate pair */
    };

    assert_quoted(QUOTE_CMD, cases, G_N_ELEMENTS(cases));
}

static void
test_powershell(void)
{
    static const Case cases[] = {
        {"", "''"},
        {"cifs/HV01", "'cifs/HV01'"},
        {"$(calc) `n \"x\" %", "'$(calc) `n \"x\" %'"},
        {"O'Neil", "'O''Neil'"},
        {"'; calc; '", "'''; calc; '''"},
        {"\xe2\x80\x98", "'\xe2\x80\x98\xe2\x80\x98'"},
        {"\xe2\x80\x99; calc", "'\xe2\x80\x99\xe2\x80\x99; calc'"},
        {"\xe2\x80\x9a", "'\xe2\x80\x9a\xe2\x80\x9a'"},
        {"\xe2\x80\x9b", "'\xe2\x80\x9b\xe2\x80\x9b'"},
        {"\xe2\x80\x9c", "'\xe2\x80\x9c'"}, /* double quotes are plain */
        {"a\nb", NULL},
        {"a\xc2\x85", NULL},
        {"a\xe2\x80\xa9", NULL},
        {"a\xe2\x80\xae", NULL},
        {"a\xc2\xad", NULL}, /* soft hyphen */
        {"a\xff", NULL},
    };

    assert_quoted(QUOTE_POWERSHELL, cases, G_N_ELEMENTS(cases));
}

/* What was in the string before a refusal is still all there is. */
static void
test_refusal_appends_nothing(void)
{
    g_autoptr(GString) out = g_string_new("setspn -S ");

    g_assert_false(text_quote(QUOTE_CMD, "cifs/a\"b", out));
    g_assert_cmpstr(out->str, ==, "setspn -S ");
    g_assert_false(text_quote(QUOTE_POWERSHELL, "cifs/a\n", out));
    g_assert_cmpstr(out->str, ==, "setspn -S ");
    g_assert_true(text_quote(QUOTE_CMD, "cifs/a", out));
    g_assert_cmpstr(out->str, ==, "setspn -S \"cifs/a\"");
}

static void
test_ldif(void)
{
    static const Case cases[] = {
        {"", ":"},
        {"CN=HV01,DC=contoso,DC=com", ": CN=HV01,DC=contoso,DC=com"},
        {"a : b < c", ": a : b < c"},
        {" a", ":: IGE="},
        {":a", ":: OmE="},
        {"<a", ":: PGE="},
        {"a ", ":: YSA="},
        {"a\nb", ":: YQpi"},
        {"a\rb", ":: YQ1i"},
        {"a\tb", ":: YQli"},
        {"\xc3\xa4", ":: w6Q="},
        {"\xff", ":: /w=="},
    };
    g_autofree char *name = g_strnfill(500, 'x');
    g_autofree char *line = text_quoted(QUOTE_LDIF, name);

    assert_quoted(QUOTE_LDIF, cases, G_N_ELEMENTS(cases));
    g_assert_null(strchr(line, '\n'));
    memset(name, 0x07, 500);
    g_free(line);
    line = text_quoted(QUOTE_LDIF, name);
    g_assert_null(strchr(line, '\n'));
}

static void
test_html(void)
{
    static const Case cases[] = {
        {"<script>alert('x')</script>",
         "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\"&amp;", "&quot;&amp;amp;"},
        {"a\tb\nc", "a\tb\nc"},
        {"a\x1b\x7f", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"a\xc2\x80", "a\xef\xbf\xbd"},
        {"a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"a\xc0\xbc", "a\xef\xbf\xbd\xef\xbf\xbd"}, /* an overlong < */
        {"a\xe2\x80\xae", "a\\u{202E}"},
        {"\xe2\x86\x92", "\xe2\x86\x92"},
    };

    assert_quoted(QUOTE_HTML, cases, G_N_ELEMENTS(cases));
}

static void
test_csv(void)
{
    static const Case cases[] = {
        {"", "\"\""},
        {"a,b;c", "\"a,b;c\""},
        {"say \"x\"", "\"say \"\"x\"\"\""},
        {"=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t'=1\""},
        {"\r=1", "\"'\r'=1\""},
        {"\n=1", "\"'\n'=1\""},
        /* Where a semicolon separates, a field begins there. */
        {"a;=1", "\"a;'=1\""},
        {"a; \"=1", "\"a;' \"\"=1\""},
        {"a\n@b", "\"a\n'@b\""},
        {"a; b=1", "\"a; b=1\""},
        {"\"=1", "\"\"\"=1\""}, /* a quote that is text */
        {"  =1", "\"'  =1\""},
        {"\xef\xbb\xbf=1", "\"'\xef\xbb\xbf=1\""},
        {"\xef\xbc\x9dx", "\"'\xef\xbc\x9dx\""}, /* full-width = */
        {"a=1", "\"a=1\""},
        {"a\nb", "\"a\nb\""},
        {"a\x01\xff", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    assert_quoted(QUOTE_CSV, cases, G_N_ELEMENTS(cases));
}

static void
test_terminal(void)
{
    static const Case cases[] = {
        {"HV01", "HV01"},
        {"\x1b[2J", "\\x1b[2J"},
        {"a\nb\tc", "a\\x0ab\\x09c"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b[2J", "\\x9b[2J"}, /* C1: CSI */
        {"\x9b[2J", "\\x9b[2J"},
        {"\xe2\x80\x8f", "\\u{200F}"},
        {"\xe2\x80\xae", "\\u{202E}"},
        {"\xe2\x81\xa0", "\\u{2060}"},
        {"\xe2\x81\xa6", "\\u{2066}"},
        {"\xef\xbb\xbf", "\\u{FEFF}"},
        {"\xe2\x80\xa8", "\\u{2028}"},
        {"\xf3\xa0\x80\xa1", "\\u{E0021}"},
        {"hv\xcd\x8fx", "hv\\u{034F}x"},
        {"\xe3\x85\xa4", "\\u{3164}"},
        {"\xc3\xa4\xe2\x86\x92\xe6\x97\xa5", "\xc3\xa4\xe2\x86\x92\xe6\x97\xa5"},
        {"\xff", "\\xff"},
        {"CN=a\\,b", "CN=a\\,b"},
    };

    assert_quoted(QUOTE_TERMINAL, cases, G_N_ELEMENTS(cases));
}

static void
test_comment(void)
{
    static const Case cases[] = {
        {"", ""},
        {"SPN-01 of HV01", "SPN-01 of HV01"},
        {"a %PATH% b", "a \\x25PATH\\x25 b"},
        {"a\r\ncalc", "a\\x0d\\x0acalc"},
        {"a ^", "a \\x5e"},
        {"& calc", "\\x26 calc"},
        {"   & calc", "\\x26 calc"},
        {"a|b c|d", "a\\x7cb c|d"},
        {"fix HV01 -> HV02", "fix HV01 -> HV02"},
        {"a #> b", "a #\\x3e b"},
        {"a \xe2\x80\xae", "a \\u{202E}"},
        {"a \xff", "a \\xff"},
    };

    assert_quoted(QUOTE_COMMENT, cases, G_N_ELEMENTS(cases));
}

static gunichar
bad_character(const char *text, bool breaks_allowed)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (breaks_allowed && (c == '\t' || c == '\n' || c == '\r'))
            continue;
        if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            return c;
    }
    return 0;
}

/* Every kind, every byte and every pair of bytes: whatever came in, the output is
 * UTF-8 and, where it is read by people or run, without control characters. */
static void
test_any_bytes(void)
{
    for (guint kind = 0; kind < QUOTE_KINDS; kind++) {
        bool breaks = kind == QUOTE_CSV || kind == QUOTE_HTML;
        bool may_refuse = kind == QUOTE_CMD || kind == QUOTE_POWERSHELL;

        for (guint pair = 0; pair < 0x10000; pair++) {
            char in[] = {'a', (char)(pair >> 8), (char)pair, '\0'};
            g_autofree char *out = text_quoted((QuoteKind)kind, in);

            if (out == NULL) {
                g_assert_true(may_refuse);
                continue;
            }
            g_assert_true(g_utf8_validate(out, -1, NULL));
            /* A name may hold C1 characters; filters and DNs are for machines. */
            if (kind != QUOTE_LDAP_FILTER && kind != QUOTE_DN)
                g_assert_cmphex(bad_character(out, breaks), ==, 0);
        }
    }
}

static void
test_fold(void)
{
    static const Case cases[] = {
        {"", ""},
        {"Microsoft Virtual/HV01", "microsoft virtual/hv01"},
        {"H\xc3\x84RZ", "h\xc3\xa4rz"},
        {"gro\xc3\x9f", "gro\xc3\x9f"},           /* no ss */
        {"\xce\xa3\xcf\x82", "\xcf\x83\xcf\x83"}, /* both sigmas */
        {"\xe2\x84\xaa", "\xe2\x84\xaa"},         /* Kelvin: not k */
        {"\xc4\xb1\xc4\xb0", "\xc4\xb1\xc4\xb0"}, /* i without and with dot */
        {"\xc5\xbf", "\xc5\xbf"},                 /* long s */
        {"A\xffZ\xc3", "a\xffz\xc3"},
        {"e\xcc\x81", "e\xcc\x81"},       /* not composed */
        {"\xef\xbc\xa1", "\xef\xbd\x81"}, /* full-width A */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *out = text_fold(cases[i].in);

        g_assert_cmpstr(out, ==, cases[i].out);
    }
}

static void
test_loose(void)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"cifs/HV01", "CIFS/hv01", true},
        {" Microsoft  Virtual System/hv01 ", "microsoft virtual system/HV01", true},
        {"cifs/H\xC3\xB6ST", "cifs/host", true},         /* o umlaut */
        {"cifs/Ho\xCC\x88st", "cifs/h\xC3\xB6st", true}, /* composed or not */
        {"cifs/\xEF\xBC\xA8V01", "cifs/hv01", true},     /* full-width H */
        {"cifs/HV\xE2\x80\x8B"
         "01",
         "cifs/hv01", true},                          /* zero-width space */
        {"cifs/HV01\xE3\x80\x80", "cifs/hv01", true}, /* ideographic space */
        {"cifs/hv01\r\n", "cifs/HV01", true},
        {"\tcifs/hv\x7F"
         "01 \n",
         "cifs/HV01", true},
        {"cifs/\xD0\x9D"
         "V01",
         "cifs/hv01", false}, /* Cyrillic En */
        {"cifs/stra\xC3\x9F", "cifs/strass", false},
        {"cifs/\xFFo", "cifs/o", false}, /* no UTF-8 */
        {"", "  ", true},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *a = text_loose(cases[i].a), *b = text_loose(cases[i].b);
        g_autofree char *again = text_loose(a);
        g_assert_true(g_str_equal(a, b) == cases[i].same);
        g_assert_cmpstr(a, ==, again);
    }
}

/* Wherever in a text it stands, also beyond eight bytes: a blank, a control or a letter
 * that is no ASCII is seen, and the rest is folded as its characters are one by one. */
static void
test_plain(void)
{
    static const char *const others[] = {" ", "  ", "\t", "\x7F", "\xC3\x96", "\xFF",
                                         "Z", "@",  "[",  "`",    "{"};
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        for (guint at = 0; at <= 20; at++) {
            g_autofree char *text =
                g_strdup_printf("%.*s%s%.*s", (int)at, "HOST/hv01.CONTOSO.com", others[i],
                                (int)(20 - at), "Q-Az_09:x.CONTOSO.com");
            g_autofree char *folded = text_fold(text), *loose = text_loose(text);
            bool blank = *others[i] == ' ';
            bool plain = i > 5 || (others[i][1] == '\0' && blank && at > 0 && at < 20);
            g_assert_true(text_is_plain(text) == plain);
            if (plain)
                g_assert_cmpstr(folded, ==, loose);
            g_autoptr(GString) single = g_string_new(NULL);
            for (const char *c = text; *c; c++)
                g_string_append_c(single, g_ascii_tolower(*c));
            if (i != 4) /* an umlaut is folded, too */
                g_assert_cmpstr(folded, ==, single->str);
        }
    g_assert_true(text_is_plain(""));
}

/* What looks alike has one skeleton; an accent is seen. */
static void
test_skeleton(void)
{
    static const char *const cases[][2] = {
        {"svc-web@contoso.com", "SVC-WEB@contoso.com"},
        {"svc-web", "svc\xe2\x80\x8b-web"},     /* zero-width space */
        {"svc-web", "svc-web\xc2\xad"},         /* soft hyphen */
        {"svc-web", "\xef\xbd\x93vc-web"},      /* full-width s */
        {"svc-web", "svc-web\xf3\xa0\x84\x80"}, /* variation selector */
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *a = text_skeleton(cases[i][0]), *b = text_skeleton(cases[i][1]);
        g_assert_cmpstr(a, ==, b);
    }
    g_autofree char *plain = text_skeleton("muller");
    g_autofree char *accent = text_skeleton("m\xc3\xbcller");
    g_autofree char *broken = text_skeleton("\xff\xfe");
    g_assert_cmpstr(plain, !=, accent);
    g_assert_nonnull(broken);
}

/* Folding twice is folding once, for every character there is, and both cases
 * of a character are equal. */
static void
test_fold_all(void)
{
    for (gunichar c = 0x80; c <= 0x10FFFF; c++) {
        char in[8] = "";
        g_autofree char *once = NULL;
        g_autofree char *twice = NULL;

        if (!g_unichar_isalpha(c) || !g_unichar_validate(c))
            continue;
        in[g_unichar_to_utf8(c, in)] = '\0';
        once = text_fold(in);
        twice = text_fold(once);
        g_assert_cmpstr(once, ==, twice);
        g_assert_true((guchar)once[0] >= 0x80);
        g_assert_true(text_equal(in, once));
    }
}

static void
test_equal(void)
{
    g_assert_true(text_equal("cifs/HV01", "CIFS/hv01"));
    g_assert_true(text_equal("", ""));
    g_assert_true(text_equal("H\xc3\x84RZ", "h\xc3\xa4rz"));
    g_assert_true(text_equal("a\xff", "A\xff"));
    g_assert_false(text_equal("cifs/hv01", "cifs/hv01 "));
    g_assert_false(text_equal("cifs/hv0", "cifs/hv01"));
    g_assert_false(text_equal("", "a"));
    g_assert_false(text_equal("a\xff", "a\xfe"));
    g_assert_false(text_equal("a\xff", "a\xc3\xbf"));
    g_assert_false(text_equal("hv\xe2\x80\x8bx", "hvx"));
}

static void
test_glob(void)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool matches;
    } cases[] = {
        {"HV01", "hv01", true},
        {"hv*", "HV01", true},
        {"hv*", "hv", true},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"?", "", false},
        {"hv?1", "HV01", true},
        {"hv??", "hv1", false},
        {"*.contoso.com", "hv01.contoso.com", true},
        {"*.contoso.com", "hv01.contoso.com.evil", false},
        {"*a*b*c", "xxaxbxbxc", true},
        {"*a*b*c", "xxaxcxb", false},
        {"a**b", "ab", true},
        {"h?st", "h\xc3\xa4st", true},
        {"H\xc3\x84*", "h\xc3\xa4st", true},
        {"h??st", "h\xc3\xa4st", false},
        {"?", "\xff", true},
        {"[a]", "a", false},
        {"[a]", "[A]", true},
        {"*?", "a", true},
        {"*ab", "aab", true},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(text_glob(cases[i].pattern, cases[i].name), ==, cases[i].matches);
}

/* A pattern made to make backtracking explode: it would never end. */
static void
test_glob_hostile(void)
{
    g_autoptr(GString) pattern = g_string_new(NULL);
    g_autofree char *name = g_strnfill(20000, 'a');

    for (guint i = 0; i < 200; i++)
        g_string_append(pattern, "a*");
    g_string_append_c(pattern, 'b');
    g_assert_false(text_glob(pattern->str, name));
}

/* Bytes decide, so that the order is the same in every locale. */
static void
test_order(void)
{
    static const char *const sorted[] = {"", "HV01", "HV02", "hv01", "\xc3\xa4"};
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = G_N_ELEMENTS(sorted); i > 0; i--)
        g_ptr_array_add(names, (gpointer)sorted[i - 1]);
    g_ptr_array_sort(names, text_order);
    for (guint i = 0; i < G_N_ELEMENTS(sorted); i++)
        g_assert_cmpstr(names->pdata[i], ==, sorted[i]);
}

static void
test_width(void)
{
    g_assert_cmpuint(text_width(""), ==, 0);
    g_assert_cmpuint(text_width("HV01"), ==, 4);
    g_assert_cmpuint(text_width("H\xc3\x84"), ==, 2);
    g_assert_cmpuint(text_width("e\xcc\x81"), ==, 1);
    g_assert_cmpuint(text_width("\xe6\x97\xa5\xe6\x9c\xac"), ==, 4);
    g_assert_cmpuint(text_width("\xff\xc3"), ==, 2);
}

static void
test_time(void)
{
    static const struct {
        gint64 us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {G_GINT64_CONSTANT(1774915199999999), "2026-03-30T23:59:59Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000000, "1969-12-31T23:59:59Z"},
        {G_MAXINT64, "9999-12-31T23:59:59Z"},
        {G_MININT64, "0001-01-01T00:00:00Z"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = text_time(cases[i].us);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

/* Groups of three, whatever the locale says. */
static void
test_number(void)
{
    const struct {
        guint64 number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {1804, "1,804"},
        {999999, "999,999"},
        {1000000, "1,000,000"},
        {G_MAXUINT64, "18,446,744,073,709,551,615"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(NUMBER(cases[i].number), ==, cases[i].text);
}

/* The hash is that of the folded text, whatever its length and letters. */
static void
test_hash(void)
{
    static const char *const texts[] = {
        "",          "A",        "hV01",     "cifs/HV01.contoso.test",
        "@[`{AZaz~", "\xc3\x84", "\xff\xc3", "ABCDEFGH\xc3\x96",
        "EIGHT888",
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *folded = text_fold(texts[i]);
        g_assert_cmpuint(text_hash(texts[i]), ==, text_hash(folded));
        for (guint j = 0; j < G_N_ELEMENTS(texts); j++)
            g_assert_cmpint(text_same(texts[i], texts[j]), ==, i == j);
        g_assert_true(text_same(texts[i], folded));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/hash", test_hash);
    g_test_add_func("/text/quote/ldap-filter", test_ldap_filter);
    g_test_add_func("/text/quote/dn", test_dn);
    g_test_add_func("/text/quote/cmd", test_cmd);
    g_test_add_func("/text/quote/powershell", test_powershell);
    g_test_add_func("/text/quote/refusal", test_refusal_appends_nothing);
    g_test_add_func("/text/quote/ldif", test_ldif);
    g_test_add_func("/text/quote/html", test_html);
    g_test_add_func("/text/quote/csv", test_csv);
    g_test_add_func("/text/quote/terminal", test_terminal);
    g_test_add_func("/text/quote/comment", test_comment);
    g_test_add_func("/text/quote/any-bytes", test_any_bytes);
    g_test_add_func("/text/fold", test_fold);
    g_test_add_func("/text/loose", test_loose);
    g_test_add_func("/text/fold-all", test_fold_all);
    g_test_add_func("/text/skeleton", test_skeleton);
    g_test_add_func("/text/equal", test_equal);
    g_test_add_func("/text/glob", test_glob);
    g_test_add_func("/text/glob-hostile", test_glob_hostile);
    g_test_add_func("/text/order", test_order);
    g_test_add_func("/text/plain", test_plain);
    g_test_add_func("/text/width", test_width);
    g_test_add_func("/text/number", test_number);
    g_test_add_func("/text/time", test_time);
    return g_test_run();
}
