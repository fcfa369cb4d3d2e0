/* Waived findings, a line for what each waiver covers of a rule; and waivers to look at.
 */
#include "commands.h"
#include "text_findings.h"

#include "audit/grouping.h"
#include "base/names.h"

/* Columns. */
#define AT_RULE 2
#define AT_NAMES 10
#define AT_NOTE 15 /* as the notes at the end */

#define NAMES_SHOWN 8 /* without -v */

/* Waivers that no longer do anything: they want to be looked at. */
static void
draw_idle_waivers(Page *page, const Policy *policy)
{
    bool any = false;

    for (guint i = 0; i < policy->waivers->len; i++) {
        const Waiver *waiver = g_ptr_array_index(policy->waivers, i);

        if (!waiver->expired && waiver->matched > 0) {
            continue;
        }
        page_put(page, STYLE_STRONG, "Note");
        page_tab(page, AT_NOTE);
        page_say(page, AT_NOTE, STYLE_PLAIN, "[waive %s] ", waiver->name);
        if (waiver->expired) {
            page_say(page, AT_NOTE, STYLE_PLAIN, "ended on %s: ", waiver->until);
        }
        page_say(page, AT_NOTE, STYLE_PLAIN, "%s",
                 waiver->matched > 0 ? "what it covered counts again."
                                     : "it matches no finding and can be removed.");
        page_end(page);
        any = true;
    }
    if (any) {
        page_end(page);
    }
}

/* All that one waiver covers of one rule. */
typedef struct {
    const Finding *first;
    char *reason;
    GPtrArray *subjects; /* of const char *, each once */
    GPtrArray *objects;  /* the same: targets and SPNs */
    GHashTable *known;   /* of both */
} Covered;

static void
covered_free(gpointer data)
{
    Covered *covered = data;

    g_free(covered->reason);
    g_ptr_array_unref(covered->subjects);
    g_ptr_array_unref(covered->objects);
    g_hash_table_unref(covered->known);
    g_free(covered);
}

static Covered *
covered_new(const Finding *first)
{
    Covered *covered = g_new0(Covered, 1);

    covered->first = first;
    covered->reason = commands_waiver(first);
    covered->subjects = g_ptr_array_new();
    covered->objects = g_ptr_array_new();
    covered->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return covered;
}

static void
cover(Covered *covered, const Finding *finding)
{
    const char *object = finding_object(finding);

    if (g_hash_table_add(covered->known, g_strconcat("s", finding->subject, NULL)))
        g_ptr_array_add(covered->subjects, finding->subject);
    if (object && g_hash_table_add(covered->known, g_strconcat("o", object, NULL)))
        g_ptr_array_add(covered->objects, (gpointer)object);
}

/* In order of appearance (transfer full, of Covered *). */
static GPtrArray *
find_covered(const GPtrArray *findings)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(covered_free);
    g_autoptr(GHashTable) by_waiver =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        g_autofree char *reason = commands_waiver(finding);

        if (!reason)
            continue;
        g_autofree char *key =
            g_strdup_printf("%s %s\001%s", rule_name(finding->rule),
                            finding->waived->by ? finding->waived->by : "", reason);
        Covered *covered = g_hash_table_lookup(by_waiver, key);
        if (!covered) {
            covered = covered_new(finding);
            g_ptr_array_add(all, covered);
            g_hash_table_insert(by_waiver, g_steal_pointer(&key), covered);
        }
        cover(covered, finding);
    }
    return all;
}

/* A waiver is a line, whatever it covers; with -v every name. */
void
text_waived_draw(Page *page, const Report *report)
{
    guint limit = report->verbose > 0 ? G_MAXUINT : NAMES_SHOWN;
    g_autoptr(GPtrArray) all = find_covered(report->audit->findings);

    if (all->len > 0) {
        page_put(page, STYLE_STRONG, "Waived");
        page_end(page);
    }
    for (guint i = 0; i < all->len; i++) {
        const Covered *covered = all->pdata[i];
        g_autofree char *subjects = names_brief(covered->subjects, limit);
        g_autofree char *objects = names_brief(covered->objects, limit);

        page_tab(page, AT_RULE);
        page_put(page, STYLE_FAINT, rule_name(covered->first->rule));
        page_tab(page, AT_NAMES);
        page_flow(page, AT_NAMES, STYLE_PLAIN, subjects);
        if (*objects) {
            page_say(page, AT_NAMES, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_ARROW));
            page_flow(page, AT_NAMES, STYLE_PLAIN, objects);
        }
        page_say(page, AT_NAMES, STYLE_FAINT, "  %s", covered->reason);
        page_end(page);
    }
    if (all->len > 0)
        page_end(page);
    draw_idle_waivers(page, report->audit->policy);
}
