/* Findings, steps, fixes and waivers of the JSON report. */
#include "json_parts.h"
#include "line.h"

#include "base/text.h"
#include "changed.h"
#include "render/frameworks.h"
#include "render/tree.h"

#include <string.h>

#define TARGETS_MANY 16 /* of one finding: above it they are written a line each */
#define PIECES_FEW 16   /* of evidence: they are gone through for those of one key */
#define WHAT_IS_WRONG "what is wrong" /* what the text of the finding did not tell */

/* Key -> value, or an array of the values where a key comes again. */
static void
put_evidence(json_t *object, const char *name, const char *value)
{
    g_autofree char *key = g_utf8_make_valid(name, -1);
    json_t *held = json_object_get(object, key);
    json_t *array;

    if (!held) {
        tree_put_text(object, key, value);
        return;
    }
    if (json_is_array(held)) {
        json_array_append_new(held, tree_string(value));
        return;
    }
    array = json_array();
    json_array_append(array, held);
    json_array_append_new(array, tree_string(value));
    tree_put(object, key, array);
}

static json_t *
evidence_json(const GPtrArray *evidence)
{
    json_t *object = json_object();

    for (guint i = 0; i < evidence->len; i++) {
        const Evidence *piece = g_ptr_array_index(evidence, i);

        put_evidence(object, piece->key, piece->value);
    }
    return object;
}

/* What the finding's own evidence does not have. */
static json_t *
target_evidence_json(const FindingGroup *group, guint member)
{
    const Finding *finding = group->members->pdata[member];
    const char *untold = group->untold->pdata[member];
    json_t *object = json_object();

    if (untold)
        put_evidence(object, WHAT_IS_WRONG, untold);
    for (guint i = 0; i < finding->evidence->len; i++) {
        const Evidence *piece = finding->evidence->pdata[i];

        if (!finding_group_has(group, piece))
            put_evidence(object, piece->key, piece->value);
    }
    return object;
}

static json_t *
targets_json(const FindingGroup *group)
{
    json_t *targets = json_array();

    for (guint i = 0; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        g_autofree char *since = finding->since_us ? text_time(finding->since_us) : NULL;
        json_t *target = json_object();

        tree_put_text(target, "target", finding->target);
        tree_put_text(target, "spn", finding->spn);
        tree_put(target, "evidence", target_evidence_json(group, i));
        tree_put_text(target, "since", since);
        if (finding->because)
            tree_put_text(target, "because", finding->because);
        json_array_append_new(targets, target);
    }
    return targets;
}

static json_t *
waived_json(const Finding *finding)
{
    json_t *object;

    if (!finding->waived) {
        return json_null();
    }
    object = json_object();
    tree_put_text(object, "reason", finding->waived->reason);
    tree_put_text(object, "until", finding->waived->until);
    return object;
}

/* The findings that it follows from, each once. */
static json_t *
because_json(const FindingGroup *group)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *array = json_array();

    for (guint i = 0; i < group->members->len; i++) {
        char *because = ((const Finding *)group->members->pdata[i])->because;

        if (because && g_hash_table_add(known, because))
            json_array_append_new(array, tree_string(because));
    }
    return array;
}

/* Without its targets where they are NULL. */
static json_t *
finding_json(const FindingGroup *group, json_t *targets)
{
    const Finding *finding = group->first;
    json_t *object = json_object();

    tree_put_text(object, "id", group->id);
    tree_put_text(object, "rule", rule_name(finding->rule));
    tree_put_text(object, "severity", severity_names[finding->severity]);
    tree_put_text(object, "status",
                  finding->status == STATUS_UNKNOWN ? "unknown" : "fail");
    tree_put_text(object, "subject", finding->subject);
    tree_put_text(object, "target", group->target);
    tree_put_text(object, "spn", group->spn);
    tree_put_text(object, "title", group->title);
    tree_put_text(object, "detail", group->detail);
    tree_put(object, "evidence", evidence_json(group->evidence));
    tree_put(object, "fixes", tree_strings(group->fixes));
    tree_put(object, "waived", waived_json(finding));
    tree_put(object, "because", because_json(group));
    if (targets)
        tree_put(object, "targets", targets);
    tree_put(object, "frameworks", frameworks_json(finding->rule));
    tree_put(object, "changed", changed_json(finding));
    return object;
}

json_t *
render_finding(const FindingGroup *group)
{
    return finding_json(group, targets_json(group));
}

/* What target_evidence_json has, in its order; false: too much for this. */
static bool
few_pieces(const FindingGroup *group, guint member, Evidence *pieces, guint *ret_count)
{
    const List *evidence = ((const Finding *)group->members->pdata[member])->evidence;
    char *untold = group->untold->pdata[member];
    guint count = 0;

    if (untold)
        pieces[count++] = (Evidence){WHAT_IS_WRONG, untold};
    for (guint i = 0; i < evidence->len; i++) {
        const Evidence *piece = evidence->pdata[i];

        if (finding_group_has(group, piece))
            continue;
        if (count == PIECES_FEW || !g_str_is_ascii(piece->key))
            return false;
        pieces[count++] = *piece;
    }
    *ret_count = count;
    return true;
}

/* One member, of the piece and of those after it that have its key. */
static void
write_piece(GString *out, const Evidence *piece, const Evidence *end)
{
    const char *before = "[";
    guint count = 0;

    for (const Evidence *other = piece; other < end; other++)
        count += strcmp(other->key, piece->key) == 0;
    line_key(out, piece->key);
    if (count == 1) {
        line_text(out, piece->value);
        return;
    }
    for (const Evidence *other = piece; other < end; other++) {
        if (strcmp(other->key, piece->key) != 0)
            continue;
        g_string_append(out, before);
        line_text(out, other->value);
        before = ",";
    }
    g_string_append_c(out, ']');
}

static void
write_target_evidence(GString *out, const FindingGroup *group, guint member)
{
    Evidence pieces[PIECES_FEW];
    guint count;

    if (!few_pieces(group, member, pieces, &count)) {
        tree_write_line(out, target_evidence_json(group, member));
        return;
    }
    g_string_append_c(out, '{');
    for (guint i = 0; i < count; i++) {
        guint same = 0;

        while (strcmp(pieces[same].key, pieces[i].key) != 0)
            same++;
        if (same == i)
            write_piece(out, &pieces[i], &pieces[count]);
    }
    g_string_append_c(out, '}');
}

/* The same as in targets_json. */
static void
write_target(GString *out, const FindingGroup *group, guint member)
{
    const Finding *finding = group->members->pdata[member];
    g_autofree char *since = finding->since_us ? text_time(finding->since_us) : NULL;

    g_string_append_c(out, '{');
    line_put_text(out, "target", finding->target);
    line_put_text(out, "spn", finding->spn);
    line_key(out, "evidence");
    write_target_evidence(out, group, member);
    line_put_text(out, "since", since);
    if (finding->because)
        line_put_text(out, "because", finding->because);
    g_string_append_c(out, '}');
}

/* Of const Finding *: what they are listed as, each once. */
json_t *
render_ids(const GPtrArray *findings)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *array = json_array();

    for (guint i = 0; i < findings->len; i++) {
        char *id = ((const Finding *)findings->pdata[i])->id;

        if (g_hash_table_add(known, id))
            json_array_append_new(array, tree_string(id));
    }
    return array;
}

/* The names of a step's parts, by what tells the name of one. */
static json_t *
step_ids(const GPtrArray *parts, const char *(*id_of)(gconstpointer part))
{
    json_t *array = json_array();

    for (guint i = 0; i < parts->len; i++)
        json_array_append_new(array, tree_string(id_of(parts->pdata[i])));
    return array;
}

static const char *
fix_id(gconstpointer fix)
{
    return ((const Fix *)fix)->id;
}

static const char *
step_id(gconstpointer step)
{
    return ((const FirstStep *)step)->id;
}

json_t *
json_step(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const FirstStep *step = element;
    json_t *object = json_object();
    json_t *ids = json_array();

    for (guint i = 0; i < step->rules->len; i++)
        json_array_append_new(
            ids, tree_string(rule_name(g_array_index(step->rules, RuleId, i))));
    tree_put_text(object, "id", step->id);
    tree_put_text(object, "title", step->title);
    tree_put_text(object, "subject", step->subject);
    tree_put(object, "rules", ids);
    tree_put(object, "fixes", step_ids(step->fixes, fix_id));
    tree_put_count(object, "pairs_after", step->pairs_after);
    tree_put_count(object, "edges_after", step->edges_after);
    tree_put_count(object, "pairs_alone", step->pairs_alone);
    tree_put(object, "needs", step_ids(step->needs, step_id));
    tree_put(object, "findings", render_ids(step->findings));
    return object;
}

/* Its targets a line each where they are many. */
void
json_write_finding(GString *out, const Report *report G_GNUC_UNUSED,
                   gconstpointer element)
{
    const FindingGroup *group = element;

    if (group->members->len <= TARGETS_MANY) {
        tree_write(out, render_finding(group), 2);
        return;
    }
    tree_write(out, finding_json(group, NULL), 2);
    g_string_truncate(out, out->len - strlen("\n    }"));
    g_string_append(out, ",\n      \"targets\": [");
    for (guint i = 0; i < group->members->len; i++) {
        g_string_append(out, i > 0 ? ",\n        " : "\n        ");
        write_target(out, group, i);
    }
    g_string_append(out, "\n      ]\n    }");
}

static void
write_commands(GString *out, const GPtrArray *setspn, const GPtrArray *powershell,
               const char *ldif)
{
    g_string_append_c(out, '{');
    line_put_texts(out, "setspn", setspn);
    line_put_texts(out, "powershell", powershell);
    line_put_text(out, "ldif", ldif != NULL ? ldif : "");
    g_string_append_c(out, '}');
}

static void
write_fix(GString *out, const Fix *fix)
{
    g_string_append_c(out, '{');
    line_put_text(out, "id", fix->id);
    line_put_text(out, "kind", fix_kind_names[fix->kind]);
    line_put_text(out, "subject", fix->account->name);
    line_put_text(out, "dn", fix->account->dn);
    line_put_texts(out, "add", fix->add);
    line_put_texts(out, "remove", fix->remove);
    line_put_text(out, "risk", fix->risk != NULL ? fix->risk : "");
    line_key(out, "commands");
    write_commands(out, fix->setspn, fix->powershell, fix->ldif);
    line_key(out, "undo");
    write_commands(out, fix->undo_setspn, fix->undo_powershell, fix->undo_ldif);
    g_string_append_c(out, '}');
}

/* In one line where it is long. */
void
json_write_fix(GString *out, const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Fix *fix = element;
    g_autoptr(GString) line = NULL;

    if (fix_is_long(fix)) {
        write_fix(out, fix);
        return;
    }
    line = g_string_new(NULL);
    write_fix(line, fix);
    tree_write(out, json_loads(line->str, 0, NULL), 2);
}

json_t *
json_waiver(const Report *report, gconstpointer item)
{
    const Waiver *waiver = item;
    json_t *object = json_object();

    (void)report;
    tree_put_text(object, "name", waiver->name);
    tree_put_text(object, "rule", rule_name(waiver->rule));
    tree_put_text(object, "reason", waiver->reason);
    tree_put_text(object, "until", waiver->until);
    tree_put_text(object, "status",
                  waiver->expired        ? "expired"
                  : waiver->matched == 0 ? "unmatched"
                                         : "active");
    tree_put_count(object, "matched", waiver->matched);
    return object;
}
