/* After everything was read: which domain it is, and what absence means. */

#include "builder.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/wellknown.h"
#include "model/written.h"

#include <string.h>

static const char why_partial[] = "only a part of its values could be read";
static const char why_part_exported[] =
    "only a part of its values is in the export (range=)";
static const char why_not_asked[] = "was not asked for";
static const char why_denied[] = "the reader has no right to read it";
static const char why_not_exported[] = "not exported: add it to ldifde -l";
static const char why_not_in_part[] = "not exported: it is on no account there; export "
                                      "it at a domain controller of the domain "
                                      "(port 389), and add it to ldifde -l";
static const char why_hidden[] = "not in the export: whoever exported it may not read it";

static bool
is_krbtgt(const Builder *builder, const Account *account)
{
    if ((account->kinds & KIND_USER) == 0)
        return false;
    if (!sid_is_set(&account->sid) || sid_rid(&account->sid) != RID_KRBTGT)
        return false;
    const GPtrArray *domains = builder->estate->domains;
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = domains->pdata[i];
        if (sid_is_set(&domain->sid) ? sid_in_domain(&account->sid, &domain->sid)
                                     : i == 0)
            return true;
    }
    return false;
}

static bool
spec_wants(const Builder *builder, const GroupSpec *spec, const Account *account)
{
    for (guint i = 0; i < spec->hosts->len; i++)
        if (written_means(spec->hosts->pdata[i], builder->estate, account))
            return true;
    for (guint i = 0; i < spec->storage->len; i++)
        if (written_means(spec->storage->pdata[i], builder->estate, account))
            return true;
    for (guint i = 0; i < spec->hosts_in->len; i++)
        if (dn_is_below(account->dn, spec->hosts_in->pdata[i]))
            return true;
    for (guint i = 0; i < spec->member_of->len; i++)
        if (estate_in_group(builder->estate, account, spec->member_of->pdata[i]) ==
            TRI_YES)
            return true;
    return false;
}

bool
builder_discovers(const CollectPlan *plan)
{
    return !plan->groups || plan->groups->len == 0;
}

bool
builder_wants(const Builder *builder, const CollectPlan *plan, const Account *account)
{
    if ((account->kinds & KIND_COMPUTER) == 0 || (account->kinds & KIND_MANAGED) != 0 ||
        account_is_conflict(account))
        return false;
    if (builder_discovers(plan))
        return group_is_hyperv_host(account);
    const Taken *taken = builder_taken(builder, account);
    if (taken && taken->wanted)
        return true;
    for (guint i = 0; i < plan->groups->len; i++)
        if (spec_wants(builder, plan->groups->pdata[i], account))
            return true;
    return false;
}

bool
builder_delegates(const Builder *builder, const CollectPlan *plan, const Account *account)
{
    (void)builder;
    if (plan->reach == REACH_HOSTS || account->partial || account->missing ||
        account_is_conflict(account))
        return false;
    return (account_uac(account) & (UAC_TRUSTED_FOR_DELEGATION | UAC_T2A4D)) != 0 ||
           account->delegate_to->len > 0 || account->rbcd;
}

bool
builder_judges(const Builder *builder, const CollectPlan *plan, const Account *account)
{
    return builder_delegates(builder, plan, account) ||
           builder_wants(builder, plan, account);
}

void
builder_mark_hyperv(Builder *builder, GPtrArray *missing)
{
    GHashTableIter iter;
    gpointer key, dn;
    g_hash_table_iter_init(&iter, builder->scp_hosts);
    while (g_hash_table_iter_next(&iter, &key, &dn)) {
        /* Only what was read: the estate's own index finds it. */
        Account *account = (Account *)estate_by_dn(builder->estate, dn);
        if (account && !account->partial)
            account->hyperv_scp = true;
        else if (missing && !g_hash_table_contains(builder->others, key))
            g_ptr_array_add(missing, dn);
    }
}

/* "HV02" of "Microsoft Virtual System Migration Service/HV02"; NULL: another class, or
 * more than a host. */
static const char *
migration_host(const char *entry)
{
    static const char prefix[] = SPN_MIGRATION "/";
    const char *host = entry + strlen(prefix);
    return g_ascii_strncasecmp(entry, prefix, strlen(prefix)) == 0 && *host &&
                   strpbrk(host, "/:") == NULL
               ? host
               : NULL;
}

/* The names that the lists of hosts hold, folded -> const Account *, the first of those
 * hosts, without the hosts' own. */
static GHashTable *
names_of_partners(const Estate *estate)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    /* Entries; the estate keeps nearly all texts once, and each is looked at once. */
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    for (guint i = 0; i < estate->accounts->len; i++)
        if (group_is_hyperv_host(estate->accounts->pdata[i]))
            g_ptr_array_add(hosts, estate->accounts->pdata[i]);
    for (guint i = 0; i < hosts->len; i++) {
        Account *host = hosts->pdata[i];
        for (guint d = 0; d < host->delegate_to->len; d++) {
            if (g_hash_table_contains(seen, host->delegate_to->pdata[d]))
                continue;
            g_hash_table_add(seen, host->delegate_to->pdata[d]);
            const char *name = migration_host(host->delegate_to->pdata[d]);
            if (!name)
                continue;
            char *folded = text_fold(name);
            if (g_hash_table_contains(names, folded))
                g_free(folded);
            else
                g_hash_table_insert(names, folded, host);
        }
    }
    for (guint i = 0; i < hosts->len; i++) {
        const Account *host = hosts->pdata[i];
        const char *own[] = {host->name, host->dns};
        for (guint n = 0; n < G_N_ELEMENTS(own); n++) {
            g_autofree char *folded = own[n] ? text_fold(own[n]) : NULL;
            if (folded)
                g_hash_table_remove(names, folded);
        }
    }
    return names;
}

static const Account *
who_names(GHashTable *names, const char *name)
{
    g_autofree char *folded = name ? text_fold(name) : NULL;
    return folded ? g_hash_table_lookup(names, folded) : NULL;
}

/* Whether any became a host by that. */
/* Where one tells for whom it is, one that does not is for nobody. */
static void
settle_psos(GPtrArray *psos)
{
    bool told = false;
    for (guint i = 0; psos && i < psos->len; i++)
        told |= ((const Pso *)psos->pdata[i])->applies_known;
    for (guint i = 0; told && i < psos->len; i++) {
        Pso *pso = psos->pdata[i];
        pso->applies_known = !pso->applies_part;
    }
}

static bool
mark_named(const Estate *estate, GHashTable *names)
{
    bool any = false;
    for (guint i = 0; g_hash_table_size(names) > 0 && i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_COMPUTER) == 0 || account->hyperv_partner)
            continue;
        const Account *host = who_names(names, account->name);
        if (!host)
            host = who_names(names, account->dns);
        if (!host || (estate->several_forests &&
                      estate_in_one_forest(estate, host, account) == TRI_NO))
            continue;
        account->hyperv_partner = true;
        any = any || group_is_hyperv_host(account);
    }
    return any;
}

void
builder_mark_partners(Builder *builder, GPtrArray *absent)
{
    g_autoptr(GHashTable) names = NULL;
    /* A host that is found so has a list of its own. */
    do {
        g_clear_pointer(&names, g_hash_table_unref);
        names = names_of_partners(builder->estate);
    } while (mark_named(builder->estate, names));
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, names);
    while (absent && g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(absent, g_strdup(name));
}

void
builder_add_missing(Builder *builder)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    builder_mark_hyperv(builder, missing);
    for (guint i = 0; i < missing->len; i++) {
        Account *account = estate_add_account(builder->estate, missing->pdata[i], NULL);
        account->missing = account->hyperv_scp = true;
        account->unread = ~G_GUINT64_CONSTANT(0);
        estate_add_gap(
            builder->estate, account->dn,
            "it holds a Hyper-V service connection point, and could not be read");
    }
}

bool
builder_knows_forest(const Builder *builder)
{
    const Estate *estate = builder->estate;
    const Domain *domain = estate->domains->len > 0 ? estate->domains->pdata[0] : NULL;
    for (guint i = 0; domain && i < builder->crossrefs->len; i++)
        if (text_equal(((CrossRef *)builder->crossrefs->pdata[i])->dn, domain->dn))
            return true;
    return false;
}

/* The naming context that was read, where no rootDSE names it. */
static char *
guess_domain(const Builder *builder)
{
    const char *best = NULL;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, builder->heads);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Head *head = value;
        gsize length = strlen(head->dn);
        if (!best || length < strlen(best) ||
            (length == strlen(best) && strcmp(head->dn, best) < 0))
            best = head->dn;
    }
    for (guint i = 0; !best && i < builder->estate->accounts->len; i++) {
        const Account *account = builder->estate->accounts->pdata[i];
        for (const char *at = account->dn; at && !best; at = dn_parent(at))
            if (g_ascii_strncasecmp(at, "DC=", 3) == 0)
                best = at;
    }
    return g_strdup(best);
}

static int
by_dn(gconstpointer a, gconstpointer b)
{
    const CrossRef *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

/* Domains that are there though no crossRef names them: application partitions
 * have no SID. */
static void
add_heads(Builder *builder)
{
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, builder->heads);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Head *head = value;
        if (sid_is_set(&head->sid))
            g_ptr_array_add(dns, head->dn);
    }
    g_ptr_array_sort(dns, text_order);
    for (guint i = 0; i < dns->len; i++)
        estate_add_domain(builder->estate, dns->pdata[i]);
}

bool
builder_settle_domains(Builder *builder)
{
    Estate *estate = builder->estate;
    const RootDse *root = builder_root(builder);
    g_autofree char *first =
        root->domain_dn ? g_strdup(root->domain_dn) : guess_domain(builder);
    if (!first)
        return false;
    estate_add_domain(estate, first);
    for (guint i = 0; i < builder->roots->len; i++) {
        const RootDse *other = builder->roots->pdata[i];
        if (other->domain_dn)
            estate_add_domain(estate, other->domain_dn)->forest =
                estate_string(estate, other->root_dn);
    }
    add_heads(builder);

    g_ptr_array_sort(builder->crossrefs, by_dn);
    for (guint i = 0; i < builder->crossrefs->len; i++) {
        const CrossRef *crossref = builder->crossrefs->pdata[i];
        Domain *domain = estate_add_domain(estate, crossref->dn);
        domain->dns = estate_string(estate, crossref->dns);
        domain->netbios = estate_string(estate, crossref->netbios);
        if (crossref->forest)
            domain->forest = estate_string(estate, crossref->forest);
    }
    for (guint i = 0; i < estate->domains->len; i++) {
        Domain *domain = estate->domains->pdata[i];
        g_autofree char *key = text_fold(domain->dn);
        const Head *head = g_hash_table_lookup(builder->heads, key);
        if (head) {
            domain->sid = head->sid;
            domain->lockout_us = head->lockout_us;
            domain->age_us = head->age_us;
        }
        GPtrArray *psos = g_hash_table_lookup(builder->psos, key);
        domain->psos_read = psos != NULL;
        settle_psos(psos);
        if (psos && psos->len > 0 && !domain->psos)
            domain->psos = g_ptr_array_ref(psos);
        if (head && i == 0)
            estate->machine_quota = head->quota;
        g_autofree char *dns = domain->dns ? NULL : dn_domain(domain->dn);
        if (dns)
            domain->dns = estate_string(estate, dns);
    }
    const Domain *audited = estate->domains->pdata[0];
    if (!audited->dns)
        return false;
    g_autofree char *realm = g_ascii_strup(audited->dns, -1);
    const char *top = root->root_dn ? root->root_dn : builder->forest_dn->str;
    g_autofree char *forest = dn_domain(top);
    estate->domain = audited->dns;
    estate->realm = estate_string(estate, realm);
    estate->forest = forest ? estate_string(estate, forest) : audited->dns;
    return true;
}

/* What decides whether an absent attribute is empty. */
typedef struct {
    Builder *builder;
    bool judged;
    Guid guids[ATTR_COUNT];
    Guid sets[ATTR_COUNT];
    bool has_set[ATTR_COUNT];
    /* RootDse -> interned GBytes -> guint64 *: attributes granted */
    GHashTable *readable;
} Judge;

static void
judge_init(Judge *judge, Builder *builder, bool judged)
{
    judge->builder = builder;
    judge->judged = judged;
    judge->readable =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        const Attribute *attribute = attribute_of(attr);
        bool parsed = guid_parse(attribute->guid, &judge->guids[attr]);
        g_assert(parsed);
        judge->has_set[attr] = attribute->property_set &&
                               guid_parse(attribute->property_set, &judge->sets[attr]);
    }
}

/* The attributes that the reader's token may read by this descriptor. */
static guint64
judge_readable(Judge *judge, const Taken *taken, const RootDse *root)
{
    GHashTable *readable = g_hash_table_lookup(judge->readable, root);
    if (!readable) {
        readable = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        g_hash_table_insert(judge->readable, (gpointer)root, readable);
    }
    guint64 *known = g_hash_table_lookup(readable, taken->security);
    if (known)
        return *known;
    known = g_new0(guint64, 1);
    g_hash_table_insert(readable, taken->security, known);

    gsize length;
    const void *data = g_bytes_get_data(taken->security, &length);
    g_autoptr(SecDesc) descriptor = NULL;
    g_autoptr(GError) error = NULL;
    if (!secdesc_parse(data, length, &descriptor, &error)) {
        g_autofree char *what =
            g_strdup_printf("nTSecurityDescriptor of %s", taken->account->dn);
        estate_add_gap(judge->builder->estate, what, error->message);
        return 0;
    }
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        if (secdesc_check_property(
                descriptor, root->token, RIGHT_READ_PROPERTY, &judge->guids[attr],
                judge->has_set[attr] ? &judge->sets[attr] : NULL) == ACCESS_GRANTED)
            *known |= attribute_bit(attr);
    return *known;
}

typedef enum {
    ABSENCE_EMPTY,    /* it is not there */
    ABSENCE_SILENT,   /* not read, and no audit depends on it alone */
    ABSENCE_REPORTED, /* unparsable, or torn: a gap stands already */
    ABSENCE_PARTIAL,
    ABSENCE_NOT_ASKED,
    ABSENCE_DENIED,
    ABSENCE_UNDECIDED, /* no descriptor, or no token */
} Absence;

static Absence
judge_absence(Judge *judge, const Taken *taken, AttrId attr)
{
    const Attribute *attribute = attribute_of(attr);
    guint64 bit = attribute_bit(attr);
    guint kinds = taken->account->kinds;
    if ((taken->bad | taken->torn) & bit)
        return ABSENCE_REPORTED;
    if (taken->seen & bit)
        return ABSENCE_EMPTY;
    if (taken->ranging & bit)
        return ABSENCE_PARTIAL;
    if (kinds != 0 && (kinds & attribute->kinds) == 0)
        return ABSENCE_EMPTY;
    if (taken->account->partial) /* the catalog holds no descriptors to judge by */
        return attribute->in_gc && !attribute->always && (taken->asked & bit)
                   ? ABSENCE_EMPTY
                   : ABSENCE_SILENT;
    if (attribute->constructed)
        return ABSENCE_SILENT;
    if ((taken->asked & bit) == 0)
        return attribute->extra ? ABSENCE_SILENT : ABSENCE_NOT_ASKED;
    if (attribute->always)
        return attribute->extra ? ABSENCE_SILENT : ABSENCE_DENIED;
    if (!judge->judged)
        return ABSENCE_EMPTY;
    const RootDse *root = builder_root_of(judge->builder, taken->account->dn);
    if (!taken->security || !root->token)
        return attribute->extra ? ABSENCE_SILENT : ABSENCE_UNDECIDED;
    return judge_readable(judge, taken, root) & bit ? ABSENCE_EMPTY
           : attribute->extra                       ? ABSENCE_SILENT
                                                    : ABSENCE_DENIED;
}

/* "msDS-AllowedToDelegateTo in hosts.ldf", "... of child.contoso.com" */
static char *
part_of(const Builder *builder, const Taken *taken, AttrId attr)
{
    const Estate *estate = builder->estate;
    if (estate->files->len > 1 && taken->file < estate->files->len)
        return g_strdup_printf("%s in %s", attr_name(attr),
                               (char *)estate->files->pdata[taken->file]);
    const Domain *domain = estate_domain_of(estate, taken->account->dn);
    return g_strdup_printf("%s of %s", attr_name(attr),
                           domain ? domain->dns : taken->account->dn);
}

static void
report(Builder *builder, const Taken *taken, AttrId attr, Absence absence)
{
    Estate *estate = builder->estate;
    bool export = estate_is_export(estate);
    const char *why =
        absence == ABSENCE_PARTIAL     ? export ? why_part_exported : why_partial
        : absence == ABSENCE_NOT_ASKED ? export ? why_not_exported : why_not_asked
        : absence == ABSENCE_DENIED    ? export ? why_hidden : why_denied
                                       : NULL;
    if (absence == ABSENCE_NOT_ASKED && (builder->by_part & attribute_bit(attr)) != 0) {
        g_autofree char *what = part_of(builder, taken, attr);
        estate_add_gap(estate, what, why_not_in_part);
    } else if (absence == ABSENCE_NOT_ASKED) {
        estate_add_gap(estate, attr_name(attr), why);
    } else if (why) {
        g_autofree char *what =
            g_strdup_printf("%s of %s", attr_name(attr), taken->account->dn);
        estate_add_gap(estate, what, why);
    } else if (absence == ABSENCE_UNDECIDED &&
               !builder_root_of(builder, taken->account->dn)->token) {
        estate_add_gap(
            estate, "absent attributes",
            export ? "the exporter's own groups (tokenGroups of the rootDSE) were not "
                     "exported, so what is empty cannot be told from what is hidden"
                   : "the reader's own groups (tokenGroups of the rootDSE) could not be "
                     "read, so what is empty cannot be told from what is hidden");
    } else if (absence == ABSENCE_UNDECIDED) {
        g_autofree char *what =
            g_strdup_printf("absent attributes of %s", taken->account->dn);
        estate_add_gap(
            estate, what,
            export
                ? "its security descriptor was not exported, so what is empty cannot be "
                  "told from what is hidden"
                : "its security descriptor could not be read, so what is empty cannot "
                  "be told from what is hidden");
    }
}

void
builder_settle(Builder *builder, const CollectPlan *plan, bool judged)
{
    GPtrArray *accounts = builder->estate->accounts;
    Judge judge = {0};
    judge_init(&judge, builder, judged);

    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        const Taken *taken = builder_taken(builder, account);
        for (AttrId attr = 0; taken && attr < ATTR_COUNT; attr++)
            if (judge_absence(&judge, taken, attr) == ABSENCE_EMPTY)
                account->unread &= ~attribute_bit(attr);
    }
    /* Gaps only for what will be judged: of the others, rules that need them
     * say so themselves.  Memberships can be walked only now. */
    for (guint i = 0; plan && i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        const Taken *taken = builder_taken(builder, account);
        bool krbtgt = is_krbtgt(builder, account);
        if (!taken || (!krbtgt && !taken->end && !builder_judges(builder, plan, account)))
            continue;
        for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
            if (!krbtgt || attr == ATTR_UAC)
                report(builder, taken, attr, judge_absence(&judge, taken, attr));
    }
    g_hash_table_unref(judge.readable);
}
