/* NET-*: what answers on the network, and by what names. */
#include "checks.h"

#include "base/text.h"

#define FROM_HERE " Seen from this machine: the path between the hosts may differ."

/* "refused (reset)", "filtered (no answer in time, 5 s)".  Milliseconds would
 * make every audit differ from the one before. */
static char *
reply_text(const NetReply *reply)
{
    if (!reply->how)
        return g_strdup(net_state_names[reply->state]);
    if (reply->state == NET_FILTERED && reply->ms >= 1000.0)
        return g_strdup_printf("%s (%s, %.0f s)", net_state_names[reply->state],
                               reply->how, reply->ms / 1000.0);
    return g_strdup_printf("%s (%s)", net_state_names[reply->state], reply->how);
}

static void
evidence_port(Finding *finding, const NetEvidence *machine, const NetPort *port)
{
    for (guint i = 0; i < port->replies->len; i++) {
        const NetReply *reply = &g_array_index(port->replies, NetReply, i);
        g_autofree char *key = g_strdup_printf("TCP %u of %s at %s", port->number,
                                               machine->name, reply->address);
        g_autofree char *value = reply_text(reply);
        finding_evidence(finding, key, value);
    }
}

/* The addresses, few enough to read (transfer full). */
static char *
addresses_text(const NetEvidence *machine)
{
    GString *text = g_string_new(NULL);
    guint shown = MIN(machine->addresses->len, 4u);
    for (guint i = 0; i < shown; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               ((NetAddress *)machine->addresses->pdata[i])->text);
    if (shown < machine->addresses->len)
        g_string_append_printf(text, " and %u more", machine->addresses->len - shown);
    return g_string_free(text, FALSE);
}

static About
about_machine(const NetEvidence *machine, const char *target)
{
    return (About){
        .account = machine->account, .name = machine->name, .target_name = target};
}

static Finding *
fail_port(Sink *sink, Severity severity, const NetEvidence *machine, const NetPort *port)
{
    g_autofree char *target = port ? g_strdup_printf("TCP %u", port->number) : NULL;
    Finding *finding = sink_fail(sink, severity, about_machine(machine, target));
    finding->port = port ? port->number : 0;
    return finding;
}

/* Nothing is told of a machine without an address: NET-03 does. */
static bool
was_tried(const NetEvidence *machine, Sink *sink)
{
    if (machine->addresses->len > 0 && machine->ports->len > 0)
        return true;
    sink_not_asked(sink);
    return false;
}

/* Ports for which this machine had no socket. */
static void
tell_untried(const NetEvidence *machine, Sink *sink)
{
    guint count = 0;
    for (guint i = 0; i < machine->ports->len; i++)
        count += ((const NetPort *)machine->ports->pdata[i])->state == NET_NOT_TRIED;
    if (count == 0)
        return;
    Finding *finding = sink_unknown(sink, about_machine(machine, NULL));
    finding_say(finding, "Ports could not be tried",
                "%u of %u ports of %s were not tried: this machine has no more sockets "
                "for it (ulimit -n).",
                count, machine->ports->len, machine->name);
}

void
check_port_refused(const Audit *audit, const NetEvidence *machine, Sink *sink)
{
    (void)audit;
    if (!was_tried(machine, sink))
        return;
    for (guint i = 0; i < machine->ports->len; i++) {
        const NetPort *port = machine->ports->pdata[i];
        if (port->state != NET_REFUSED)
            continue;
        g_autofree char *title = g_strdup_printf("Nothing listens on TCP %u (%s)",
                                                 port->number, port->service->purpose);
        g_autofree char *addresses = addresses_text(machine);
        Finding *finding = fail_port(sink, port->service->refused, machine, port);
        finding_say(finding, title,
                    "%s (%s) is up and refuses connections to TCP %u. %s" FROM_HERE,
                    machine->name, addresses, port->number, port->service->closed);
        evidence_port(finding, machine, port);
    }
    tell_untried(machine, sink);
}

/* Not a single port answers: one finding tells more than one each. */
static void
fail_silent(const NetEvidence *machine, Sink *sink)
{
    bool filtered = false;
    for (guint i = 0; i < machine->ports->len; i++)
        filtered |= ((NetPort *)machine->ports->pdata[i])->state == NET_FILTERED;
    g_autofree char *addresses = addresses_text(machine);
    Finding *finding = fail_port(sink, SEVERITY_WARNING, machine, NULL);
    finding_say(
        finding,
        filtered ? "Nothing of the machine answers"
                 : "The machine cannot be reached from here",
        "No port of %s (%s) that was tried answers%s: it is off, DNS gives an address "
        "that is no longer its own, or %s." FROM_HERE,
        machine->name, addresses, filtered ? "" : ", and the network says so",
        filtered ? "a firewall on the way, or its own, drops what comes from this network"
                 : "there is no route to its network from here");
    for (guint i = 0; i < machine->ports->len; i++)
        evidence_port(finding, machine, machine->ports->pdata[i]);
}

void
check_port_filtered(const Audit *audit, const NetEvidence *machine, Sink *sink)
{
    (void)audit;
    if (!was_tried(machine, sink))
        return;
    if (net_evidence_is_silent(machine)) {
        fail_silent(machine, sink);
        return;
    }
    for (guint i = 0; i < machine->ports->len; i++) {
        const NetPort *port = machine->ports->pdata[i];
        if (port->state != NET_FILTERED && port->state != NET_UNREACHABLE)
            continue;
        g_autofree char *title = g_strdup_printf("TCP %u (%s) is filtered", port->number,
                                                 port->service->purpose);
        g_autofree char *addresses = addresses_text(machine);
        Finding *finding = fail_port(sink, SEVERITY_WARNING, machine, port);
        /* KB 2586744: Windows' firewall swallows its own resets. */
        finding_say(finding, title,
                    "%s (%s) answers on other ports, but not on this: a firewall on the "
                    "way, or the "
                    "host's own, drops it; or nothing listens, for the Windows firewall "
                    "drops its "
                    "refusals, too (stealth mode). On the host: Get-NetTCPConnection "
                    "-State Listen, "
                    "and Get-NetFirewallRule." FROM_HERE,
                    machine->name, addresses);
        evidence_port(finding, machine, port);
    }
    tell_untried(machine, sink);
}

static void
evidence_addresses(Finding *finding, const NetEvidence *machine)
{
    g_autofree char *key = g_strdup_printf("addresses of %s", machine->dns);
    g_autofree char *value = addresses_text(machine);
    finding_evidence(finding, key, *value ? value : "none");
}

/* Whether the name leads to addresses at all. */
static bool
has_addresses(const NetEvidence *machine, Sink *sink)
{
    if (machine->addresses->len > 0)
        return true;
    if (machine->lookup == NET_NAME_NO_ANSWER || machine->lookup == NET_NAME_NOT_ASKED) {
        Finding *finding = sink_unknown(sink, about_machine(machine, NULL));
        finding_say(finding, "DNS did not answer for the name",
                    "The address of %s could not be looked up in time, so neither its "
                    "names nor its ports were checked. See the servers in "
                    "/etc/resolv.conf.",
                    machine->dns);
        return false;
    }
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about_machine(machine, NULL));
    if (machine->lookup == NET_NAME_UNSOUND)
        finding_say(finding, "The name is not a host name",
                    "%s cannot be looked up: it is not a DNS name of a host. See SPN-07.",
                    machine->dns);
    else
        finding_say(
            finding, "The name has no address",
            "%s resolves to no address, so nobody can reach %s by it. On the host: "
            "ipconfig /registerdns; then see that DNS has its A record. Looked up by "
            "this machine's resolver.",
            machine->dns, machine->name);
    evidence_addresses(finding, machine);
    return false;
}

static bool
is_own_name(const NetEvidence *machine, const char *name)
{
    return text_equal(machine->dns, name) ||
           (machine->account && account_has_name(machine->account, name));
}

static const NetAddress *
address_of(const NetEvidence *machine, const char *text)
{
    for (guint i = 0; i < machine->addresses->len; i++)
        if (g_str_equal(((NetAddress *)machine->addresses->pdata[i])->text, text))
            return machine->addresses->pdata[i];
    return NULL;
}

/* The first address that both have; NULL: none. */
static const NetAddress *
shared_address(const NetEvidence *a, const NetEvidence *b)
{
    for (guint i = 0; i < a->addresses->len; i++) {
        const NetAddress *address = a->addresses->pdata[i];
        if (address_of(b, address->text))
            return address;
    }
    return NULL;
}

/* Whether another machine has it, too: then that is what is told. */
static bool
is_shared(const Audit *audit, const NetEvidence *machine, const NetAddress *address)
{
    for (guint i = 0; i < audit->net->len; i++)
        if (audit->net->pdata[i] != machine &&
            address_of(audit->net->pdata[i], address->text))
            return true;
    return false;
}

static void
evidence_names(Finding *finding, const NetAddress *address)
{
    g_autofree char *key = g_strdup_printf("names of %s", address->text);
    for (guint i = 0; i < address->names->len; i++)
        finding_evidence(finding, key, address->names->pdata[i]);
}

static void
check_reverse(const Audit *audit, const NetEvidence *machine, const NetAddress *address,
              Sink *sink)
{
    /* Without a reverse zone everything works; a wrong name in it does harm. */
    if (address->names->len == 0 || is_shared(audit, machine, address))
        return;
    for (guint i = 0; i < address->names->len; i++)
        if (is_own_name(machine, address->names->pdata[i]))
            return;
    Finding *finding =
        sink_fail(sink, SEVERITY_WARNING, about_machine(machine, address->text));
    finding_say(
        finding, "Forward and reverse name disagree",
        "%s resolves to %s, but that address resolves back to %s, which is not a name "
        "of %s: one of the records is stale. Whoever reaches the host by address asks "
        "for tickets to the other name, and DNS may lead to the wrong machine.",
        machine->dns, address->text, (char *)address->names->pdata[0], machine->name);
    evidence_addresses(finding, machine);
    evidence_names(finding, address);
}

void
check_name_resolution(const Audit *audit, const NetEvidence *machine, Sink *sink)
{
    if (!has_addresses(machine, sink))
        return;
    for (guint i = 0; i < machine->addresses->len; i++)
        check_reverse(audit, machine, machine->addresses->pdata[i], sink);
    for (guint i = 0; i < audit->net->len; i++) {
        const NetEvidence *other = audit->net->pdata[i];
        const NetAddress *shared =
            other != machine ? shared_address(machine, other) : NULL;
        if (!shared)
            continue;
        Finding *finding =
            sink_fail(sink, SEVERITY_WARNING, about_machine(machine, other->name));
        finding_say(
            finding, "Two machines with the same address",
            "%s and %s both resolve to %s: at least one of the records is stale, and "
            "what is meant for one of them reaches the other, which cannot decrypt the "
            "tickets (KRB_AP_ERR_MODIFIED, 0x80090322).",
            machine->dns, other->dns, shared->text);
        finding->target_account = other->account;
        evidence_addresses(finding, machine);
        evidence_addresses(finding, other);
        evidence_names(finding, shared);
    }
}
