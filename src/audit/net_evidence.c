/* Which ports are worth trying, and what was found, as evidence. */
#include "audit/net_evidence.h"

#define RPC_NOTE                                                                   \
    "RPC, and with it WMI and the old management tools, needs it; a Windows host " \
    "always listens here, so this may be another machine's address."

/* Microsoft's service overview and network port requirements (KB 832017). */
const NetService net_services[] = {
    {88, NET_DC, "Kerberos", SEVERITY_WARNING,
     "No KDC: the service (kdc) is stopped, or this is no domain controller any more."},
    {135, NET_HYPERV, "RPC endpoint mapper", SEVERITY_WARNING, RPC_NOTE},
    {389, NET_DC, "LDAP", SEVERITY_WARNING,
     "The directory service (NTDS) is stopped, or this is no domain controller any "
     "more."},
    {445, NET_HYPERV | NET_STORAGE, "SMB", SEVERITY_WARNING,
     "Storage cannot be moved: the Server service (LanmanServer) is stopped, or File and "
     "Printer Sharing is not bound to that adapter."},
    {464, NET_DC, "Kerberos password change", SEVERITY_WARNING,
     "Hosts cannot change their passwords there: the service (kdc) is stopped, or this "
     "is no domain controller any more."},
    {636, NET_DC, "LDAP over TLS", SEVERITY_INFO,
     "Only what uses ldaps:// needs it; live migration does not."},
    {3268, NET_DC, "Global Catalog", SEVERITY_INFO,
     "It is no Global Catalog: in order as long as another domain controller of the site "
     "is one."},
    /* The cluster's heartbeat is UDP, which no connection can try. */
    {3343, NET_CLUSTER, "failover cluster", SEVERITY_INFO,
     "The Cluster service (ClusSvc) is stopped, or does not listen at that address. "
     "Nodes talk over UDP 3343, which cannot be tried from here: Test-Cluster tells."},
    {5985, NET_HYPERV, "WinRM", SEVERITY_WARNING,
     "Windows Server 2016 and later manage migrations through it: on the host, winrm "
     "quickconfig, or Enable-PSRemoting."},
    {6600, NET_HYPERV, "live migration", SEVERITY_WARNING,
     "Live migration is not enabled there (Enable-VMMigration), the service (vmms) is "
     "stopped, or it listens on other networks: only on those that the host's migration "
     "settings select (Get-VMMigrationNetwork)."},
};
const guint net_services_count = G_N_ELEMENTS(net_services);

const char *const net_state_names[NET_STATE_COUNT] = {
    [NET_NOT_TRIED] = "not tried",     [NET_NO_ADDRESS] = "no address",
    [NET_UNREACHABLE] = "unreachable", [NET_FILTERED] = "filtered",
    [NET_REFUSED] = "refused",         [NET_OPEN] = "open"};

static void
address_free(gpointer data)
{
    NetAddress *address = data;
    g_free(address->text);
    g_ptr_array_unref(address->names);
    g_free(address);
}

static void
port_free(gpointer data)
{
    NetPort *port = data;
    g_array_unref(port->replies);
    g_free(port);
}

void
net_evidence_add_roles(NetEvidence *machine, guint roles)
{
    g_ptr_array_set_size(machine->ports, 0);
    machine->roles |= roles;
    for (guint i = 0; i < net_services_count; i++) {
        if ((net_services[i].roles & machine->roles) == 0)
            continue;
        NetPort *port = g_new0(NetPort, 1);
        port->service = &net_services[i];
        port->number = net_services[i].number;
        port->replies = g_array_new(FALSE, FALSE, sizeof(NetReply));
        g_ptr_array_add(machine->ports, port);
    }
}

NetEvidence *
net_evidence_new(const Account *account, const char *name, const char *dns, guint roles)
{
    NetEvidence *machine = g_new0(NetEvidence, 1);
    machine->account = account;
    machine->name = g_strdup(name);
    machine->dns = g_strdup(dns);
    machine->addresses = g_ptr_array_new_with_free_func(address_free);
    machine->ports = g_ptr_array_new_with_free_func(port_free);
    net_evidence_add_roles(machine, roles);
    return machine;
}

void
net_evidence_free(NetEvidence *machine)
{
    if (!machine)
        return;
    g_free(machine->name);
    g_free(machine->dns);
    g_ptr_array_unref(machine->addresses);
    g_ptr_array_unref(machine->ports);
    g_free(machine);
}

NetAddress *
net_evidence_add_address(NetEvidence *machine, const char *text)
{
    NetAddress *address = g_new0(NetAddress, 1);
    address->text = g_strdup(text);
    address->names = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(machine->addresses, address);
    return address;
}

void
net_port_add_reply(NetPort *port, const char *address, NetState state, double ms,
                   const char *how)
{
    NetReply reply = {address, state, ms, how};
    if (port->replies->len == 0 || state > port->state) {
        port->state = state;
        port->ms = ms;
    }
    g_array_append_val(port->replies, reply);
}

bool
net_evidence_is_silent(const NetEvidence *machine)
{
    bool tried = false;
    for (guint i = 0; i < machine->ports->len; i++) {
        const NetPort *port = machine->ports->pdata[i];
        if (port->state > NET_FILTERED)
            return false;
        tried = tried || port->state >= NET_UNREACHABLE;
    }
    return tried;
}
