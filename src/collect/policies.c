#include "collect/policies.h"

#include "base/text.h"
#include "model/gpo.h"

#include <string.h>

/* schemaIDGUIDs (MS-ADA1); none is in a property set. */
#define GUID_LINK "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
#define GUID_OPTIONS "f30e3bbf-9ff0-11d1-b603-0000f80367c1"
#define GUID_EXTENSIONS "32ff8ecc-783f-11d2-9916-0000f87a57d4"

Tri
policies_may_see(const Intake *intake, const Entry *entry, const char *dn,
                 const char *guid_text)
{
    const EntryAttribute *security = entry_find(entry, "nTSecurityDescriptor");
    GHashTable *token = intake_root_of(intake, dn)->token;
    g_autoptr(SecDesc) descriptor = NULL;
    Guid guid;
    bool parsed = guid_parse(guid_text, &guid);
    g_assert(parsed);
    if (!security || !token ||
        !secdesc_parse(security->values[0].bv_val, security->values[0].bv_len,
                       &descriptor, NULL))
        return TRI_UNKNOWN;
    return secdesc_check_property(descriptor, token, RIGHT_READ_PROPERTY, &guid, NULL) ==
                   ACCESS_GRANTED
               ? TRI_YES
               : TRI_NO;
}

/* Whether an attribute that may be absent is known: to be there, or not to be. */
static Tri
is_known(const Intake *intake, const Entry *entry, const char *dn, const char *name,
         const char *guid)
{
    return entry_find(entry, name) ? TRI_YES : policies_may_see(intake, entry, dn, guid);
}

static const char *
take_text(Estate *estate, const Entry *entry, const char *name)
{
    g_autofree char *text = entry_text(entry, name);
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    return estate_string(estate, valid);
}

/* An entry may come more than once, the domain's without these attributes first. */
static void
take_container(const Intake *intake, const Entry *entry, const char *dn, bool site)
{
    Container *container = estate_add_container(intake->estate, dn, site);
    const char *links = take_text(intake->estate, entry, "gPLink");
    Tri knows_links = is_known(intake, entry, dn, "gPLink", GUID_LINK);
    Tri knows_options = is_known(intake, entry, dn, "gPOptions", GUID_OPTIONS);
    if (entry_find(entry, "gPLink") && !links)
        knows_links = TRI_NO; /* nothing that could be a list */
    if (links)
        container->links = links;
    if (entry_find(entry, "gPOptions"))
        container->options = (guint32)entry_integer(entry, "gPOptions", 0);
    if (container->unread != TRI_UNKNOWN)
        return;
    if (knows_links == TRI_NO || knows_options == TRI_NO)
        container->unread = TRI_YES;
    else if (knows_links == TRI_YES && (knows_options == TRI_YES || links))
        container->unread = TRI_NO;
}

/* A GPO of which the reader sees no version is as good as hidden: every one has
 * it.  Its parts are 16 bits each, so the whole may look negative. */
static void
take_gpo(const Intake *intake, const Entry *entry, const char *dn)
{
    if (!entry_find(entry, "versionNumber"))
        return;
    Estate *estate = intake->estate;
    Gpo *gpo = estate_add_gpo(estate, dn);
    const char *value = strchr(dn, '=');
    value = value ? value + 1 : dn;
    gpo->guid = estate_string_len(estate, value, (gssize)strcspn(value, ","));
    gpo->name = take_text(estate, entry, "displayName");
    gpo->name = gpo->name ? gpo->name : gpo->guid;
    gpo->path = take_text(estate, entry, "gPCFileSysPath");
    gpo->wmi_filter = take_text(estate, entry, "gPCWQLFilter");
    gpo->extensions = take_text(estate, entry, "gPCMachineExtensionNames");
    if (!gpo->extensions && policies_may_see(intake, entry, dn, GUID_EXTENSIONS) == TRI_YES)
        gpo->extensions = "";
    gpo->flags = entry_integer(entry, "flags", -1);
    gpo->version = (guint32)entry_integer(entry, "versionNumber", 0);
    gpo->functionality = entry_integer(entry, "gPCFunctionalityVersion", -1);
}

void
policies_absorb(const Intake *intake, const Entry *entry, const char *dn)
{
    bool site = entry_has(entry, "objectClass", "site");
    if (site || entry_has(entry, "objectClass", "organizationalUnit") ||
        entry_has(entry, "objectClass", "domainDNS"))
        take_container(intake, entry, dn, site);
    else if (entry_has(entry, "objectClass", "groupPolicyContainer"))
        take_gpo(intake, entry, dn);
}

/* The containers above the audited hosts of this domain that may carry links; its
 * head always. */
static GPtrArray *
containers_above(const Live *live)
{
    const Reader *reader = live->reader;
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *above = g_ptr_array_new();
    g_ptr_array_add(above, live->root->domain_dn);
    for (guint i = 0; i < reader->estate->accounts->len; i++) {
        const Account *account = reader->estate->accounts->pdata[i];
        if (account->partial || !live_holds(live, account->dn) ||
            !intake_wants(reader->intake, reader->plan, account))
            continue;
        for (const char *dn = dn_parent(account->dn);
             dn && !text_equal(dn, live->root->domain_dn); dn = dn_parent(dn))
            if (g_ascii_strncasecmp(dn, "OU=", 3) == 0 &&
                g_hash_table_add(seen, text_fold(dn)))
                g_ptr_array_add(above, (gpointer)dn);
    }
    return above;
}

bool
policies_read(Live *live, GError **error)
{
    Reader *reader = live->reader;
    Estate *estate = reader->estate;
    bool first = reader->lives->pdata[0] == live;
    g_autoptr(GPtrArray) above = containers_above(live);
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    live_ask_batches(live, QUERY_GPO_LINKS, "dns", wanted_dns(above), jobs);
    g_ptr_array_add(jobs, live_ask(live, QUERY_GPOS, NULL, NULL));
    const Job *sites = first ? live_ask(live, QUERY_GPO_SITES, NULL, NULL) : NULL;
    if (!engine_run(live->engine, error))
        return false;
    estate->policies_read = jobs_complete(jobs) && (first || estate->policies_read);
    if (sites)
        estate->sites_read = sites->complete && sites->entries > 0;
    return true;
}

void
policies_note_file(Estate *estate)
{
    estate->policies_read = g_hash_table_size(estate->gpos) > 0;
    estate->sites_read = g_hash_table_size(estate->sites) > 0;
}

static void
settle_table(GHashTable *containers, bool judged)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, containers);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Container *container = value;
        if (container->unread == TRI_UNKNOWN)
            container->unread = judged ? TRI_YES : TRI_NO;
    }
}

void
policies_settle(Estate *estate, bool judged)
{
    settle_table(estate->containers, judged);
    settle_table(estate->sites, judged);
}
