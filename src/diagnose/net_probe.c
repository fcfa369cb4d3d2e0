/* Resolves the machines' names, then tries their ports, into the evidence. */
#include "diagnose/net_probe.h"

#include "ports.h"

#define AT_ONCE 128

static void
look_up_names(GPtrArray *machines, const NetworkOptions *options)
{
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    g_autoptr(GPtrArray) queries =
        g_ptr_array_new_with_free_func((GDestroyNotify)name_query_free);
    for (guint i = 0; i < machines->len; i++) {
        NetEvidence *machine = machines->pdata[i];
        if (!name_is_sound(machine->dns)) {
            machine->lookup = NET_NAME_UNSOUND;
            continue;
        }
        g_ptr_array_add(asked, machine);
        g_ptr_array_add(queries, name_query_new(machine->dns));
    }
    names_ask(queries, options->forward ? options->forward : names_forward,
              options->timeout_s);
    for (guint i = 0; i < asked->len; i++) {
        NetEvidence *machine = asked->pdata[i];
        const NameQuery *query = queries->pdata[i];
        machine->lookup = query->state;
        machine->lookup_ms = query->ms;
        for (guint f = 0; f < query->found->len; f++)
            net_evidence_add_address(machine, query->found->pdata[f]);
    }
}

static void
look_up_addresses(GPtrArray *machines, const NetworkOptions *options)
{
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    g_autoptr(GPtrArray) queries =
        g_ptr_array_new_with_free_func((GDestroyNotify)name_query_free);
    for (guint i = 0; i < machines->len; i++) {
        const NetEvidence *machine = machines->pdata[i];
        for (guint a = 0; a < machine->addresses->len; a++) {
            NetAddress *address = machine->addresses->pdata[a];
            g_ptr_array_add(asked, address);
            g_ptr_array_add(queries, name_query_new(address->text));
        }
    }
    names_ask(queries, options->reverse ? options->reverse : names_reverse,
              options->timeout_s);
    for (guint i = 0; i < asked->len; i++) {
        NetAddress *address = asked->pdata[i];
        const NameQuery *query = queries->pdata[i];
        address->reverse = query->state;
        for (guint f = 0; f < query->found->len; f++)
            g_ptr_array_add(address->names, g_strdup(query->found->pdata[f]));
    }
}

/* Whose answer a probe is. */
typedef struct {
    NetPort *port;
    const char *address;
} Errand;

static void
plan_machine(const NetEvidence *machine, GArray *probes, GArray *errands)
{
    for (guint p = 0; p < machine->ports->len; p++) {
        NetPort *port = machine->ports->pdata[p];
        if (machine->lookup != NET_NAME_FOUND)
            port->state = NET_NO_ADDRESS;
        for (guint a = 0; a < machine->addresses->len; a++) {
            PortProbe probe;
            Errand errand = {port, ((NetAddress *)machine->addresses->pdata[a])->text};
            if (!port_probe_init(&probe, errand.address, port->number))
                continue;
            g_array_append_val(probes, probe);
            g_array_append_val(errands, errand);
        }
    }
}

static void
try_ports(const GPtrArray *machines, const NetworkOptions *options)
{
    g_autoptr(GArray) probes = g_array_new(FALSE, FALSE, sizeof(PortProbe));
    g_autoptr(GArray) errands = g_array_new(FALSE, FALSE, sizeof(Errand));
    for (guint i = 0; i < machines->len; i++)
        plan_machine(machines->pdata[i], probes, errands);
    ports_try((PortProbe *)(void *)probes->data, probes->len,
              options->at_once ? options->at_once : AT_ONCE, options->timeout_s * 1000);
    for (guint i = 0; i < probes->len; i++) {
        const PortProbe *probe = &g_array_index(probes, PortProbe, i);
        const Errand *errand = &g_array_index(errands, Errand, i);
        net_port_add_reply(errand->port, errand->address, probe->state, probe->ms,
                           probe->how);
    }
}

void
net_probe_look(GPtrArray *machines, const NetworkOptions *options)
{
    look_up_names(machines, options);
    look_up_addresses(machines, options);
    try_ports(machines, options);
}
