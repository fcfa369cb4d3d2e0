/* Whom each block of findings is about, by number: what filters and panels go by. */
#include "html_blocks.h"

#include "audit/rules.h"
#include "html_json.h"
#include "model/spn.h"

#include <string.h>

typedef struct {
    HtmlPage *page;
    GHashTable *hosts; /* const Account * -> number + 1 */
} Blocks;

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    guint one = *(const guint *)a, other = *(const guint *)b;

    return one < other ? -1 : one > other;
}

/* "0-298,300" of numbers, each once. */
static void
put_ranges(GString *out, GArray *numbers)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_array_sort(numbers, compare_numbers);
    for (guint i = 0; i < numbers->len;) {
        guint first = g_array_index(numbers, guint, i), last = first;

        for (i++; i < numbers->len && g_array_index(numbers, guint, i) <= last + 1; i++)
            last = g_array_index(numbers, guint, i);
        g_string_append_printf(text, text->len > 0 ? ",%u" : "%u", first);
        if (last > first)
            g_string_append_printf(text, "-%u", last);
    }
    html_json_visible(out, text->str);
}

/* The number of the host that an SPN names; -1: none that is audited. */
static int
host_of_spn(const Blocks *data, const char *text)
{
    g_autoptr(Spn) spn = spn_parse(text);
    const GPtrArray *accounts =
        spn ? estate_by_name(data->page->audit->estate, spn->host) : NULL;

    for (guint i = 0; accounts && i < accounts->len; i++) {
        guint number =
            GPOINTER_TO_UINT(g_hash_table_lookup(data->hosts, accounts->pdata[i]));

        if (number > 0)
            return (int)number - 1;
    }
    return -1;
}

/* A finding about a group concerns its members, and no other pair. */
static void
add_members(Blocks *data, const Finding *finding, GArray *subjects)
{
    const GPtrArray *groups = data->page->audit->groups;

    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];

        if (strcmp(group->name, finding->subject) != 0)
            continue;
        for (guint m = 0; m < group->members->len; m++) {
            const Account *member = group->members->pdata[m];
            guint number = html_names_number(&data->page->names, member->name);

            g_array_append_val(subjects, number);
        }
    }
}

/* Who may stand at an end of a pair that a block bears on. */
typedef enum { END_SUBJECTS, END_TARGETS, END_ANY } End;

static void
put_ends(GString *out, End source, End target)
{
    html_json_open(out, '[');
    html_json_number(out, source);
    html_json_number(out, target);
    html_json_close(out, ']');
}

/* Which pairs a block bears on (finding_concerns): from one of these to one of those.
 * `restricted`: what it says of a source is about its targets alone. */
static void
put_pairs(GString *out, guint concerns, bool restricted, bool of_pairs)
{
    const guint pair = CONCERNS_PAIR | CONCERNS_TURNED;

    html_json_open(out, '[');
    of_pairs = of_pairs && (concerns & pair) != 0;
    if (of_pairs && (concerns & CONCERNS_PAIR))
        put_ends(out, END_SUBJECTS, END_TARGETS);
    if (of_pairs && (concerns & CONCERNS_TURNED))
        put_ends(out, END_TARGETS, END_SUBJECTS);
    if (!of_pairs && (concerns & CONCERNS_SOURCE))
        put_ends(out, END_SUBJECTS, restricted ? END_TARGETS : END_ANY);
    if (!of_pairs && (concerns & CONCERNS_TARGET))
        put_ends(out, END_ANY, END_SUBJECTS);
    if (!of_pairs && (concerns & (CONCERNS_OPERATOR | CONCERNS_DOMAIN)))
        put_ends(out, END_ANY, END_ANY);
    html_json_close(out, ']');
}

/* [pairs it bears on, subjects, targets] */
static void
put_block(Blocks *data, GString *out, const Subject *subject, const Block *block)
{
    HtmlNames *names = &data->page->names;
    g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(guint));
    guint number = html_names_number(names, subject->name);
    guint concerns = finding_concern_bits(data->page->audit, block->first);
    bool restricted = true;

    g_array_append_val(subjects, number);
    for (guint i = 0; i < subject->likes->len; i++) {
        number = html_names_number(names, subject->likes->pdata[i]);
        g_array_append_val(subjects, number);
    }
    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        int host =
            !finding->target && finding->spn ? host_of_spn(data, finding->spn) : -1;

        restricted = restricted && (finding->target_account || finding->spn);
        if (finding->target || host >= 0) {
            number =
                finding->target ? html_names_number(names, finding->target) : (guint)host;
            g_array_append_val(targets, number);
        }
    }
    if (concerns & CONCERNS_GROUP) {
        add_members(data, block->first, subjects);
        concerns |= CONCERNS_SOURCE;
        restricted = false;
    }
    html_json_open(out, '[');
    put_pairs(out, concerns, restricted, restricted && targets->len > 0);
    put_ranges(out, subjects);
    put_ranges(out, targets);
    html_json_close(out, ']');
}

void
html_blocks(HtmlPage *page, GHashTable *hosts, GString *out)
{
    Blocks blocks = {page, hosts};
    const GPtrArray *subjects = page->sheet->subjects;

    html_json_key(out, "blocks");
    html_json_open(out, '[');
    for (guint i = 0; i < subjects->len; i++) {
        const Subject *subject = subjects->pdata[i];

        for (guint j = 0; j < subject->blocks->len; j++)
            put_block(&blocks, out, subject, subject->blocks->pdata[j]);
    }
    html_json_close(out, ']');
}
