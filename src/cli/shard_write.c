/* audit --shard: asks a part of the questions, and writes the answers as JSON. */
#include "shard.h"

#include "base/file.h"
#include "base/text.h"
#include "emit.h"
#include "model/origin.h"
#include "render/tree.h"
#include "shard_file.h"

const char *const shard_lookups[] = {"not-asked", "found",   "none",
                                     "no-answer", "unsound", NULL};

static void
put_bool(json_t *object, const char *key, bool value)
{
    tree_put(object, key, json_boolean(value));
}

static json_t *
ticket_json(const TicketEvidence *ticket)
{
    json_t *object = json_object();
    tree_put_text(object, "spn", ticket->spn);
    tree_put_text(object, "asker", ticket->asker ? ticket->asker->dn : NULL);
    put_bool(object, "granted", ticket->granted);
    put_bool(object, "answered", ticket->answered);
    tree_put(object, "error_code", json_integer(ticket->error_code));
    tree_put_text(object, "error", ticket->error);
    tree_put(object, "ntstatus", json_integer(ticket->ntstatus));
    tree_put(object, "etype", json_integer(ticket->etype));
    tree_put(object, "kvno", json_integer(ticket->kvno));
    tree_put(object, "ms", json_real(ticket->ms));
    return object;
}

static json_t *
tickets_json(const GPtrArray *tickets)
{
    json_t *array = json_array();
    for (guint i = 0; tickets && i < tickets->len; i++)
        json_array_append_new(array, ticket_json(tickets->pdata[i]));
    return array;
}

/* NULL: none. */
static json_t *
proof_json(const ProofEvidence *proof)
{
    if (!proof)
        return json_null();
    json_t *object = json_object();
    tree_put_text(object, "user", proof->user);
    tree_put(object, "lacking", json_integer(proof->lacking));
    put_bool(object, "tgt_forwardable", proof->tgt_forwardable);
    put_bool(object, "self_granted", proof->self_granted);
    put_bool(object, "self_forwardable", proof->self_forwardable);
    tree_put(object, "self_error_code", json_integer(proof->self_error_code));
    tree_put_text(object, "self_error", proof->self_error);
    tree_put(object, "results", tickets_json(proof->results));
    return object;
}

/* source -> const ProofEvidence *, the first of each (transfer full). */
static GHashTable *
proofs_by_source(const GPtrArray *proofs)
{
    GHashTable *by_source = g_hash_table_new(NULL, NULL);
    for (guint i = 0; proofs && i < proofs->len; i++) {
        const ProofEvidence *proof = proofs->pdata[i];
        if (!g_hash_table_contains(by_source, proof->source))
            g_hash_table_insert(by_source, (gpointer)proof->source, (gpointer)proof);
    }
    return by_source;
}

static json_t *
sources_json(const Session *session, const Audit *audit)
{
    json_t *array = json_array();
    if (!session->options->prove_as)
        return array;
    g_autoptr(GPtrArray) sources = session_sources(session, audit);
    g_autoptr(GHashTable) proofs = proofs_by_source(audit->proofs);
    for (guint i = 0; i < sources->len; i++) {
        const Account *source = sources->pdata[i];
        json_t *object = json_object();
        tree_put_text(object, "source", source->dn);
        tree_put_text(object, "silence",
                      audit->silent ? g_hash_table_lookup(audit->silent, source) : NULL);
        tree_put(object, "proof", proof_json(g_hash_table_lookup(proofs, source)));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *
addresses_json(const NetEvidence *machine)
{
    json_t *array = json_array();
    for (guint i = 0; i < machine->addresses->len; i++) {
        const NetAddress *address = machine->addresses->pdata[i];
        json_t *object = json_object();
        tree_put_text(object, "address", address->text);
        tree_put_text(object, "reverse", shard_lookups[address->reverse]);
        tree_put(object, "names", tree_strings(address->names));
        json_array_append_new(array, object);
    }
    return array;
}

/* Which of its addresses a reply came from. */
static guint
address_place(const NetEvidence *machine, const char *text)
{
    for (guint i = 0; i < machine->addresses->len; i++)
        if (((const NetAddress *)machine->addresses->pdata[i])->text == text)
            return i;
    return 0;
}

static json_t *
ports_json(const NetEvidence *machine)
{
    json_t *array = json_array();
    for (guint p = 0; p < machine->ports->len; p++) {
        const NetPort *port = machine->ports->pdata[p];
        json_t *replies = json_array();
        for (guint i = 0; i < port->replies->len; i++) {
            const NetReply *reply = &g_array_index(port->replies, NetReply, i);
            json_t *object = json_object();
            tree_put_count(object, "address", address_place(machine, reply->address));
            tree_put_text(object, "state", net_state_names[reply->state]);
            tree_put_text(object, "how", reply->how);
            tree_put(object, "ms", json_real(reply->ms));
            json_array_append_new(replies, object);
        }
        json_t *object = json_object();
        tree_put_count(object, "port", port->number);
        tree_put(object, "replies", replies);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *
machines_json(const GPtrArray *machines)
{
    json_t *array = json_array();
    for (guint i = 0; machines && i < machines->len; i++) {
        const NetEvidence *machine = machines->pdata[i];
        json_t *object = json_object();
        tree_put_text(object, "name", machine->name);
        tree_put_text(object, "lookup", shard_lookups[machine->lookup]);
        tree_put(object, "ms", json_real(machine->lookup_ms));
        tree_put(object, "addresses", addresses_json(machine));
        tree_put(object, "ports", ports_json(machine));
        json_array_append_new(array, object);
    }
    return array;
}

/* Those from `first` on: of what was asked, not of what was read. */
static json_t *
gaps_json_from(const GPtrArray *gaps, guint first)
{
    json_t *array = json_array();
    for (guint i = first; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];
        json_t *object = json_object();
        tree_put_text(object, "what", gap->what);
        tree_put_text(object, "why", gap->why);
        json_array_append_new(array, object);
    }
    return array;
}

json_t *
shard_snapshot_json(const Estate *estate)
{
    g_autoptr(GPtrArray) sums = g_ptr_array_new();
    for (guint i = 0; i < estate->origins->len; i++) {
        const Origin *origin = estate->origins->pdata[i];
        for (guint f = 0; f < origin->files->len; f++)
            g_ptr_array_add(sums, ((const OriginFile *)origin->files->pdata[f])->sha256);
    }
    g_ptr_array_sort(sums, text_order);
    return tree_strings(sums);
}

static json_t *
shard_json(const Session *session, const Audit *audit, guint gaps_before)
{
    const Options *options = session->options;
    json_t *asked = json_object();
    put_bool(asked, "tickets", audit->tickets != NULL);
    tree_put_text(asked, "prove_as", options->prove_as);
    put_bool(asked, "ports", audit->net != NULL);

    g_autofree char *plan = shard_plan(audit);
    json_t *root = json_object();
    tree_put_text(root, "schema", SHARD_SCHEMA);
    tree_put_text(root, "version", KCDAUDIT_VERSION);
    tree_put_text(root, "run_id", options->run_id);
    tree_put_count(root, "shard", options->shard.index);
    tree_put_count(root, "of", options->shard.count);
    tree_put_text(root, "domain", session->estate->domain);
    tree_put(root, "snapshot", shard_snapshot_json(session->estate));
    tree_put_text(root, "questions", plan);
    tree_put(root, "asked", asked);
    tree_put(root, "tickets", tickets_json(audit->tickets));
    tree_put(root, "proofs", sources_json(session, audit));
    tree_put(root, "ports", machines_json(audit->net));
    tree_put(root, "gaps", gaps_json_from(audit->gaps, gaps_before));
    return root;
}

/* -o; in a directory, which is made where it is written as one, each shard has a name of
 * its own.  *ret_path NULL: standard output. */
static bool
find_place(const Options *options, char **ret_path, GError **error)
{
    const char *given = options->output;
    if (!given || g_str_equal(given, "-"))
        return true;
    g_autofree char *name = g_strdup_printf("shard-%u-of-%u.json", options->shard.index,
                                            options->shard.count);
    bool named = g_str_has_suffix(given, "/");
    if (named && !file_make_directory(given, error))
        return false;
    *ret_path = named || g_file_test(given, G_FILE_TEST_IS_DIR)
                    ? g_build_filename(given, name, NULL)
                    : g_strdup(given);
    return emit_check_path(*ret_path, error);
}

int
shard_run(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) tickets = NULL;
    g_autoptr(GPtrArray) proofs = NULL;
    g_autoptr(Audit) audit = NULL;
    g_autofree char *path = NULL;

    if (!find_place(options, &path, &error) || !proofs_are_possible(options, &error) ||
        !session_open(options, &session, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error) ||
        !session_shard_credentials(session, &error))
        return cli_fail(error);
    guint gaps_before = audit->gaps->len;
    if (!session_tickets(session, audit, &tickets, &error) ||
        !session_proofs(session, audit, &proofs, &error))
        return cli_fail(error);
    session_ports(session, audit);

    g_autoptr(GString) text = g_string_new(NULL);
    tree_write(text, shard_json(session, audit, gaps_before), 0);
    g_string_append_c(text, '\n');
    return emit_text(path, text, &error) ? EXIT_OK : cli_fail(error);
}
