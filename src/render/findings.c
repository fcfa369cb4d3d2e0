/* Groups findings by subject and into blocks, and gives each fix a home. */
#include "findings.h"

#include "audit/grouping.h"
#include "audit/rules.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECTS_FOLDED 3 /* so many alike become one */
#define SUBJECTS_MANY 24  /* with more, those with as many targets are alike */

static void
seen_free(gpointer data)
{
    Seen *seen = data;

    g_ptr_array_unref(seen->values);
    g_clear_pointer(&seen->known, g_hash_table_unref);
    g_free(seen);
}

static Block *
block_new(const Finding *first)
{
    Block *block = g_new0(Block, 1);

    block->first = first;
    block->findings = g_ptr_array_new();
    block->patterns = g_ptr_array_new();
    block->objects = g_ptr_array_new();
    block->details = g_ptr_array_new_with_free_func(g_free);
    block->evidence = g_ptr_array_new_with_free_func(seen_free);
    block->fixes = g_ptr_array_new();
    block->planned = g_hash_table_new(NULL, NULL);
    return block;
}

static void
block_free(gpointer data)
{
    Block *block = data;

    g_ptr_array_unref(block->findings);
    g_ptr_array_unref(block->patterns);
    g_ptr_array_unref(block->objects);
    g_ptr_array_unref(block->details);
    g_ptr_array_unref(block->evidence);
    g_ptr_array_unref(block->fixes);
    g_hash_table_unref(block->planned);
    g_free(block);
}

static void
subject_free(gpointer data)
{
    Subject *subject = data;

    g_ptr_array_unref(subject->likes);
    g_ptr_array_unref(subject->blocks);
    g_free(subject);
}

/* What could not be decided ranks below what is known to be an error. */
static int
finding_rank(const Finding *finding)
{
    static const int ranks[SEVERITY_COUNT] = {
        [SEVERITY_CRITICAL] = 0,
        [SEVERITY_ERROR] = 1,
        [SEVERITY_WARNING] = 3,
        [SEVERITY_INFO] = 4,
    };

    return finding->status == STATUS_UNKNOWN ? 2 : ranks[finding->severity];
}

static int
compare_blocks(gconstpointer a, gconstpointer b)
{
    const Finding *one = (*(Block *const *)a)->first;
    const Finding *other = (*(Block *const *)b)->first;
    int order = finding_rank(one) - finding_rank(other);

    return order != 0 ? order : finding_compare(one, other);
}

static int
compare_subjects(gconstpointer a, gconstpointer b)
{
    const Subject *one = *(Subject *const *)a;
    const Subject *other = *(Subject *const *)b;
    const Block *worst = g_ptr_array_index(one->blocks, 0);
    const Block *other_worst = g_ptr_array_index(other->blocks, 0);
    int order = finding_rank(worst->first) - finding_rank(other_worst->first);

    if (order != 0) {
        return order;
    }
    if (one->findings != other->findings) {
        return one->findings > other->findings ? -1 : 1;
    }
    return strcmp(one->name, other->name);
}

/* Gathering. */

static void
block_plan(Block *block, gpointer fix)
{
    if (g_hash_table_add(block->planned, fix))
        g_ptr_array_add(block->fixes, fix);
}

static void
block_add(Sheet *sheet, Block *block, const Finding *finding)
{
    g_autofree char *pattern = finding_pattern(finding, true);
    g_ptr_array_add(block->findings, (gpointer)finding);
    g_ptr_array_add(block->patterns, g_string_chunk_insert_const(sheet->texts, pattern));
    for (guint i = 0; finding->fixes && i < finding->fixes->len; i++) {
        gpointer fix = g_hash_table_lookup(sheet->fixes, finding->fixes->pdata[i]);
        if (fix)
            block_plan(block, fix);
    }
}

/* Of this finding's rule, severity and status. */
static Block *
subject_block(const Subject *subject, const Finding *finding)
{
    for (guint i = subject->blocks->len; i > 0; i--) {
        Block *block = subject->blocks->pdata[i - 1];
        if (block->first->rule == finding->rule &&
            block->first->severity == finding->severity &&
            block->first->status == finding->status)
            return block;
    }
    Block *block = block_new(finding);
    g_ptr_array_add(subject->blocks, block);
    return block;
}

static Subject *
sheet_subject(Sheet *sheet, GHashTable *subjects, const char *name)
{
    Subject *subject = g_hash_table_lookup(subjects, name);
    if (subject)
        return subject;
    subject = g_new0(Subject, 1);
    subject->name = name;
    subject->likes = g_ptr_array_new();
    subject->blocks = g_ptr_array_new_with_free_func(block_free);
    g_ptr_array_add(sheet->subjects, subject);
    g_hash_table_insert(subjects, (gpointer)name, subject);
    return subject;
}

static void
gather(Sheet *sheet, const GPtrArray *findings)
{
    g_autoptr(GHashTable) subjects = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->waived || follows_from_another(sheet->follows, finding))
            continue;
        Subject *subject = sheet_subject(sheet, subjects, finding->subject);
        block_add(sheet, subject_block(subject, finding), finding);
        subject->findings++;
    }
    for (guint i = 0; i < sheet->subjects->len; i++) {
        Subject *subject = sheet->subjects->pdata[i];
        g_ptr_array_sort(subject->blocks, compare_blocks);
    }
    g_ptr_array_sort(sheet->subjects, compare_subjects);
}

static int
compare_places(gconstpointer a, gconstpointer b)
{
    const guintptr one = (guintptr)(*(gpointer const *)a);
    const guintptr other = (guintptr)(*(gpointer const *)b);
    return (one > other) - (one < other);
}

static void
sign_number(GByteArray *out, guintptr number)
{
    g_byte_array_append(out, (const guint8 *)&number, sizeof number);
}

/* Texts of which each has one address, in the order of these, and how many. */
static void
sign_texts(GByteArray *out, GHashTable *texts)
{
    guint count;
    g_autofree gpointer *sorted = g_hash_table_get_keys_as_array(texts, &count);
    qsort(sorted, count, sizeof *sorted, compare_places);
    sign_number(out, count);
    for (guint i = 0; i < count; i++)
        sign_number(out, (guintptr)sorted[i]);
}

/* What of the targets has to be the same: they themselves; with the subject, so that
 * all who lack all the others are alike; their number. */
typedef enum { BY_TARGETS, BY_TARGETS_AND_SELF, BY_COUNT } Likeness;

/* What is said in a block, without its subject's name: rule, targets, details. */
static void
sign_block(GByteArray *out, const Sheet *sheet, const Block *block, const char *name,
           Likeness likeness)
{
    g_autoptr(GHashTable) targets = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) details = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        if (finding->target)
            g_hash_table_add(targets,
                             g_string_chunk_insert_const(sheet->texts, finding->target));
        g_hash_table_add(details, block->patterns->pdata[i]);
    }
    sign_number(out, block->first->rule);
    sign_number(out, block->first->severity);
    sign_number(out, block->first->status);
    sign_number(out, block->findings->len);
    sign_number(out, g_hash_table_size(targets));
    if (likeness == BY_TARGETS_AND_SELF)
        g_hash_table_add(targets, g_string_chunk_insert_const(sheet->texts, name));
    if (likeness != BY_COUNT)
        sign_texts(out, targets);
    sign_texts(out, details);
}

static GBytes *
subject_signature(const Sheet *sheet, const Subject *subject, Likeness likeness)
{
    GByteArray *out = g_byte_array_new();

    for (guint i = 0; i < subject->blocks->len; i++)
        sign_block(out, sheet, subject->blocks->pdata[i], subject->name, likeness);
    return g_byte_array_free_to_bytes(out);
}

/* Of the subject itself, and not of those that joined it. */
static void
count_targets(Subject *subject)
{
    for (guint i = 0; i < subject->blocks->len; i++) {
        Block *block = subject->blocks->pdata[i];
        g_autoptr(GHashTable) targets = g_hash_table_new(g_str_hash, g_str_equal);

        for (guint j = 0; j < block->findings->len; j++) {
            const Finding *finding = block->findings->pdata[j];

            if (finding->target && strcmp(finding->subject, subject->name) == 0)
                g_hash_table_add(targets, finding->target);
        }
        block->each = g_hash_table_size(targets);
    }
}

/* `other` has the same blocks in the same order. */
static void
subject_absorb(Subject *subject, const Subject *other)
{
    g_ptr_array_add(subject->likes, (gpointer)other->name);
    g_ptr_array_extend(subject->likes, other->likes, NULL, NULL);
    for (guint i = 0; i < subject->blocks->len; i++) {
        Block *block = subject->blocks->pdata[i];
        const Block *more = other->blocks->pdata[i];
        g_ptr_array_extend(block->findings, more->findings, NULL, NULL);
        g_ptr_array_extend(block->patterns, more->patterns, NULL, NULL);
        for (guint j = 0; j < more->fixes->len; j++)
            block_plan(block, more->fixes->pdata[j]);
    }
    subject->findings += other->findings;
}

/* One slip made on thirty hosts is told once: subjects of which the same is to
 * be said become one, from SUBJECTS_FOLDED on. */
static void
fold_subjects(Sheet *sheet, Likeness likeness)
{
    g_autoptr(GHashTable) alike =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                              (GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) signatures = g_ptr_array_new();

    for (guint i = 0; i < sheet->subjects->len; i++) {
        GBytes *signature = subject_signature(sheet, sheet->subjects->pdata[i], likeness);
        GPtrArray *subjects = g_hash_table_lookup(alike, signature);

        if (!subjects) {
            subjects = g_ptr_array_new();
            g_hash_table_insert(alike, signature, subjects);
            g_ptr_array_add(signatures, signature);
        } else {
            g_bytes_unref(signature);
        }
        g_ptr_array_add(subjects, sheet->subjects->pdata[i]);
    }
    for (guint i = 0; i < signatures->len; i++) {
        GPtrArray *subjects = g_hash_table_lookup(alike, signatures->pdata[i]);

        if (likeness == BY_COUNT && subjects->len >= SUBJECTS_FOLDED)
            count_targets(subjects->pdata[0]);
        for (guint j = 1; subjects->len >= SUBJECTS_FOLDED && j < subjects->len; j++) {
            subject_absorb(subjects->pdata[0], subjects->pdata[j]);
            g_ptr_array_remove(sheet->subjects, subjects->pdata[j]);
        }
    }
}

/* What is to be said of a block, once it has all its findings. */

static void
gather_title(Block *block)
{
    block->title = block->first->title;
    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];

        if (strcmp(finding->title, block->first->title) != 0)
            block->title = rules[block->first->rule].title;
    }
}

/* Targets, else SPNs. */
static void
gather_objects(Block *block)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    block->targets = block->first->target != NULL;
    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        gpointer object = block->targets ? finding->target : finding->spn;

        if (object && g_hash_table_add(known, object))
            g_ptr_array_add(block->objects, object);
    }
}

static void
gather_details(const Sheet *sheet, Block *block, bool any_subject)
{
    g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        const char *pattern = block->patterns->pdata[i];
        if (!any_subject && block->findings->len > 1) {
            g_autofree char *own = finding_pattern(finding, false);
            pattern = g_string_chunk_insert_const(sheet->texts, own);
        }
        if (*pattern && g_hash_table_add(known, (gpointer)pattern))
            g_ptr_array_add(block->details, finding_detail(finding));
    }
    block->alike = block->findings->len > 1 && block->details->len == 1;
}

/* `keys`: const char * -> Seen * */
static void
add_evidence(Block *block, GHashTable *keys, const Evidence *piece)
{
    Seen *seen = g_hash_table_lookup(keys, piece->key);

    if (!seen) {
        seen = g_new0(Seen, 1);
        seen->key = piece->key;
        seen->values = g_ptr_array_new();
        seen->known = g_hash_table_new(g_str_hash, g_str_equal);
        g_ptr_array_add(block->evidence, seen);
        g_hash_table_insert(keys, piece->key, seen);
    }
    if (g_hash_table_add(seen->known, piece->value))
        g_ptr_array_add(seen->values, piece->value);
}

static void
gather_evidence(Block *block)
{
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];

        for (guint j = 0; finding->evidence && j < finding->evidence->len; j++)
            add_evidence(block, keys, finding->evidence->pdata[j]);
    }
    for (guint i = 0; i < block->evidence->len; i++)
        g_clear_pointer(&((Seen *)block->evidence->pdata[i])->known, g_hash_table_unref);
}

static void
gather_blocks(const Sheet *sheet)
{
    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        for (guint j = 0; j < subject->blocks->len; j++) {
            Block *block = subject->blocks->pdata[j];

            block->listed = findings_count(block->findings);
            gather_title(block);
            gather_objects(block);
            gather_details(sheet, block, subject->likes->len > 0);
            gather_evidence(block);
        }
    }
}

static bool
subject_is(const Subject *subject, const char *name)
{
    if (strcmp(subject->name, name) == 0)
        return true;
    for (guint i = 0; i < subject->likes->len; i++)
        if (strcmp(subject->likes->pdata[i], name) == 0)
            return true;
    return false;
}

/* Gives every fix that has no home yet one where it is needed first: under its
 * own account (`own`), or anywhere. */
static void
settle_homes(Sheet *sheet, bool own)
{
    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        for (guint j = 0; j < subject->blocks->len; j++) {
            Block *block = subject->blocks->pdata[j];

            for (guint k = 0; k < block->fixes->len; k++) {
                Fix *fix = block->fixes->pdata[k];

                if (!g_hash_table_contains(sheet->homes, fix) &&
                    (!own || subject_is(subject, fix->account->name)))
                    g_hash_table_insert(sheet->homes, fix, block);
            }
        }
    }
}

Sheet *
findings_new(const Report *report, FindingsFold fold)
{
    Sheet *sheet = g_new0(Sheet, 1);

    sheet->subjects = g_ptr_array_new_with_free_func(subject_free);
    sheet->fixes = commands_index(report);
    sheet->texts = g_string_chunk_new(4096);
    sheet->homes = g_hash_table_new(NULL, NULL);
    sheet->follows = follows_new(report_findings(report));
    gather(sheet, report_findings(report));
    if (fold != FOLD_NONE) {
        fold_subjects(sheet, BY_TARGETS);
        fold_subjects(sheet, BY_TARGETS_AND_SELF);
    }
    if (fold == FOLD_COUNTED && sheet->subjects->len > SUBJECTS_MANY)
        fold_subjects(sheet, BY_COUNT);
    g_ptr_array_sort(sheet->subjects, compare_subjects);
    gather_blocks(sheet);
    settle_homes(sheet, true);
    settle_homes(sheet, false);
    return sheet;
}

void
findings_free(Sheet *sheet)
{
    if (!sheet)
        return;
    g_ptr_array_unref(sheet->subjects);
    follows_free(sheet->follows);
    g_hash_table_unref(sheet->fixes);
    g_hash_table_unref(sheet->homes);
    g_string_chunk_free(sheet->texts);
    g_free(sheet);
}

const char *
findings_word(const Finding *finding)
{
    return finding->status == STATUS_UNKNOWN ? "unknown"
                                             : severity_names[finding->severity];
}
