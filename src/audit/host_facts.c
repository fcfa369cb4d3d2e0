/* Facts of hosts: made, asked and freed. */
#include "audit/host_facts.h"

#include "base/text.h"
#include "model/wellknown.h"

#include <arpa/inet.h>
#include <string.h>

const char *const facts_parts[FACTS_PARTS] = {"hyperv", "addresses", "credential_guard",
                                              "groups", "listening", "firewall",
                                              "rights", "clock"};
const char *const facts_states[FACTS_STATES] = {"used", "unknown-host", "older"};

HostFacts *
host_facts_new(void)
{
    HostFacts *facts = g_new0(HostFacts, 1);
    facts->networks = g_ptr_array_new_with_free_func(facts_net_free);
    facts->addresses = g_ptr_array_new_with_free_func(facts_net_free);
    facts->groups = g_ptr_array_new_with_free_func(facts_group_free);
    facts->listening = g_array_new(FALSE, FALSE, sizeof(guint16));
    facts->allowed = g_ptr_array_new_with_free_func(facts_port_free);
    facts->rights = g_ptr_array_new_with_free_func(facts_right_free);
    return facts;
}

void
host_facts_free(HostFacts *facts)
{
    if (!facts)
        return;
    for (guint i = 0; i < FACTS_PARTS; i++)
        g_free(facts->why[i]);
    g_ptr_array_unref(facts->networks);
    g_ptr_array_unref(facts->addresses);
    g_ptr_array_unref(facts->groups);
    g_array_unref(facts->listening);
    g_ptr_array_unref(facts->allowed);
    g_ptr_array_unref(facts->rights);
    g_free(facts->path);
    g_free(facts->sha256);
    g_free(facts->told);
    g_free(facts->name);
    g_free(facts->fqdn);
    g_free(facts->domain);
    g_free(facts->cluster);
    g_free(facts);
}

void
facts_net_free(gpointer net)
{
    g_free(((FactsNet *)net)->text);
    g_free(net);
}

void
facts_member_free(gpointer member)
{
    g_free(((FactsMember *)member)->name);
    g_free(member);
}

void
facts_group_free(gpointer group)
{
    g_free(((FactsGroup *)group)->name);
    g_ptr_array_unref(((FactsGroup *)group)->members);
    g_free(group);
}

void
facts_right_free(gpointer right)
{
    g_free(((FactsRight *)right)->right);
    g_ptr_array_unref(((FactsRight *)right)->principals);
    g_free(right);
}

void
facts_port_free(gpointer port)
{
    g_ptr_array_unref(((FactsPort *)port)->rules);
    g_free(port);
}

FactsNet *
facts_net_parse(const char *text)
{
    FactsNet net = {0};
    const char *slash = strchr(text, '/');
    g_autofree char *address =
        g_strndup(text, slash ? (gsize)(slash - text) : strlen(text));
    char *zone = strchr(address, '%'); /* of link-local addresses */
    if (zone)
        *zone = '\0';
    net.v6 = strchr(address, ':') != NULL;
    guint64 bits = net.v6 ? 128 : 32;
    if (inet_pton(net.v6 ? AF_INET6 : AF_INET, address, net.bytes) != 1 ||
        (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL)))
        return NULL;
    net.prefix = (guint)bits;
    net.text = g_strdup(text);
    return g_memdup2(&net, sizeof net);
}

bool
facts_net_holds(const FactsNet *net, const FactsNet *address)
{
    if (net->v6 != address->v6)
        return false;
    guint whole = net->prefix / 8, rest = net->prefix % 8;
    if (memcmp(net->bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || ((net->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

const FactsGroup *
host_facts_group(const HostFacts *facts, guint32 rid)
{
    Sid wanted = sid_builtin(rid);
    for (guint i = 0; i < facts->groups->len; i++) {
        const FactsGroup *group = facts->groups->pdata[i];
        if (sid_equal(&group->sid, &wanted))
            return group;
    }
    return NULL;
}

const FactsRight *
host_facts_right(const HostFacts *facts, const char *right)
{
    for (guint i = 0; i < facts->rights->len; i++) {
        const FactsRight *each = facts->rights->pdata[i];
        if (text_equal(each->right, right))
            return each;
    }
    return NULL;
}

const FactsPort *
host_facts_allowed(const HostFacts *facts, guint16 port)
{
    for (guint i = 0; i < facts->allowed->len; i++) {
        const FactsPort *each = facts->allowed->pdata[i];
        if (each->port == port)
            return each;
    }
    return NULL;
}

bool
host_facts_listens(const HostFacts *facts, guint16 port)
{
    for (guint i = 0; i < facts->listening->len; i++)
        if (g_array_index(facts->listening, guint16, i) == port)
            return true;
    return false;
}

char *
host_facts_auth(const HostFacts *facts)
{
    const char *name = facts->auth == FACTS_CREDSSP    ? "CredSSP"
                       : facts->auth == FACTS_KERBEROS ? "Kerberos"
                                                       : "not known to kcdaudit";
    return g_strdup_printf("%s (%u)", name, facts->auth);
}

char *
host_facts_source(const HostFacts *facts)
{
    g_autofree char *time = text_time(facts->collected_us);
    return g_strdup_printf("%s, collected %s", facts->path, time);
}
