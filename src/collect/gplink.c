/* Parses gPLink, and takes GPOs, sites and their subnets in. */
#include "gplink.h"

#include "model/dn.h"
#include "model/gpo.h"
#include "model/secdesc.h"

/* schemaIDGUIDs (MS-ADA1); none is in a property set. */
#define GUID_LINK "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
#define GUID_OPTIONS "f30e3bbf-9ff0-11d1-b603-0000f80367c1"
#define GUID_EXTENSIONS "32ff8ecc-783f-11d2-9916-0000f87a57d4"

/* Whether an attribute that may be absent is known: to be there, or not to be. */
static Tri
is_known(GHashTable *token, const Entry *entry, const char *name, const char *guid)
{
    return entry_find(entry, name) ? TRI_YES : entry_may_see(entry, token, guid);
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
take_container(Estate *estate, GHashTable *token, const Entry *entry, const char *dn,
               bool site)
{
    Container *container = estate_add_container(estate, dn, site);
    const char *links = take_text(estate, entry, "gPLink");
    Tri knows_links = is_known(token, entry, "gPLink", GUID_LINK);
    Tri knows_options = is_known(token, entry, "gPOptions", GUID_OPTIONS);
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
take_gpo(Estate *estate, GHashTable *token, const Entry *entry, const char *dn)
{
    if (!entry_find(entry, "versionNumber"))
        return;
    Gpo *gpo = estate_add_gpo(estate, dn);
    g_autofree char *guid = dn_name(dn);
    gpo->guid = estate_string(estate, guid);
    gpo->name = take_text(estate, entry, "displayName");
    gpo->name = gpo->name ? gpo->name : gpo->guid;
    gpo->path = take_text(estate, entry, "gPCFileSysPath");
    gpo->wmi_filter = take_text(estate, entry, "gPCWQLFilter");
    gpo->extensions = take_text(estate, entry, "gPCMachineExtensionNames");
    if (!gpo->extensions && entry_may_see(entry, token, GUID_EXTENSIONS) == TRI_YES)
        gpo->extensions = "";
    gpo->flags = entry_integer(entry, "flags", -1);
    gpo->version = (guint32)entry_integer(entry, "versionNumber", 0);
    gpo->functionality = entry_integer(entry, "gPCFunctionalityVersion", -1);
}

void
gplink_absorb(Estate *estate, GHashTable *token, const Entry *entry, const char *dn)
{
    bool site = entry_has(entry, "objectClass", "site");
    if (site || entry_has(entry, "objectClass", "organizationalUnit") ||
        entry_has(entry, "objectClass", "domainDNS"))
        take_container(estate, token, entry, dn, site);
    else if (entry_has(entry, "objectClass", "groupPolicyContainer"))
        take_gpo(estate, token, entry, dn);
}

void
gplink_note_file(Estate *estate)
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
gplink_settle(Estate *estate, bool judged)
{
    settle_table(estate->containers, judged);
    settle_table(estate->sites, judged);
}
