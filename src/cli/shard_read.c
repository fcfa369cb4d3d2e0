/* Answers of a shard from JSON: what is no answer to its question is refused, with the
 * place. */
#include "shard_file.h"

#include "ticket/krberror.h"

#include <math.h>
#include <string.h>

#define TEXT_MAX 4000u     /* bytes */
#define ADDRESSES_MAX 256u /* of a machine, and names of an address */
#define MS_MAX 1e9

void
shard_refuse(ShardReader *reader, const char *key, const char *what)
{
    if (!reader->wrong)
        reader->wrong = g_strdup_printf("%s%s%s: %s", reader->place ? reader->place : "",
                                        reader->place && *key ? "." : "", key, what);
}

const json_t *
shard_list(ShardReader *reader, const json_t *object, const char *key, gsize most)
{
    const json_t *list = json_object_get(object, key);
    if (json_is_array(list) && json_array_size(list) <= most)
        return list;
    shard_refuse(reader, key,
                 json_is_array(list) ? "more answers than questions"
                                     : "a list was expected");
    return NULL;
}

const char *
shard_text(ShardReader *reader, const json_t *object, const char *key, bool may_be_null)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (json_is_null(value) && may_be_null)
        return NULL;
    if (text && json_string_length(value) <= TEXT_MAX && strlen(text) > 0)
        return g_string_chunk_insert(reader->texts, text);
    shard_refuse(reader, key,
                 text && *text ? "the text is too long" : "a text was expected");
    return "";
}

bool
shard_is(const json_t *value, const char *expected)
{
    g_autofree char *valid = g_utf8_make_valid(expected, -1);
    return g_strcmp0(json_string_value(value), valid) == 0;
}

gint64
shard_number(ShardReader *reader, const json_t *object, const char *key, gint64 least,
             gint64 most)
{
    const json_t *value = json_object_get(object, key);
    gint64 number = json_integer_value(value);
    if (json_is_integer(value) && number >= least && number <= most)
        return number;
    shard_refuse(reader, key, "a whole number in its range was expected");
    return least;
}

bool
shard_bool(ShardReader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        shard_refuse(reader, key, "true or false was expected");
    return json_is_true(value);
}

static double
ms_at(ShardReader *reader, const json_t *object)
{
    const json_t *value = json_object_get(object, "ms");
    double ms = json_number_value(value);
    if (json_is_number(value) && isfinite(ms) && ms >= 0 && ms <= MS_MAX)
        return ms;
    shard_refuse(reader, "ms", "milliseconds were expected");
    return 0;
}

/* One of a few words; the enum is its index. */
static guint
word_at(ShardReader *reader, const json_t *object, const char *key,
        const char *const *words, guint count)
{
    const char *text = json_string_value(json_object_get(object, key));
    for (guint i = 0; text && i < count; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    shard_refuse(reader, key, "none of the words that may stand here");
    return 0;
}

static const Account *
account_at(ShardReader *reader, const json_t *object, const char *key)
{
    const char *dn = shard_text(reader, object, key, true);
    const Account *account = dn ? estate_by_dn(reader->audit->estate, dn) : NULL;
    if (dn && !account)
        shard_refuse(reader, key, "no account of the snapshot");
    return account;
}

TicketEvidence *
shard_read_ticket(ShardReader *reader, const json_t *object, const char *spn)
{
    TicketEvidence *ticket = g_new0(TicketEvidence, 1);
    if (spn && !shard_is(json_object_get(object, "spn"), spn))
        shard_refuse(reader, "spn", "the answer to another question");
    ticket->spn = spn ? spn : shard_text(reader, object, "spn", false);
    ticket->asker = account_at(reader, object, "asker");
    ticket->granted = shard_bool(reader, object, "granted");
    ticket->answered = shard_bool(reader, object, "answered");
    ticket->error_code =
        (gint32)shard_number(reader, object, "error_code", G_MININT32, G_MAXINT32);
    ticket->error = shard_text(reader, object, "error", ticket->granted);
    ticket->ntstatus = (guint32)shard_number(reader, object, "ntstatus", 0, G_MAXUINT32);
    ticket->etype = (gint32)shard_number(reader, object, "etype", G_MININT32, G_MAXINT32);
    ticket->kvno = (guint32)shard_number(reader, object, "kvno", 0, G_MAXUINT32);
    ticket->ms = ms_at(reader, object);
    ticket->meaning = ticket->answered ? krberror_meaning(ticket->error_code) : NULL;
    ticket->ntstatus_name = ntstatus_name(ticket->ntstatus);
    if (ticket->granted && !ticket->answered)
        shard_refuse(reader, "granted", "a ticket that no KDC gave");
    return ticket;
}

ProofEvidence *
shard_read_proof(ShardReader *reader, const json_t *object, const Account *source)
{
    g_autoptr(GPtrArray) wanted = audit_wanted_proofs(reader->audit, source);
    ProofEvidence *proof = g_new0(ProofEvidence, 1);
    proof->source = source;
    proof->user = shard_text(reader, object, "user", false);
    proof->lacking = (guint32)shard_number(reader, object, "lacking", 0, G_MAXUINT32);
    proof->tgt_forwardable = shard_bool(reader, object, "tgt_forwardable");
    proof->self_granted = shard_bool(reader, object, "self_granted");
    proof->self_forwardable = shard_bool(reader, object, "self_forwardable");
    proof->self_error_code =
        (gint32)shard_number(reader, object, "self_error_code", G_MININT32, G_MAXINT32);
    proof->self_error = shard_text(reader, object, "self_error", true);
    proof->self_meaning =
        proof->self_error_code > 0 ? krberror_meaning(proof->self_error_code) : NULL;
    proof->results = g_ptr_array_new_with_free_func(g_free);
    const json_t *results = shard_list(reader, object, "results", wanted->len);
    for (gsize i = 0; i < json_array_size(results) && !reader->wrong; i++)
        g_ptr_array_add(
            proof->results,
            shard_read_ticket(reader, json_array_get(results, i), wanted->pdata[i]));
    return proof;
}

static void
read_address(ShardReader *reader, const json_t *object, NetEvidence *machine)
{
    const char *text = shard_text(reader, object, "address", false);
    NetAddress *address = net_evidence_add_address(machine, text);
    if (!g_hostname_is_ip_address(text) && !strchr(text, ':'))
        shard_refuse(reader, "address", "an IP address was expected");
    address->reverse = (NetNameState)word_at(reader, object, "reverse", shard_lookups,
                                             g_strv_length((char **)shard_lookups));
    const json_t *names = shard_list(reader, object, "names", ADDRESSES_MAX);
    for (gsize i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (!name || strlen(name) > TEXT_MAX)
            shard_refuse(reader, "names", "names were expected");
        else
            g_ptr_array_add(address->names, g_strdup(name));
    }
}

static void
read_port(ShardReader *reader, const json_t *object, NetEvidence *machine, NetPort *port)
{
    guint addresses = machine->addresses->len;
    if (json_integer_value(json_object_get(object, "port")) != port->number)
        shard_refuse(reader, "ports", "the answer to another question");
    if (machine->lookup != NET_NAME_FOUND)
        port->state = NET_NO_ADDRESS;
    const json_t *replies = shard_list(reader, object, "replies", addresses);
    for (gsize i = 0; i < json_array_size(replies) && !reader->wrong; i++) {
        const json_t *reply = json_array_get(replies, i);
        guint place =
            (guint)shard_number(reader, reply, "address", 0, (gint64)addresses - 1);
        guint state = word_at(reader, reply, "state", net_state_names, NET_STATE_COUNT);
        const char *how = shard_text(reader, reply, "how", true);
        double ms = ms_at(reader, reply);
        if (!reader->wrong)
            net_port_add_reply(port,
                               ((NetAddress *)machine->addresses->pdata[place])->text,
                               (NetState)state, ms, how);
    }
}

void
shard_read_machine(ShardReader *reader, const json_t *object, NetEvidence *machine)
{
    if (!shard_is(json_object_get(object, "name"), machine->name))
        shard_refuse(reader, "name", "the answer to another question");
    machine->lookup = (NetNameState)word_at(reader, object, "lookup", shard_lookups,
                                            g_strv_length((char **)shard_lookups));
    machine->lookup_ms = ms_at(reader, object);
    const json_t *addresses = shard_list(reader, object, "addresses", ADDRESSES_MAX);
    for (gsize i = 0; i < json_array_size(addresses) && !reader->wrong; i++)
        read_address(reader, json_array_get(addresses, i), machine);
    const json_t *ports = shard_list(reader, object, "ports", machine->ports->len);
    if (json_array_size(ports) != machine->ports->len)
        shard_refuse(reader, "ports", "some ports are missing");
    for (guint i = 0; i < machine->ports->len && !reader->wrong; i++)
        read_port(reader, json_array_get(ports, i), machine, machine->ports->pdata[i]);
}
