/* Marked-up text into man(7), for groff and mandoc alike. */
#include "manual.h"

#include <string.h>

/* Where the page stands. */
typedef struct {
    GString *out;
    bool in_name;
    bool in_definition; /* what follows belongs to the term above */
    bool began;         /* something of the section has been written */
} Roff;

/* Characters that roff would take for something else.  In code a hyphen is a
 * minus and quotes are straight: both are to be copied. */
static void
put_char(GString *out, char c, bool code)
{
    static const struct {
        char c;
        bool code_only;
        const char *roff;
    } escapes[] = {
        {'\\', false, "\\(rs"}, {'~', false, "\\(ti"}, {'^', false, "\\(ha"},
        {'`', false, "\\(ga"},  {'-', true, "\\-"},    {'\'', true, "\\(aq"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(escapes); i++) {
        if (escapes[i].c == c && (code || !escapes[i].code_only)) {
            g_string_append(out, escapes[i].roff);
            return;
        }
    }
    g_string_append_c(out, c);
}

/* `code` and **code** bold, *argument* italic. */
static void
put_inline(GString *out, const char *text)
{
    gsize start = out->len;
    char inside = '\0'; /* '`', 'b' (two stars), '*' */
    for (const char *at = text; *at; at++) {
        bool two = at[0] == '*' && at[1] == '*' && inside != '`';
        if (*at == '`' || two || (*at == '*' && inside != '`')) {
            char mark = *at == '`' ? '`' : two ? 'b' : '*';
            at += two ? 1 : 0;
            if (inside == mark) {
                g_string_append(out, "\\fR");
                inside = '\0';
            } else if (inside == '\0') {
                g_string_append(out, mark == '*' ? "\\fI" : "\\fB");
                inside = mark;
            }
            continue;
        }
        put_char(out, *at, inside == '`' || inside == 'b');
    }
    /* A line that begins so would be a request. */
    if (out->str[start] == '.' || out->str[start] == '\'')
        g_string_insert(out, (gssize)start, "\\&");
}

static void
put_line(GString *out, const char *text)
{
    g_autofree char *line = g_strdup(text);
    put_inline(out, g_strchomp(line));
    g_string_append_c(out, '\n');
}

static void
put_code(GString *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        g_string_append(out, "\\&");
    for (; *text; text++)
        put_char(out, *text, true);
    g_string_append_c(out, '\n');
}

static bool
is_code(const char *line)
{
    return g_str_has_prefix(line, "    ");
}

static bool
is_plain(const char *line)
{
    return *line && *line != '#' && !g_str_has_prefix(line, ":   ") &&
           !g_str_has_prefix(line, "- ");
}

/* Indented lines, and blank ones between them: as they are. */
static guint
draw_code(Roff *roff, char **lines)
{
    guint count = 0, end = 0;
    while (lines[count] && (is_code(lines[count]) || !*lines[count])) {
        count++;
        if (is_code(lines[count - 1]))
            end = count;
    }
    g_string_append_printf(roff->out, "%s.RS %d\n.EX\n", roff->began ? ".PP\n" : "",
                           roff->in_definition ? 11 : 4);
    for (guint i = 0; i < end; i++)
        put_code(roff->out, *lines[i] ? lines[i] + 4 : "");
    g_string_append(roff->out, ".EE\n.RE\n");
    return end;
}

/* Terms, each on a line, then ":   " and what they mean. */
static bool
is_definition(char **lines)
{
    guint i = 0;
    while (lines[i] && is_plain(lines[i]) && !is_code(lines[i]))
        i++;
    return i > 0 && lines[i] && g_str_has_prefix(lines[i], ":   ");
}

static guint
draw_text(Roff *roff, char **lines)
{
    guint i = 0;
    for (; lines[i] && is_plain(lines[i]); i++) {
        if (i > 0 && g_str_has_suffix(lines[i - 1], "  "))
            g_string_append(roff->out, ".br\n");
        put_line(roff->out, lines[i] + strspn(lines[i], " "));
    }
    return i;
}

static guint
draw_definition(Roff *roff, char **lines)
{
    guint i = 0;
    for (; !g_str_has_prefix(lines[i], ":   "); i++) {
        g_string_append(roff->out, i == 0 ? ".TP\n" : ".TQ\n");
        put_line(roff->out, lines[i]);
    }
    roff->in_definition = true;
    return i;
}

static guint
draw_block(Roff *roff, char **lines)
{
    const char *line = lines[0];
    if (*line == '#') {
        bool sub = line[1] == '#';
        g_string_append(roff->out, sub ? ".SS " : ".SH ");
        put_inline(roff->out, line + strspn(line, "# "));
        g_string_append_c(roff->out, '\n');
        roff->in_name = strcmp(line, "# NAME") == 0;
        roff->in_definition = false;
        roff->began = false;
        return 1;
    }
    if (is_code(line)) {
        guint used = draw_code(roff, lines);
        roff->began = true;
        return used;
    }
    if (is_definition(lines)) {
        guint used = draw_definition(roff, lines);
        put_line(roff->out, lines[used] + 4);
        roff->began = true;
        return used + 1 + draw_text(roff, lines + used + 1);
    }
    if (g_str_has_prefix(line, ":   ")) {
        g_string_append(roff->out, ".IP\n");
        put_line(roff->out, line + 4);
        return 1 + draw_text(roff, lines + 1);
    }
    if (g_str_has_prefix(line, "- ")) {
        g_string_append(roff->out, ".IP \\(bu 2\n");
        put_line(roff->out, line + 2);
        roff->in_definition = false;
        roff->began = true;
        return 1 + draw_text(roff, lines + 1);
    }
    if (roff->in_name) {
        /* Names, and the dash that apropos looks for. */
        put_code(roff->out, line);
        return 1;
    }
    if (roff->began)
        g_string_append(roff->out, ".PP\n");
    roff->in_definition = false;
    roff->began = true;
    return draw_text(roff, lines);
}

void
roff_page(const Title *title, const char *text, GString *out)
{
    g_autofree char *upper = g_ascii_strup(title->name, -1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Roff roff = {.out = out};

    g_string_append_printf(
        out, ".\\\" Made of data/man and the program's tables; not to be edited.\n.TH ");
    for (const char *at = upper; *at; at++)
        put_char(out, *at, true);
    g_string_append_printf(out, " %c %s \"kcdaudit %s\" \"%s\"\n", title->section,
                           title->date, KCDAUDIT_VERSION,
                           title->section == '5' ? "File Formats" : "User Commands");
    /* Names are not to be broken, nor blanks stretched: people copy them. */
    g_string_append(out, ".nh\n.ad l\n");
    for (char **at = lines; *at;)
        at += **at ? draw_block(&roff, at) : 1;
}
