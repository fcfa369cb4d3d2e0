/* An estate from an LDIF file. */

#include "collect/source.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "collect/intake.h"
#include "collect/ldif.h"

#include <string.h>

#define PROGRESS_EVERY 512

typedef struct {
    const CollectPlan *plan;
    const char *name;
    Intake *intake;
    /* The "# requesting:" line that `reading` was made from. */
    char *requesting;
    Reading reading;
} Offline;

/* ldapsearch names what it asked for; `*` and ALL leave out what a DC only
 * makes on request. */
static Reading
reading_of(const char *requesting)
{
    Reading reading = {.asked = ~G_GUINT64_CONSTANT(0)};
    if (!requesting)
        return reading;
    g_auto(GStrv) names = g_strsplit_set(requesting, " ,", -1);
    guint64 asked = 0;
    bool all = false;
    for (char **name = names; *name; name++) {
        EntryOptions options;
        AttrId attr;
        const struct berval value = {strlen(*name), *name};
        if (strcmp(*name, "*") == 0 || strcmp(*name, "ALL") == 0)
            all = true;
        else if (g_ascii_strcasecmp(*name, "nTSecurityDescriptor") == 0)
            reading.security = true;
        else if (entry_options(&value, &options) &&
                 attribute_find(*name, options.name_length, &attr))
            asked |= attribute_bit(attr);
    }
    if (!all)
        reading.asked = asked;
    return reading;
}

static void
take_entry(const Entry *entry, const char *requesting, void *data)
{
    Offline *offline = data;
    if (g_strcmp0(offline->requesting, requesting) != 0) {
        g_free(offline->requesting);
        offline->requesting = g_strdup(requesting);
        offline->reading = reading_of(requesting);
    }
    intake_absorb(offline->intake, entry, &offline->reading);
    /* A range in a file is where an export stopped; settling says so. */
    g_array_set_size(offline->intake->remainders, 0);
    guint count = offline->intake->count;
    if (offline->plan->progress && count % PROGRESS_EVERY == 0)
        offline->plan->progress("entries", count, offline->plan->progress_data);
}

static void
take_incomplete(const char *result, void *data)
{
    Offline *offline = data;
    g_autofree char *why = g_strdup_printf("the export ended with \"%s\"", result);
    estate_add_gap(offline->intake->estate, offline->name, why);
}

/* Whether every domain of the forest is in the file. */
static bool
covers_forest(const Intake *intake, const char *name)
{
    Estate *estate = intake->estate;
    const char *const what = "owners of SPNs in the rest of the forest";
    if (intake->crossrefs->len == 0) {
        /* An export of one naming context: its head shows it to be whole. */
        const Domain *audited = estate->domains->pdata[0];
        g_autofree char *key = text_fold(audited->dn);
        if (g_hash_table_contains(intake->heads, key))
            return true;
        g_autofree char *why =
            g_strdup_printf("%s holds neither %s itself nor CN=Partitions: export both",
                            name, audited->dn);
        estate_add_gap(estate, what, why);
        return false;
    }
    bool covers = true;
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        g_autofree char *key = text_fold(domain->dn);
        if (g_hash_table_contains(intake->heads, key))
            continue;
        g_autofree char *why = g_strdup_printf("%s holds nothing of %s", name,
                                               domain->dns ? domain->dns : domain->dn);
        estate_add_gap(estate, what, why);
        covers = false;
    }
    return covers;
}

static bool
settle(Offline *offline, GError **error)
{
    Intake *intake = offline->intake;
    Estate *estate = intake->estate;
    const char *name = offline->name;
    if (intake->count == 0)
        return fault_set(
            error, FAULT_MALFORMED,
            "%s: no entries in it; export the domain with ldapsearch or ldifde", name);
    if (!intake_settle_domains(intake))
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no domain in it; export the whole naming context "
                         "(ldapsearch -b DC=..., ldifde -d DC=...)",
                         name);
    if (estate->accounts->len == 0)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no accounts in it; export the whole naming context of %s",
                         name, estate->domain);
    estate->spns_forest_wide = covers_forest(intake, name);
    if (!estate->aliases_read) {
        g_autofree char *why = g_strdup_printf(
            "not in %s: export CN=Directory Service,CN=Windows NT,CN=Services,"
            "CN=Configuration,... too",
            name);
        estate_add_gap(estate, "sPNMappings", why);
    }
    intake_mark_hyperv(intake, NULL);
    /* Descriptors without the reader's groups say nothing about the reader. */
    intake_settle(intake, offline->plan, intake->any_security && intake->root.token);
    /* Ages are judged as of the export. */
    if (intake->root.has_time)
        estate->collected_us = intake->root.time_us;
    return true;
}

bool
source_read_ldif(const char *path, const CollectPlan *plan, Estate **ret_estate,
                 GError **error)
{
    char *data = NULL;
    gsize length = 0;
    g_auto(LdifText) text = {0};
    if (!file_read(path, LDIF_FILE_MAX, FAULT_MALFORMED, &data, &length, error) ||
        !ldif_text_of(path, data, length, &text, error))
        return false;

    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    estate->source_kind = "ldif";
    estate->source_uri = estate_string(estate, path);
    g_autoptr(Intake) intake = intake_new(estate);
    Offline offline = {plan, path, intake, NULL, reading_of(NULL)};
    const LdifHandler handler = {take_entry, take_incomplete, &offline};
    bool sound = ldif_walk(&text, &handler, error) && settle(&offline, error);
    g_free(offline.requesting);
    if (!sound)
        return false;
    if (plan->progress)
        plan->progress("entries", intake->count, plan->progress_data);
    estate_freeze(estate);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}
