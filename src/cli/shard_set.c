/* The answers of several shards: read, held against each other, handed to the audit. */
#include "shard_file.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* What one shard answered. */
typedef struct {
    char *path;
    char *answers;      /* SHA-256 of the answers, without how long they took */
    GPtrArray *tickets; /* of TicketEvidence * */
    GPtrArray *sources; /* of const Account *: whom a proof was to start from */
    GPtrArray *proofs;  /* of ProofEvidence * */
    GPtrArray *silent;  /* of const char *, by source: why no KDC answered; or NULL */
    GPtrArray *gaps;    /* of Gap * */
} Part;

struct ShardSet {
    const char *run_id;
    const Audit *audit;
    char *plan;
    json_t *snapshot;
    GPtrArray *wanted;   /* tickets, of const char * */
    GPtrArray *machines; /* of NetEvidence *; the audit takes them */
    GStringChunk *texts;
    GPtrArray *parts; /* of Part *, by shard; NULL: not returned */
    json_t *asked;    /* what every shard was to ask for; NULL: none was read */
    char *first;      /* the file that told that */
};

static void
part_free(gpointer data)
{
    Part *part = data;
    if (!part)
        return;
    g_free(part->path);
    g_free(part->answers);
    g_ptr_array_unref(part->tickets);
    g_ptr_array_unref(part->sources);
    g_ptr_array_unref(part->proofs);
    g_ptr_array_unref(part->silent);
    g_ptr_array_unref(part->gaps);
    g_free(part);
}

static Part *
part_new(const char *path)
{
    Part *part = g_new0(Part, 1);
    part->path = g_strdup(path);
    part->tickets = g_ptr_array_new_with_free_func(g_free);
    part->sources = g_ptr_array_new();
    part->proofs = g_ptr_array_new_with_free_func((GDestroyNotify)proof_evidence_free);
    part->silent = g_ptr_array_new();
    part->gaps = gap_list_new();
    return part;
}

ShardSet *
shard_set_new(const char *run_id, const Audit *audit)
{
    ShardSet *set = g_new0(ShardSet, 1);
    set->run_id = run_id;
    set->audit = audit;
    set->plan = shard_plan(audit);
    set->snapshot = shard_snapshot_json(audit->estate);
    set->wanted = audit_wanted_tickets(audit);
    set->machines = audit_wanted_net(audit);
    set->texts = g_string_chunk_new(4096);
    set->parts = g_ptr_array_new_with_free_func(part_free);
    return set;
}

void
shard_set_free(ShardSet *set)
{
    if (!set)
        return;
    g_free(set->plan);
    json_decref(set->snapshot);
    g_ptr_array_unref(set->wanted);
    g_clear_pointer(&set->machines, g_ptr_array_unref);
    g_string_chunk_free(set->texts);
    g_ptr_array_unref(set->parts);
    json_decref(set->asked);
    g_free(set->first);
    g_free(set);
}

/* Two runs of one shard take different times for the same answers. */
static void
drop_times(json_t *value)
{
    json_object_del(value, "ms");
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at))
        drop_times(json_object_iter_value(at));
    for (size_t i = 0; i < json_array_size(value); i++)
        drop_times(json_array_get(value, i));
}

/* (transfer full) */
static char *
answers_sum(const json_t *root)
{
    static const char *const members[] = {"tickets", "proofs", "ports", "gaps"};
    json_t *answers = json_object();
    for (guint i = 0; i < G_N_ELEMENTS(members); i++)
        json_object_set(answers, members[i], json_object_get(root, members[i]));
    json_t *copy = json_deep_copy(answers);
    drop_times(copy);
    char *text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    free(text);
    json_decref(copy);
    json_decref(answers);
    return sum;
}

/* Whether the file belongs to this merge: the message says what else it is of. */
static bool
check_belongs(ShardSet *set, const json_t *root, const char *path, GError **error)
{
    const json_t *asked = json_object_get(root, "asked");
    const char *run_id = json_string_value(json_object_get(root, "run_id"));
    const char *other = NULL;
    if (g_strcmp0(run_id, set->run_id) != 0)
        other = "of another run (--run-id)";
    else if (!json_equal(json_object_get(root, "snapshot"), set->snapshot))
        other = "of another snapshot (SHA-256): give the merge the file that the shards "
                "read";
    else if (!shard_is(json_object_get(root, "questions"), set->plan))
        other =
            "asked about other hosts: give the merge the --host, --scope and --config "
            "that the shards were given";
    if (other) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
        return fault_set(error, FAULT_CONFIG, "%s is %s", shown, other);
    }
    if (!set->asked) {
        set->asked = json_deep_copy(asked);
        set->first = g_strdup(path);
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    g_autofree char *first = text_quoted(QUOTE_TERMINAL, set->first);
    return json_equal(set->asked, asked) ||
           fault_set(error, FAULT_CONFIG,
                     "%s and %s asked for different things: give every shard the same "
                     "--no-tickets, --prove-as and --ports",
                     first, shown);
}

/* Each of a list's elements, with its place in the reader. */
static void
each(ShardReader *reader, const json_t *list, const char *key,
     void (*take)(ShardReader *reader, const json_t *value, guint place, void *into),
     void *into)
{
    for (gsize i = 0; i < json_array_size(list) && !reader->wrong; i++) {
        reader->place = g_strdup_printf("%s[%" G_GSIZE_FORMAT "]", key, i);
        take(reader, json_array_get(list, i), (guint)i, into);
        g_clear_pointer(&reader->place, g_free);
    }
}

typedef struct {
    ShardSet *set;
    Part *part;
    guint first; /* of its questions among all */
} Taking;

static void
take_ticket(ShardReader *reader, const json_t *value, guint place, void *into)
{
    const Taking *taking = into;
    const char *spn = taking->set->wanted->pdata[taking->first + place];
    g_ptr_array_add(taking->part->tickets, shard_read_ticket(reader, value, spn));
}

static void
take_machine(ShardReader *reader, const json_t *value, guint place, void *into)
{
    const Taking *taking = into;
    shard_read_machine(reader, value,
                       taking->set->machines->pdata[taking->first + place]);
}

static void
take_source(ShardReader *reader, const json_t *value, guint place, void *into)
{
    const Taking *taking = into;
    Part *part = taking->part;
    (void)place;
    const char *dn = shard_text(reader, value, "source", false);
    const Account *source = estate_by_dn(reader->audit->estate, dn);
    const json_t *proof = json_object_get(value, "proof");
    if (!source) {
        shard_refuse(reader, "source", "no account of the snapshot");
        return;
    }
    g_ptr_array_add(part->sources, (gpointer)source);
    g_ptr_array_add(part->silent, (gpointer)shard_text(reader, value, "silence", true));
    if (!json_is_null(proof))
        g_ptr_array_add(part->proofs, shard_read_proof(reader, proof, source));
}

static void
take_gap(ShardReader *reader, const json_t *value, guint place, void *into)
{
    const Taking *taking = into;
    Gap *gap = g_new0(Gap, 1);
    (void)place;
    gap->what = g_strdup(shard_text(reader, value, "what", false));
    gap->why = g_strdup(shard_text(reader, value, "why", false));
    g_ptr_array_add(taking->part->gaps, gap);
}

/* All answers of a list that has exactly one for each of the shard's questions. */
static void
take_answers(ShardReader *reader, const json_t *root, const char *key, const char *asked,
             const Shard *shard, guint questions, Taking *taking,
             void (*take)(ShardReader *, const json_t *, guint, void *))
{
    guint count = 0;
    shard_span(shard, questions, &taking->first, &count);
    if (!json_is_true(json_object_get(taking->set->asked, asked)))
        count = 0;
    const json_t *list = shard_list(reader, root, key, count);
    if (json_array_size(list) < count)
        shard_refuse(reader, key, "answers are missing");
    each(reader, list, key, take, taking);
}

static void
read_answers(ShardReader *reader, const json_t *root, const Shard *shard, Taking *taking)
{
    ShardSet *set = taking->set;
    gsize accounts = set->audit->estate->accounts->len;
    bool proves = json_is_string(json_object_get(set->asked, "prove_as"));
    take_answers(reader, root, "tickets", "tickets", shard, set->wanted->len, taking,
                 take_ticket);
    take_answers(reader, root, "ports", "ports", shard, set->machines->len, taking,
                 take_machine);
    each(reader, shard_list(reader, root, "proofs", proves ? accounts : 0), "proofs",
         take_source, taking);
    gsize gaps = accounts + set->wanted->len * (proves ? accounts : 0);
    each(reader, shard_list(reader, root, "gaps", gaps), "gaps", take_gap, taking);
}

static bool
refuse_file(const char *path, const char *what, GError **error)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    g_autofree char *line = text_quoted(QUOTE_TERMINAL, what);
    return fault_set(error, FAULT_MALFORMED, "%s: %s", shown, line);
}

static bool
add_part(ShardSet *set, ShardReader *reader, const json_t *root, const char *path,
         GError **error)
{
    Shard shard = {0};
    if (!shard_is(json_object_get(root, "schema"), SHARD_SCHEMA))
        return refuse_file(
            path, "no answers of kcdaudit audit --shard (" SHARD_SCHEMA ")", error);
    shard.count = (guint)shard_number(reader, root, "of", 1, MOST_SHARDS);
    shard.index = (guint)shard_number(reader, root, "shard", 0, (gint64)shard.count - 1);
    if (!json_is_object(json_object_get(root, "asked")))
        shard_refuse(reader, "asked", "what was asked for is missing");
    if (reader->wrong)
        return refuse_file(path, reader->wrong, error);
    if (!check_belongs(set, root, path, error))
        return false;
    if (set->parts->len == 0)
        g_ptr_array_set_size(set->parts, (gint)shard.count);
    if (set->parts->len != shard.count) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
        return fault_set(error, FAULT_CONFIG,
                         "%s is one of %u shards, and those before it are of %u", shown,
                         shard.count, set->parts->len);
    }
    g_autofree char *sum = answers_sum(root);
    const Part *other = set->parts->pdata[shard.index];
    if (other) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
        g_autofree char *before = text_quoted(QUOTE_TERMINAL, other->path);
        return strcmp(other->answers, sum) == 0 ||
               fault_set(error, FAULT_CONFIG,
                         "%s and %s are both shard %u and do not say the same: leave one "
                         "out",
                         before, shown, shard.index);
    }
    Part *part = part_new(path);
    set->parts->pdata[shard.index] = part;
    part->answers = g_steal_pointer(&sum);
    Taking taking = {set, part, 0};
    read_answers(reader, root, &shard, &taking);
    return !reader->wrong || refuse_file(path, reader->wrong, error);
}

bool
shard_set_add(ShardSet *set, const char *path, GError **error)
{
    g_autofree char *data = NULL;
    gsize length = 0;
    json_error_t why;
    if (!file_read(path, MOST_SHARD_BYTES, FAULT_CONFIG, &data, &length, error))
        return false;
    json_t *root = json_loadb(data, length, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return refuse_file(path, why.text, error);
    ShardReader reader = {.audit = set->audit, .texts = set->texts};
    bool added = add_part(set, &reader, root, path, error);
    g_free(reader.place);
    g_free(reader.wrong);
    json_decref(root);
    return added;
}

/* What would have been asked by a shard that did not return. */
static void
miss_tickets(const ShardSet *set, const Shard *shard, const char *why, GPtrArray *tickets)
{
    guint first = 0, count = 0;
    shard_span(shard, set->wanted->len, &first, &count);
    for (guint i = first; i < first + count; i++) {
        TicketEvidence *ticket = g_new0(TicketEvidence, 1);
        ticket->spn = set->wanted->pdata[i];
        ticket->error = why;
        g_ptr_array_add(tickets, ticket);
    }
}

static void
move_all(GPtrArray *from, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_steal_pointer(&from->pdata[i]));
    g_ptr_array_set_size(from, 0);
}

static void
take_proofs(const Part *part, Audit *audit, GPtrArray *proofs)
{
    for (guint i = 0; i < part->gaps->len; i++) {
        const Gap *gap = part->gaps->pdata[i];
        audit_add_gap(audit, gap->what, gap->why);
    }
    for (guint i = 0; i < part->sources->len; i++)
        if (part->silent->pdata[i])
            audit_add_silence(audit, part->sources->pdata[i], part->silent->pdata[i]);
    move_all(part->proofs, proofs);
}

/* Sources that no shard answered for. */
static void
miss_proofs(const ShardSet *set, const Session *session, Audit *audit)
{
    g_autoptr(GHashTable) visited = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) sources = session_sources(session, audit);
    for (guint i = 0; i < set->parts->len; i++) {
        const Part *part = set->parts->pdata[i];
        for (guint s = 0; part && s < part->sources->len; s++)
            g_hash_table_add(visited, part->sources->pdata[s]);
    }
    for (guint i = 0; i < sources->len; i++) {
        const Account *source = sources->pdata[i];
        if (g_hash_table_contains(visited, source))
            continue;
        g_autofree char *what = g_strdup_printf("delegation from %s", source->name);
        audit_add_gap(audit, what, "not proved: its shard did not return");
        audit_add_silence(audit, source, "its shard did not return");
    }
}

static void
miss_shard(const ShardSet *set, const Shard *shard, Audit *audit)
{
    guint first = 0, tickets = 0, machines = 0;
    shard_span(shard, set->wanted->len, &first, &tickets);
    shard_span(shard, set->machines->len, &first, &machines);
    g_autofree char *what =
        g_strdup_printf("shard %u of %u (numbered from 0)", shard->index, shard->count);
    g_autoptr(GString) why = g_string_new("did not return");
    if (json_is_true(json_object_get(set->asked, "tickets")))
        g_string_append_printf(why, "; test tickets not asked for: %u", tickets);
    if (json_is_true(json_object_get(set->asked, "ports")))
        g_string_append_printf(why, "; machines whose ports were not tried: %u",
                               machines);
    audit_add_gap(audit, what, why->str);
}

void
shard_set_take(ShardSet *set, const Session *session, Audit *audit)
{
    GPtrArray *tickets = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *proofs =
        g_ptr_array_new_with_free_func((GDestroyNotify)proof_evidence_free);
    for (guint i = 0; i < set->parts->len; i++) {
        const Part *part = set->parts->pdata[i];
        const Shard shard = {i, set->parts->len};
        g_autofree char *why =
            g_strdup_printf("shard %u of %u did not return", i, set->parts->len);
        if (part) {
            move_all(part->tickets, tickets);
            take_proofs(part, audit, proofs);
            continue;
        }
        miss_tickets(set, &shard, g_string_chunk_insert(set->texts, why), tickets);
        miss_shard(set, &shard, audit);
    }
    if (json_is_true(json_object_get(set->asked, "tickets")))
        audit_take_tickets(audit, tickets);
    else
        g_ptr_array_unref(tickets);
    if (json_is_string(json_object_get(set->asked, "prove_as"))) {
        miss_proofs(set, session, audit);
        audit_take_proofs(audit, proofs);
    } else {
        g_ptr_array_unref(proofs);
    }
    if (json_is_true(json_object_get(set->asked, "ports")))
        audit_take_net(audit, g_steal_pointer(&set->machines));
}
