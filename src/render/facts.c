/* Which files of facts were used, how old they are, and whose are missing. */
#include "facts.h"

#include "audit/rules.h"
#include "base/text.h"
#include "render/tree.h"

#define HOSTS_SHOWN 4
#define FILES_SHOWN 8

static const HostFacts *
facts_at(const Audit *audit, guint i)
{
    return audit->facts->pdata[i];
}

static guint
count_state(const Audit *audit, FactsState state)
{
    guint count = 0;
    for (guint i = 0; audit->facts && i < audit->facts->len; i++)
        count += facts_at(audit, i)->state == state ? 1 : 0;
    return count;
}

/* ", 12 days ago"; "" where it is as new as what the directory was read. */
static char *
age_text(const Audit *audit, const HostFacts *facts)
{
    gint64 hours = (audit->estate->collected_us - facts->collected_us) /
                   (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC);
    gint64 count = hours < 48 ? hours : hours / 24;
    if (hours < 1)
        return g_strdup("");
    return g_strdup_printf(", %" G_GINT64_FORMAT " %s%s %s", count,
                           hours < 48 ? "hour" : "day", count == 1 ? "" : "s",
                           audit_is_offline(audit) ? "before the directory's data"
                                                   : "ago");
}

static char *
collected_text(const Audit *audit, const HostFacts *facts)
{
    g_autofree char *time = text_time(facts->collected_us);
    g_autofree char *age = age_text(audit, facts);
    return g_strdup_printf("facts of %s were collected %.10s %.5s UTC%s",
                           facts->account->name, time, time + 11, age);
}

/* Of many hosts the oldest: what is told of it may be wrong first. */
static void
say_used(const Audit *audit, GPtrArray *lines)
{
    guint used = count_state(audit, FACTS_USED);
    const HostFacts *oldest = NULL;
    for (guint i = 0; i < audit->facts->len; i++) {
        const HostFacts *facts = facts_at(audit, i);
        if (facts->state != FACTS_USED)
            continue;
        if (!oldest || facts->collected_us < oldest->collected_us)
            oldest = facts;
        if (used <= HOSTS_SHOWN)
            g_ptr_array_add(lines, collected_text(audit, facts));
    }
    if (used <= HOSTS_SHOWN || !oldest)
        return;
    g_autofree char *text = collected_text(audit, oldest);
    g_ptr_array_add(lines,
                    g_strdup_printf("what %s of %s hosts say of themselves; the oldest "
                                    "%s",
                                    NUMBER(used), NUMBER(audit->hosts->len), text));
}

static void
say_unused(const Audit *audit, GPtrArray *lines)
{
    guint unused = audit->facts->len - count_state(audit, FACTS_USED), shown = 0;
    for (guint i = 0; i < audit->facts->len && shown < FILES_SHOWN; i++) {
        const HostFacts *facts = facts_at(audit, i);
        if (facts->state == FACTS_USED)
            continue;
        shown++;
        g_ptr_array_add(
            lines,
            facts->state == FACTS_OLDER
                ? g_strdup_printf("not used: %s, as another file of %s is newer, or says "
                                  "the same",
                                  facts->path, facts->account->name)
                : g_strdup_printf("not used: %s, as %s is no host of this audit",
                                  facts->path, facts->fqdn ? facts->fqdn : facts->name));
    }
    if (unused > shown)
        g_ptr_array_add(lines, g_strdup_printf("not used: %s more files of hosts' facts",
                                               NUMBER(unused - shown)));
}

GPtrArray *
facts_checked(const Audit *audit)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    if (!audit->facts)
        return lines;
    say_used(audit, lines);
    say_unused(audit, lines);
    return lines;
}

char *
facts_missing(const Audit *audit)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint missing = 0;
    for (guint i = 0; audit->facts && i < audit->hosts->len; i++) {
        const Host *host = audit->hosts->pdata[i];
        if (host->facts || host->storage)
            continue;
        if (missing++ < HOSTS_SHOWN)
            g_string_append_printf(names, "%s%s", missing > 1 ? ", " : "",
                                   host->account->name);
    }
    if (missing > HOSTS_SHOWN)
        g_string_append_printf(names, " and %s more", NUMBER(missing - HOSTS_SHOWN));
    return missing > 0 ? g_strdup(names->str) : NULL;
}

guint
facts_unfit_hosts(const Audit *audit)
{
    g_autoptr(GHashTable) hosts = g_hash_table_new(NULL, NULL);
    for (guint i = 0; audit->facts && i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if ((rules[finding->rule].needs & NEEDS_FACTS) != 0 &&
            finding->status == STATUS_FAIL && !finding->waived &&
            finding->severity >= SEVERITY_ERROR)
            g_hash_table_add(hosts, (gpointer)finding->subject_account);
    }
    return g_hash_table_size(hosts);
}

json_t *
facts_json(const Audit *audit)
{
    json_t *array = json_array();
    for (guint i = 0; i < audit->facts->len; i++) {
        const HostFacts *facts = facts_at(audit, i);
        g_autofree char *collected = text_time(facts->collected_us);
        json_t *file = json_object();
        tree_put_text(file, "host", facts->account ? facts->account->name : facts->name);
        tree_put_text(file, "state", facts_states[facts->state]);
        tree_put_text(file, "collected", collected);
        tree_put_text(file, "path", facts->path);
        tree_put_text(file, "sha256", facts->sha256);
        json_array_append_new(array, file);
    }
    return array;
}
