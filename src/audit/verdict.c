#include "audit/verdict.h"

#include "base/text.h"
#include "model/etypes.h"
#include "model/spn.h"

#include <string.h>

#define RID_PROTECTED_USERS 525

const char *const verdict_names[VERDICT_COUNT] = {"ready", "degraded", "unknown",
                                                  "broken"};

struct VerdictContext {
    const Estate *estate;
    EdgeIndex *edges;
    GHashTable *needed;   /* "number:names:services" -> TargetSpns */
    GHashTable *entries;  /* const Account * -> GArray of ListEntry */
    GHashTable *evidence; /* const Account * -> Evidence */
};

/* Whether the source's S4U2Self ticket is forwardable, asked once. */
typedef struct {
    Tri forwardable;
    const char *why;
} SelfEvidence;

static void
needed_free(gpointer data)
{
    NeededSpn *needed = data;
    g_free(needed->spn);
    g_free(needed->through);
    g_free(needed);
}

static void
target_free(gpointer data)
{
    TargetSpns *target = data;
    g_ptr_array_unref(target->needed);
    g_free(target);
}

VerdictContext *
verdict_context_new(const Estate *estate)
{
    VerdictContext *context = g_new0(VerdictContext, 1);
    context->estate = estate;
    context->edges = edge_index_new(estate);
    context->needed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, target_free);
    context->entries =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    context->evidence = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return context;
}

void
verdict_context_free(VerdictContext *context)
{
    if (!context)
        return;
    edge_index_free(context->edges);
    g_hash_table_unref(context->needed);
    g_hash_table_unref(context->evidence);
    g_hash_table_unref(context->entries);
    g_free(context);
}

EdgeIndex *
verdict_edges(VerdictContext *context)
{
    return context->edges;
}

const GArray *
verdict_entries(VerdictContext *context, const Account *source)
{
    GArray *entries = g_hash_table_lookup(context->entries, source);
    if (entries)
        return entries;
    entries =
        g_array_sized_new(FALSE, FALSE, sizeof(ListEntry), source->delegate_to->len);
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_auto(Resolved) resolved =
            estate_resolve(context->estate, source->delegate_to->pdata[i]);
        ListEntry entry = {source->delegate_to->pdata[i], resolved.how, NULL};
        if (resolved.owners && resolved.owners->len == 1)
            entry.owner = resolved.owners->pdata[0];
        g_array_append_val(entries, entry);
    }
    g_hash_table_insert(context->entries, (gpointer)source, entries);
    return entries;
}

Tri
verdict_krbtgt_delegable(const VerdictContext *context, const Account *of)
{
    const Account *krbtgt = estate_krbtgt(context->estate, of);
    if (!krbtgt || !account_knows(krbtgt, ATTR_UAC))
        return TRI_UNKNOWN;
    return krbtgt->uac & UAC_NOT_DELEGATED ? TRI_NO : TRI_YES;
}

static bool
owners_hold(const GPtrArray *owners, const Account *account)
{
    return owners && g_ptr_array_find((GPtrArray *)owners, account, NULL);
}

/* Step 1 of a verdict: the SPN must lead to exactly one enabled account, the
 * target's, forest-wide. */
static void
judge_spn(const Estate *estate, const Account *target, NeededSpn *needed)
{
    g_auto(Resolved) resolved = estate_resolve(estate, needed->spn);
    needed->how = resolved.how;
    needed->through = g_strdup(resolved.through);
    needed->owners = resolved.owners;
    needed->resolves_known = TRI_NO;

    bool ours = owners_hold(resolved.owners, target);
    if (resolved.how == RESOLVE_UNKNOWN) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem =
            resolved.similar ? "it is held in other blanks or accents alone, and whether "
                               "a KDC takes that for the same is not proven"
                             : "sPNMappings were not read, so an alias cannot be told";
    } else if (resolved.how == RESOLVE_MISSING) {
        if (!account_knows(target, ATTR_SPN)) {
            needed->resolves_known = TRI_UNKNOWN;
            needed->problem = "servicePrincipalName of the target could not be read";
        } else {
            needed->problem = "the SPN is on no account";
        }
    } else if (resolved.owners->len > 1) {
        needed->problem = "the SPN is on more than one account";
    } else if (!ours) {
        needed->problem = "the SPN is on another account";
    } else if (resolved.similar) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem =
            "another account holds it in other blanks or accents, and whether "
            "a KDC takes that for the same is not proven";
    } else if (!account_knows(target, ATTR_UAC)) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem = "userAccountControl of the target could not be read";
    } else if (!account_is_enabled(target)) {
        needed->problem = "the target's account is disabled";
    } else if (!estate->spns_forest_wide) {
        needed->resolves_known = TRI_UNKNOWN;
        needed->problem = "the rest of the forest was not searched for a second owner";
    } else {
        needed->resolves_known = TRI_YES;
        needed->resolves = true;
    }
}

static void
need_name(const Estate *estate, TargetSpns *target, Service service, const char *host,
          bool is_fqdn)
{
    NeededSpn *needed = g_new0(NeededSpn, 1);
    needed->spn = spn_of(service_classes[service], host);
    needed->service = service;
    needed->is_fqdn = is_fqdn;
    judge_spn(estate, target->account, needed);
    g_ptr_array_add(target->needed, needed);
}

const TargetSpns *
verdict_needed(VerdictContext *context, const Account *target, const Group *group,
               bool storage)
{
    guint services = storage ? 1u << SERVICE_CIFS : group->services;
    g_autofree char *key =
        g_strdup_printf("%u:%d:%u", target->number, group->names, services);
    TargetSpns *found = g_hash_table_lookup(context->needed, key);
    if (found)
        return found;

    found = g_new0(TargetSpns, 1);
    found->account = target;
    found->needed = g_ptr_array_new_with_free_func(needed_free);
    for (Service service = 0; service < SERVICE_COUNT; service++) {
        if ((services & 1u << service) == 0)
            continue;
        if (group->names != NAMES_FQDN)
            need_name(context->estate, found, service, target->name, false);
        if (group->names != NAMES_SHORT && target->dns)
            need_name(context->estate, found, service, target->dns, true);
    }
    g_hash_table_insert(context->needed, g_steal_pointer(&key), found);
    return found;
}

/* MS-SFU 3.2.5.1.2: the S4U2Self ticket is forwardable when the source may be
 * delegated and either has T2A4D or an empty classic list. */
static SelfEvidence
judge_evidence(const Estate *estate, const Account *source)
{
    if (!account_knows(source, ATTR_UAC))
        return (SelfEvidence){TRI_UNKNOWN,
                              "userAccountControl of the source could not be read"};
    if (source->uac & UAC_NOT_DELEGATED)
        return (SelfEvidence){
            TRI_NO,
            "the source host itself is marked sensitive (NOT_DELEGATED), so its tickets "
            "are not forwardable"};
    Tri protected_users = estate_in_domain_group(estate, source, RID_PROTECTED_USERS);
    if (protected_users == TRI_YES)
        return (SelfEvidence){TRI_NO,
                              "the source host is in Protected Users, so its tickets are "
                              "not forwardable"};
    bool transition = (source->uac & UAC_T2A4D) != 0;
    if (!transition && source->delegate_to->len > 0)
        return (SelfEvidence){TRI_NO, "no protocol transition on the source (its list is "
                                      "not empty and T2A4D is off)"};
    if (protected_users == TRI_UNKNOWN)
        return (SelfEvidence){
            TRI_UNKNOWN, "whether the source is in Protected Users could not be read"};
    if (!transition && !account_knows(source, ATTR_DELEGATE_TO))
        return (SelfEvidence){TRI_UNKNOWN,
                              "msDS-AllowedToDelegateTo of the source could not be read"};
    return (SelfEvidence){TRI_YES, NULL};
}

Tri
verdict_evidence_forwardable(VerdictContext *context, const Account *source,
                             const char **ret_why)
{
    SelfEvidence *evidence = g_hash_table_lookup(context->evidence, source);
    if (!evidence) {
        SelfEvidence judged = judge_evidence(context->estate, source);
        evidence = g_memdup2(&judged, sizeof judged);
        g_hash_table_insert(context->evidence, (gpointer)source, evidence);
    }
    if (ret_why)
        *ret_why = evidence->why;
    return evidence->forwardable;
}

static void
give_reason(ServiceVerdict *service, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
give_reason(ServiceVerdict *service, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (!g_ptr_array_find_with_equal_func(service->reasons, text, g_str_equal, NULL))
        g_ptr_array_add(service->reasons, g_steal_pointer(&text));
}

static void
worsen(Verdict *verdict, Verdict by)
{
    *verdict = MAX(*verdict, by);
}

/* What allows one SPN: the legs that do, and the legs that may. */
typedef struct {
    guint yes;
    guint unknown;
} Legs;

/* `local`: both ends in one domain.  Classic delegation stays inside a domain
 * (MS-SFU 3.2.5.2.1). */
static Legs
legs_for(VerdictContext *context, const Group *group, const Account *source, bool local,
         const char *spn, const RbcdEdge *rbcd)
{
    Legs legs = {0};
    if (group->mode != MODE_RBCD && local) {
        Tri kcd = edge_kcd(context->edges, source, spn);
        legs.yes |= kcd == TRI_YES ? LEG_KCD : 0;
        legs.unknown |= kcd == TRI_UNKNOWN ? LEG_KCD : 0;
    }
    if (group->mode != MODE_KCD) {
        legs.yes |= rbcd->granted == TRI_YES ? LEG_RBCD : 0;
        legs.unknown |= rbcd->granted == TRI_UNKNOWN ? LEG_RBCD : 0;
    }
    if (!account_knows(source, ATTR_UAC))
        legs.unknown |= LEG_UNCONSTRAINED;
    else if (source->uac & UAC_TRUSTED_FOR_DELEGATION)
        legs.yes |= LEG_UNCONSTRAINED;
    return legs;
}

/* The names the group asks for that the target does not have. */
static void
judge_names(const Group *group, const Account *target, ServiceVerdict *service)
{
    if (!account_knows(target, ATTR_SAM_NAME) && group->names != NAMES_FQDN) {
        worsen(&service->verdict, VERDICT_UNKNOWN);
        give_reason(service, "sAMAccountName of the target could not be read");
    }
    if (target->dns || group->names == NAMES_SHORT)
        return;
    if (!account_knows(target, ATTR_DNS_NAME)) {
        worsen(&service->verdict, VERDICT_UNKNOWN);
        give_reason(service, "dNSHostName of the target could not be read");
    } else {
        worsen(&service->verdict,
               group->names == NAMES_FQDN ? VERDICT_BROKEN : VERDICT_DEGRADED);
        give_reason(service,
                    "the target has no dNSHostName, so only its short name can be used");
    }
}

/* One service of one pair. */
static void
judge_service(VerdictContext *context, const Group *group, const Account *source,
              const TargetSpns *target, const RbcdEdge *rbcd, ServiceVerdict *service,
              Service which)
{
    const char *why = NULL;
    Tri forwardable = verdict_evidence_forwardable(context, source, &why);
    bool local = estate_domain_of(context->estate, source->dn) ==
                 estate_domain_of(context->estate, target->account->dn);
    guint needed_count = 0, allowed = 0, doubtful = 0, forwarded_only = 0;
    bool loose = false;

    judge_names(group, target->account, service);

    for (guint i = 0; i < target->needed->len; i++) {
        const NeededSpn *needed = target->needed->pdata[i];
        if (needed->service != which)
            continue;
        needed_count++;
        if (needed->resolves_known == TRI_UNKNOWN) {
            worsen(&service->verdict, VERDICT_UNKNOWN);
            give_reason(service, "%s: %s", needed->spn, needed->problem);
        } else if (!needed->resolves) {
            worsen(&service->verdict, VERDICT_BROKEN);
            give_reason(service, "%s: %s", needed->spn, needed->problem);
        }
        Legs legs = legs_for(context, group, source, local, needed->spn, rbcd);
        if (legs.yes) {
            allowed++;
            forwarded_only += legs.yes == LEG_UNCONSTRAINED;
            service->by |= legs.yes;
        } else {
            g_ptr_array_add(service->missing, g_strdup(needed->spn));
            doubtful += legs.unknown != 0;
            loose = loose || (legs.unknown & LEG_KCD) != 0;
        }
    }

    if (needed_count == 0)
        return;
    if (doubtful > 0) {
        service->unread = true;
        worsen(&service->verdict, VERDICT_UNKNOWN);
        g_autofree char *hangs =
            group->mode == MODE_KCD
                ? NULL
                : edge_rbcd_doubt(context->edges, source, target->account);
        give_reason(
            service, "%s",
            hangs ? hangs
            : loose && account_knows(source, ATTR_DELEGATE_TO)
                ? "the source's list has the SPN in other blanks or accents alone, "
                  "and whether a KDC takes that for the same is not proven"
                : "delegation of the source or the target could not be read");
    } else if (allowed == 0) {
        worsen(&service->verdict, VERDICT_BROKEN);
        give_reason(service, "no leg allows %s to act towards %s", source->name,
                    target->account->name);
        if (rbcd->malformed)
            give_reason(service, "the target's RBCD descriptor does not parse");
    } else if (allowed < needed_count) {
        worsen(&service->verdict, VERDICT_DEGRADED);
        give_reason(service, "only some name forms are allowed; missing: %s",
                    (const char *)service->missing->pdata[0]);
    }

    Tri krbtgt = verdict_krbtgt_delegable(context, source);
    if (krbtgt == TRI_NO) {
        worsen(&service->verdict, VERDICT_BROKEN);
        give_reason(service,
                    "krbtgt is marked sensitive: no ticket of the domain is delegable");
    } else if (krbtgt == TRI_UNKNOWN) {
        worsen(&service->verdict, VERDICT_UNKNOWN);
        give_reason(service, "whether krbtgt is marked sensitive could not be read");
    }
    if (allowed == 0)
        return;
    if (forwarded_only > 0) {
        worsen(&service->verdict, VERDICT_DEGRADED);
        give_reason(service,
                    "unconstrained delegation alone: works only with a forwarded TGT");
    }
    if (forwarded_only == allowed)
        return;
    if (forwardable == TRI_NO) {
        worsen(&service->verdict, VERDICT_DEGRADED);
        give_reason(service,
                    "%s: works only while the operator is signed in on the source", why);
    } else if (forwardable == TRI_UNKNOWN) {
        worsen(&service->verdict, VERDICT_UNKNOWN);
        give_reason(service, "%s", why);
    }
}

/* Without a common encryption type the KDC answers KDC_ERR_ETYPE_NOSUPP, whoever
 * may delegate to whom. */
static void
judge_etypes(const Estate *estate, const Account *source, const Account *target,
             ServiceVerdict *service)
{
    EtypeAnswer answer = etypes_between(estate, source, target);
    if (answer.common == TRI_YES)
        return;
    worsen(&service->verdict, answer.common == TRI_NO ? VERDICT_BROKEN : VERDICT_UNKNOWN);
    give_reason(service, "%s", answer.why);
}

Pair *
verdict_of(VerdictContext *context, const Group *group, const Account *source,
           const Account *target, bool storage)
{
    Pair *pair = g_new0(Pair, 1);
    pair->source = source;
    pair->target = target;
    pair->group = group;
    pair->storage = storage;
    const TargetSpns *needed = verdict_needed(context, target, group, storage);
    RbcdEdge rbcd = edge_rbcd(context->edges, source, target);
    guint services = storage ? 1u << SERVICE_CIFS : group->services;

    for (Service which = 0; which < SERVICE_COUNT; which++) {
        ServiceVerdict *service = &pair->services[which];
        service->missing = g_ptr_array_new_with_free_func(g_free);
        service->reasons = g_ptr_array_new_with_free_func(g_free);
        service->needed = (services & 1u << which) != 0;
        if (!service->needed)
            continue;
        judge_service(context, group, source, needed, &rbcd, service, which);
        judge_etypes(context->estate, source, target, service);
        worsen(&pair->verdict, service->verdict);
    }
    /* A disabled source has no tickets at all. */
    if (account_knows(source, ATTR_UAC) && !account_is_enabled(source)) {
        pair->verdict = VERDICT_BROKEN;
        for (Service which = 0; which < SERVICE_COUNT; which++) {
            if (!pair->services[which].needed)
                continue;
            pair->services[which].verdict = VERDICT_BROKEN;
            give_reason(&pair->services[which], "the source's account is disabled");
        }
    }
    return pair;
}

void
pair_free(Pair *pair)
{
    if (!pair)
        return;
    for (Service which = 0; which < SERVICE_COUNT; which++) {
        g_ptr_array_unref(pair->services[which].missing);
        g_ptr_array_unref(pair->services[which].reasons);
    }
    if (pair->proof)
        g_ptr_array_unref(pair->proof->results);
    g_free(pair->proof);
    g_free(pair);
}
