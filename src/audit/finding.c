/* Makes findings and their ids, and adds text and evidence to them. */
#include "audit/finding.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

const char *const severity_names[SEVERITY_COUNT] = {"info", "warning", "error",
                                                    "critical"};

/* Many findings have the same piece. */
typedef struct {
    Evidence piece; /* first: an Evidence is one of these */
    guint users;
} Shared;

static GHashTable *pieces; /* set of Shared * */
G_LOCK_DEFINE_STATIC(pieces);

static guint
piece_hash(gconstpointer data)
{
    const Evidence *piece = data;
    return hash_text(piece->key) * 31 + (piece->value ? hash_text(piece->value) : 0);
}

static gboolean
piece_equal(gconstpointer a, gconstpointer b)
{
    const Evidence *left = a, *right = b;
    return strcmp(left->key, right->key) == 0 &&
           g_strcmp0(left->value, right->value) == 0;
}

/* (transfer full: evidence_free) */
static Evidence *
evidence_get(const char *key, const char *value)
{
    Evidence piece = {(char *)key, (char *)value};
    G_LOCK(pieces);
    if (!pieces)
        pieces = g_hash_table_new(piece_hash, piece_equal);
    Shared *shared = g_hash_table_lookup(pieces, &piece);
    if (!shared) {
        shared = g_new0(Shared, 1);
        shared->piece = (Evidence){text_intern(key), text_intern(value)};
        g_hash_table_add(pieces, shared);
    }
    shared->users++;
    G_UNLOCK(pieces);
    return &shared->piece;
}

static void
evidence_free(gpointer data)
{
    Shared *shared = data;
    G_LOCK(pieces);
    bool last = --shared->users == 0;
    if (last)
        g_hash_table_remove(pieces, shared);
    if (last && g_hash_table_size(pieces) == 0)
        g_clear_pointer(&pieces, g_hash_table_unref);
    G_UNLOCK(pieces);
    if (!last)
        return;
    text_release(shared->piece.key);
    text_release(shared->piece.value);
    g_free(shared);
}

/* The list of this fix alone (transfer full): findings of one subject, which come one
 * after another, have it together. */
static List *
fixes_one(const char *id)
{
    static List *last;
    G_LOCK_DEFINE_STATIC(last);
    G_LOCK(last);
    if (!last || strcmp(last->pdata[0], id) != 0) {
        g_clear_pointer(&last, texts_unref);
        last = list_new();
        texts_add(&last, id);
    }
    List *one = list_ref(last);
    G_UNLOCK(last);
    return one;
}

/* The subject and the id of a finding: those of one rule and subject come one after
 * another. */
static void
take_subject(Finding *finding, RuleId rule, const char *subject)
{
    static char *last, *last_id;
    static RuleId last_rule;
    G_LOCK_DEFINE_STATIC(last);
    G_LOCK(last);
    if (!last || last_rule != rule || strcmp(last, subject) != 0) {
        g_autofree char *id = g_strconcat(rule_name(rule), ":", subject, NULL);
        text_release(last);
        text_release(last_id);
        last = text_intern(subject);
        last_id = text_intern(id);
        last_rule = rule;
    }
    finding->subject = text_acquire(last);
    finding->id = text_acquire(last_id);
    G_UNLOCK(last);
}

/* As long as nothing is said; of each finding once. */
static char *
text_empty(void)
{
    static char *empty;
    if (g_once_init_enter(&empty))
        g_once_init_leave(&empty, text_intern(""));
    return text_acquire(empty);
}

Finding *
finding_new(RuleId rule, Severity severity, Status status, const char *subject,
            const char *target, const char *spn)
{
    Finding *finding = g_new0(Finding, 1);
    finding->rule = rule;
    finding->severity = severity;
    finding->status = status;
    take_subject(finding, rule, subject);
    finding->target = text_intern(target);
    finding->spn = text_intern(spn);
    finding->title = text_empty();
    finding->said = text_empty();
    finding->evidence = list_new();
    finding->fixes = list_new();
    finding->values = list_new();
    return finding;
}

bool
finding_is_counted(const Finding *finding)
{
    return !finding->because && finding->rule != RULE_DOM_04;
}

char *
finding_key(const Finding *finding)
{
    GString *key = g_string_new(rule_name(finding->rule));
    g_string_append_printf(key, ":%s", finding->subject);
    if (finding->target)
        g_string_append_printf(key, ">%s", finding->target);
    if (finding->spn)
        g_string_append_printf(key, ":%s", finding->spn);
    return g_string_free(key, FALSE);
}

static void
waived_free(Waived *waived)
{
    if (!waived)
        return;
    g_free(waived->by);
    g_free(waived->reason);
    g_free(waived->until);
    g_free(waived);
}

void
finding_waive(Finding *finding, const char *by, const char *reason, const char *until)
{
    if (!reason)
        return;
    waived_free(finding->waived);
    finding->waived = g_new(Waived, 1);
    *finding->waived = (Waived){g_strdup(by), g_strdup(reason), g_strdup(until)};
}

void
finding_free(Finding *finding)
{
    if (!finding)
        return;
    text_release(finding->id);
    text_release(finding->subject);
    text_release(finding->target);
    text_release(finding->spn);
    text_release(finding->title);
    text_release(finding->said);
    g_free(finding->unfixed);
    g_clear_pointer(&finding->cause, evidence_free);
    text_release(finding->because);
    waived_free(finding->waived);
    list_unref(finding->evidence, evidence_free);
    texts_unref(finding->fixes);
    texts_unref(finding->values);
    g_free(finding);
}

/* A hundred thousand findings say the same of others: their names are taken out, each
 * replaced by its number here, so that what is left is kept once. */

#define NAMES 3         /* FINDING_SUBJECT ... */
#define AS_IT_IS '\004' /* before a text that has such numbers itself */

/* The longer first: one may begin with another. */
static void
names_of(const Finding *finding, guint order[NAMES], const char *names[NAMES],
         gsize lengths[NAMES], char first[NAMES + 1])
{
    names[0] = finding->subject;
    names[1] = finding->target;
    names[2] = finding->spn;
    for (guint i = 0; i < NAMES; i++) {
        guint place = i;
        lengths[i] = names[i] ? strlen(names[i]) : 0;
        for (; place > 0 && lengths[order[place - 1]] < lengths[i]; place--)
            order[place] = order[place - 1];
        order[place] = i;
        if (lengths[i] > 0)
            *first++ = names[i][0];
    }
    *first = '\0';
}

static void
take_detail(Finding *finding, const char *text)
{
    const char *names[NAMES];
    gsize lengths[NAMES];
    guint order[NAMES];
    char first[NAMES + 1];
    names_of(finding, order, names, lengths, first);
    g_autoptr(GString) packed = g_string_sized_new(strlen(text) + 2);
    if (strpbrk(text, "\001\002\003\004")) {
        g_string_append_printf(packed, "%c%s", AS_IT_IS, text);
        text = "";
    }
    for (;;) {
        gsize plain = strcspn(text, first);
        g_string_append_len(packed, text, (gssize)plain);
        text += plain;
        if (!*text)
            break;
        guint i = 0;
        while (i < NAMES && (lengths[order[i]] == 0 ||
                             strncmp(text, names[order[i]], lengths[order[i]]) != 0))
            i++;
        g_string_append_c(packed, i < NAMES ? (char)(order[i] + 1) : *text);
        text += i < NAMES ? lengths[order[i]] : 1;
    }
    text_release(finding->said);
    finding->said = text_intern(packed->str);
}

char *
finding_detail(const Finding *finding)
{
    const char *const names[NAMES] = {finding->subject, finding->target, finding->spn};
    const char *packed = finding->said;
    if (*packed == AS_IT_IS)
        return g_strdup(packed + 1);
    GString *text = g_string_sized_new(strlen(packed) + 64);
    for (gsize plain; *packed; packed += plain) {
        plain = strcspn(packed, "\001\002\003");
        g_string_append_len(text, packed, (gssize)plain);
        if (packed[plain])
            g_string_append(text, names[packed[plain++] - 1]);
    }
    return g_string_free(text, FALSE);
}

Finding *
finding_say(Finding *finding, const char *title, const char *detail, ...)
{
    text_release(finding->title);
    finding->title = text_intern(title);
    va_list args;
    va_start(args, detail);
    g_autofree char *text = g_strdup_vprintf(detail, args);
    va_end(args);
    take_detail(finding, text);
    return finding;
}

Finding *
finding_say_packed(Finding *finding, const char *title, const char *packed)
{
    text_release(finding->title);
    finding->title = text_intern(title);
    text_release(finding->said);
    finding->said = text_intern(packed);
    return finding;
}

void
finding_say_more(Finding *finding, const char *sentence)
{
    g_autofree char *before = finding_detail(finding);
    g_autofree char *text = g_strdup_printf("%s %s", before, sentence);
    take_detail(finding, text);
}

Finding *
finding_evidence(Finding *finding, const char *key, const char *value)
{
    list_add(&finding->evidence, evidence_get(key, value), NULL, evidence_free);
    return finding;
}

Finding *
finding_value(Finding *finding, const char *value)
{
    texts_add(&finding->values, value);
    return finding;
}

Finding *
finding_values(Finding *finding, List *values)
{
    finding->values = list_ref(values);
    return finding;
}

void
finding_rename(Finding *finding, const char *id)
{
    char *before = finding->id;
    finding->id = text_intern(id);
    text_release(before);
}

void
finding_add_fix(Finding *finding, const char *id)
{
    if (finding->fixes->len == 0)
        finding->fixes = fixes_one(id);
    else
        texts_add(&finding->fixes, id);
}

void
finding_tell_cause(Finding *finding, const char *id, const char *title)
{
    g_clear_pointer(&finding->cause, evidence_free);
    finding->cause = evidence_get(id, title);
}

/* The same text is in the same place. */
static int
texts_compare(const char *a, const char *b)
{
    return a == b ? 0 : g_strcmp0(a, b);
}

int
finding_compare(const Finding *a, const Finding *b)
{
    int order = (int)a->rule - (int)b->rule;
    if (order == 0)
        order = texts_compare(a->subject, b->subject);
    if (order == 0)
        order = texts_compare(a->target, b->target);
    if (order == 0)
        order = texts_compare(a->spn, b->spn);
    return order;
}
