/* Gathers findings under the ids by which reports list them. */
#include "audit/grouping.h"

#include "audit/rules.h"
#include "base/hash.h"
#include "base/text.h"

#include <string.h>

#define PIECES_FEW 16
#define DETAILS_TOLD 3 /* kinds of members of which the group's detail speaks */
#define OBJECTS_TOLD 3 /* names, where the same applies to others */

/* ---- ids ---- */

/* Of one id: the worst first, and what follows from others after what does not. */
static int
standing(const Finding *finding)
{
    int place = finding->waived ? 2 : finding->status == STATUS_UNKNOWN ? 1 : 0;
    place = place * 2 + (finding->because ? 1 : 0);
    return place * SEVERITY_COUNT + (SEVERITY_COUNT - 1 - (int)finding->severity);
}

static const char *
waiver_name(const Finding *finding)
{
    return finding->waived ? finding->waived->by : NULL;
}

static bool
is_listed_with(const Finding *a, const Finding *b)
{
    return standing(a) == standing(b) && g_strcmp0(waiver_name(a), waiver_name(b)) == 0;
}

static int
by_standing(gconstpointer a, gconstpointer b)
{
    const Finding *left = *(const Finding *const *)a;
    const Finding *right = *(const Finding *const *)b;
    int order = standing(left) - standing(right);
    return order ? order : g_strcmp0(waiver_name(left), waiver_name(right));
}

/* "#unknown" (transfer full) */
static char *
suffix_of(const Finding *finding)
{
    const char *waiver = waiver_name(finding);
    if (finding->waived)
        return g_strdup_printf("#waived%s%s", waiver ? ":" : "", waiver ? waiver : "");
    return g_strdup_printf("#%s", finding->status == STATUS_UNKNOWN ? "unknown"
                                  : finding->because                ? "derived"
                                                     : severity_names[finding->severity]);
}

/* Those of one rule and subject; sorted by standing here. */
static void
name_run(GPtrArray *run)
{
    g_autofree char *id = NULL;
    g_autoptr(GHashTable) taken =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_ptr_array_sort(run, by_standing);
    for (guint i = 0; i < run->len; i++) {
        Finding *finding = run->pdata[i];
        if (i == 0 || !is_listed_with(finding, run->pdata[i - 1])) {
            g_autofree char *suffix = i > 0 ? suffix_of(finding) : g_strdup("");
            g_free(id);
            id = g_strdup_printf("%s:%s%s", rule_name(finding->rule), finding->subject,
                                 suffix);
            if (g_hash_table_contains(taken, id)) { /* one waiver, two severities */
                char *longer =
                    g_strdup_printf("%s#%s", id, severity_names[finding->severity]);
                g_free(id);
                id = longer;
            }
            g_hash_table_add(taken, g_strdup(id));
        }
        finding_rename(finding, id);
    }
}

void
findings_name(const GPtrArray *findings)
{
    g_autoptr(GPtrArray) run = g_ptr_array_new();
    for (guint i = 0; i < findings->len; i++) {
        Finding *finding = findings->pdata[i];
        const Finding *before = run->len > 0 ? run->pdata[0] : NULL;
        if (before && (before->rule != finding->rule ||
                       strcmp(before->subject, finding->subject) != 0)) {
            name_run(run);
            g_ptr_array_set_size(run, 0);
        }
        g_ptr_array_add(run, finding);
    }
    name_run(run);
}

/* ---- groups ---- */

static void
grouping_free(gpointer data)
{
    FindingGroup *group = data;
    g_ptr_array_unref(group->members);
    g_ptr_array_unref(group->untold);
    g_ptr_array_unref(group->evidence);
    g_clear_pointer(&group->pieces, g_hash_table_unref);
    g_ptr_array_unref(group->fixes);
    g_free(group->detail);
    g_free(group->own_title);
    g_free(group);
}

static FindingGroup *
group_new(const Finding *first)
{
    FindingGroup *group = g_new0(FindingGroup, 1);
    group->id = first->id;
    group->first = first;
    group->members = g_ptr_array_new();
    group->untold = g_ptr_array_new_with_free_func(g_free);
    group->evidence = g_ptr_array_new();
    group->fixes = g_ptr_array_new();
    return group;
}

const char *
finding_object(const Finding *finding)
{
    return finding->target ? finding->target : finding->spn;
}

/* "/HV02" of "cifs/HV02": an SPN that stands in for it has the same (transfer full), or
 * NULL. */
static char *
instance_of(const char *spn)
{
    const char *slash = spn ? strchr(spn, '/') : NULL;
    return slash && slash[1] ? g_strdup(slash) : NULL;
}

/* The text without these names. */
static char *
pattern_of(const Finding *finding, const char *in, bool any_subject)
{
    const Account *target = finding->target_account;
    const Account *subject = any_subject ? finding->subject_account : NULL;
    g_autofree char *instance = instance_of(finding->spn);
    const char *const parts[] = {
        finding->spn,
        instance,
        target ? target->dn : NULL,
        target ? target->dns : NULL,
        finding->target,
        subject ? subject->dn : NULL,
        subject ? subject->dns : NULL,
        any_subject ? finding->subject : NULL,
    };
    GString *text = g_string_new(in);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i] && *parts[i])
            g_string_replace(text, parts[i], "\001", 0);
    return g_string_free(text, FALSE);
}

char *
finding_pattern(const Finding *finding, bool any_subject)
{
    g_autofree char *detail = finding_detail(finding);
    return pattern_of(finding, detail, any_subject);
}

static void
settle_title(FindingGroup *group)
{
    const Finding *first = group->first;
    group->title = first->title;
    for (guint i = 1; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        if (strcmp(finding->title, first->title) == 0)
            continue;
        group->own_title =
            first->status == STATUS_UNKNOWN
                ? g_strdup_printf("Not known: %s", rules[first->rule].title)
                : g_strdup(rules[first->rule].title);
        group->title = group->own_title;
        return;
    }
}

/* An SPN tells more than whose it is. */
static const char *
object_told(const Finding *finding)
{
    return finding->spn ? finding->spn : finding->target;
}

/* "HV02, HV03 and 7 more", each once. */
static char *
objects_text(const GPtrArray *members, guint most)
{
    g_autoptr(GHashTable) known = g_hash_table_new(hash_text, g_str_equal);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < members->len; i++) {
        const char *object = object_told(members->pdata[i]);
        if (object && g_hash_table_add(known, (gpointer)object))
            g_ptr_array_add(names, (gpointer)object);
    }
    /* "and 1 more" is no shorter than the name. */
    guint shown = names->len <= most + 1 ? names->len : most;
    for (guint i = 0; i < shown; i++) {
        bool last = i > 0 && i + 1 == names->len;
        g_string_append_printf(text, "%s%s",
                               i == 0 ? ""
                               : last ? " and "
                                      : ", ",
                               (const char *)names->pdata[i]);
    }
    if (shown < names->len) {
        g_string_append_printf(text, " and %s more", NUMBER(names->len - shown));
    }
    return g_string_free(text, FALSE);
}

char *
finding_group_objects(const FindingGroup *group, guint most)
{
    return objects_text(group->members, most);
}

/* Members of which the same is said. */
typedef struct {
    GPtrArray *members; /* of const Finding * */
} Kind;

static void
kind_free(gpointer data)
{
    g_ptr_array_unref(((Kind *)data)->members);
    g_free(data);
}

/* The members by what is said of them, in order of appearance (transfer full). */
static GPtrArray *
kinds_of(const FindingGroup *group)
{
    GPtrArray *kinds = g_ptr_array_new_with_free_func(kind_free);
    g_autoptr(GHashTable) by_pattern =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    const Finding *before = NULL;
    Kind *kind = NULL;
    for (guint i = 0; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        /* What is said is shared, without the names in it. */
        bool same =
            before && finding->said == before->said && finding->title == before->title;
        before = finding;
        if (same) {
            g_ptr_array_add(kind->members, (gpointer)finding);
            continue;
        }
        g_autofree char *title = pattern_of(finding, finding->title, false);
        g_autofree char *detail = finding_pattern(finding, false);
        g_autofree char *pattern = g_strconcat(title, "\n", detail, NULL);
        kind = g_hash_table_lookup(by_pattern, pattern);
        if (!kind) {
            kind = g_new0(Kind, 1);
            kind->members = g_ptr_array_new();
            g_ptr_array_add(kinds, kind);
            g_hash_table_insert(by_pattern, g_steal_pointer(&pattern), kind);
        }
        g_ptr_array_add(kind->members, (gpointer)finding);
    }
    return kinds;
}

/* What is said of the first, and that it applies to the others. */
static void
tell_kind(const FindingGroup *group, const Kind *kind, GString *detail)
{
    const Finding *first = kind->members->pdata[0];
    const char *object = group->members->len > 1 ? object_told(first) : NULL;
    g_autofree char *said = finding_detail(first);
    if (!*said)
        return;
    if (detail->len > 0)
        g_string_append_c(detail, ' ');
    if (object && !strstr(said, object))
        g_string_append_printf(detail, "%s: ", object);
    if (group->own_title)
        g_string_append_printf(detail, "%s: ", first->title);
    g_string_append(detail, said);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    for (guint i = 1; i < kind->members->len; i++)
        g_ptr_array_add(others, kind->members->pdata[i]);
    g_autofree char *names = objects_text(others, OBJECTS_TOLD);
    if (*names)
        g_string_append_printf(detail, " The same applies to %s.", names);
}

static void
settle_detail(FindingGroup *group)
{
    GString *detail = g_string_new(NULL);
    g_autoptr(GPtrArray) kinds = kinds_of(group);
    guint rest = 0;
    for (guint i = 0; i < kinds->len; i++) {
        const Kind *kind = kinds->pdata[i];
        if (i < DETAILS_TOLD)
            tell_kind(group, kind, detail);
        else
            rest += kind->members->len;
    }
    if (rest > 0)
        g_string_append_printf(detail, " What is wrong with %s more stands with each.",
                               NUMBER(rest));
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < kinds->len && i < DETAILS_TOLD; i++) {
        const Kind *kind = kinds->pdata[i];
        for (guint m = 0; m < kind->members->len; m++)
            g_hash_table_add(told, kind->members->pdata[m]);
    }
    for (guint i = 0; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        g_ptr_array_add(group->untold, g_hash_table_contains(told, finding)
                                           ? NULL
                                           : finding_detail(finding));
    }
    group->detail = g_string_free(detail, FALSE);
}

static guint
piece_hash(gconstpointer data)
{
    const Evidence *piece = data;
    return hash_text(piece->key) * 31 + hash_text(piece->value);
}

static gboolean
piece_equal(gconstpointer a, gconstpointer b)
{
    const Evidence *left = a, *right = b;
    return left == right ||
           (strcmp(left->key, right->key) == 0 && strcmp(left->value, right->value) == 0);
}

/* A set of them where there are many (transfer full); NULL: few, which are gone
 * through. */
static GHashTable *
pieces_of(gpointer *evidence, guint count)
{
    if (count <= PIECES_FEW)
        return NULL;
    GHashTable *pieces = g_hash_table_new(piece_hash, piece_equal);
    for (guint i = 0; i < count; i++)
        g_hash_table_add(pieces, evidence[i]);
    return pieces;
}

static bool
has_piece(gpointer *evidence, guint count, GHashTable *pieces, const Evidence *piece)
{
    if (pieces)
        return g_hash_table_contains(pieces, piece);
    for (guint i = 0; i < count; i++)
        if (piece_equal(evidence[i], piece))
            return true;
    return false;
}

bool
finding_group_has(const FindingGroup *group, const Evidence *piece)
{
    return has_piece(group->evidence->pdata, group->evidence->len, group->pieces, piece);
}

/* Drops what a member has not. */
static void
keep_common(GPtrArray *evidence, const Finding *member)
{
    gpointer *has = member->evidence->pdata;
    guint count = member->evidence->len;
    GHashTable *pieces = pieces_of(has, count);
    guint kept = 0;
    for (guint i = 0; i < evidence->len; i++)
        if (has_piece(has, count, pieces, evidence->pdata[i]))
            evidence->pdata[kept++] = evidence->pdata[i];
    g_ptr_array_set_size(evidence, (int)kept);
    g_clear_pointer(&pieces, g_hash_table_unref);
}

static void
settle_evidence(FindingGroup *group)
{
    const List *first = group->first->evidence;
    for (guint i = 0; i < first->len; i++)
        g_ptr_array_add(group->evidence, first->pdata[i]);
    for (guint m = 1; m < group->members->len && group->evidence->len > 0; m++)
        keep_common(group->evidence, group->members->pdata[m]);
    group->pieces = pieces_of(group->evidence->pdata, group->evidence->len);
}

static void
settle_fixes(FindingGroup *group)
{
    g_autoptr(GHashTable) known = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        for (guint f = 0; f < finding->fixes->len; f++)
            if (g_hash_table_add(known, finding->fixes->pdata[f]))
                g_ptr_array_add(group->fixes, finding->fixes->pdata[f]);
    }
}

static void
settle(FindingGroup *group)
{
    bool single = group->members->len == 1;
    group->target = single ? group->first->target : NULL;
    group->spn = single ? group->first->spn : NULL;
    settle_title(group);
    settle_detail(group);
    settle_evidence(group);
    settle_fixes(group);
}

/* By rule and subject; of these the one without a suffix first. */
static int
by_place(gconstpointer a, gconstpointer b)
{
    const FindingGroup *left = *(const FindingGroup *const *)a;
    const FindingGroup *right = *(const FindingGroup *const *)b;
    int order = (int)left->first->rule - (int)right->first->rule;
    if (order == 0)
        order = strcmp(left->first->subject, right->first->subject);
    return order ? order : strcmp(left->id, right->id);
}

GPtrArray *
findings_grouped(const GPtrArray *findings)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(grouping_free);
    g_autoptr(GHashTable) by_id = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        FindingGroup *group = g_hash_table_lookup(by_id, finding->id);
        if (!group) {
            group = group_new(finding);
            g_ptr_array_add(groups, group);
            g_hash_table_insert(by_id, finding->id, group);
        }
        g_ptr_array_add(group->members, (gpointer)finding);
    }
    for (guint i = 0; i < groups->len; i++)
        settle(groups->pdata[i]);
    g_ptr_array_sort(groups, by_place);
    return groups;
}

guint
findings_count(const GPtrArray *findings)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; i < findings->len; i++)
        g_hash_table_add(ids, ((const Finding *)findings->pdata[i])->id);
    return g_hash_table_size(ids);
}
