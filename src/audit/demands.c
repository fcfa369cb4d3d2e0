/* Resolves [delegation] sections, and further services of groups, to accounts and SPNs.
 */
#include "demands.h"

#include "audit/workloads.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"
#include "model/username.h"
#include "model/written.h"

#include <string.h>

/* One SPN that a section asks for, whoever asks. */
typedef struct {
    const char *spn;
    bool required;
    const Account *target;
} Wanted;

typedef struct {
    Audit *audit;
    const Declaration *declaration;
    GPtrArray *sources; /* of const Account * */
    GArray *wanted;     /* of Wanted */
} Resolver;

static void
demand_free(gpointer data)
{
    Demand *demand = data;
    pair_free(demand->pair);
    g_free(demand);
}

static void
demanded_free(gpointer data)
{
    Demanded *demanded = data;
    g_ptr_array_unref(demanded->all);
    g_ptr_array_unref(demanded->patterns);
    g_free(demanded);
}

struct Demands *
demands_new(void)
{
    struct Demands *demands = g_new0(struct Demands, 1);
    demands->by_source = g_hash_table_new_full(NULL, NULL, NULL, demanded_free);
    demands->by_spn = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    demands->by_ends = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    demands->excess =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    demands->texts = g_ptr_array_new_with_free_func((GDestroyNotify)texts_unref);
    demands->words = g_string_chunk_new(4096);
    return demands;
}

void
demands_free(struct Demands *demands)
{
    if (!demands)
        return;
    g_hash_table_unref(demands->by_source);
    g_hash_table_unref(demands->by_spn);
    g_hash_table_unref(demands->by_ends);
    g_hash_table_unref(demands->excess);
    g_ptr_array_unref(demands->texts);
    g_string_chunk_free(demands->words);
    g_free(demands);
}

static bool
is_glob(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

static char *
spn_key(const Account *source, const char *spn)
{
    g_autofree char *folded = text_fold(spn);
    return g_strdup_printf("%u %s", source->number, folded);
}

static char *
ends_key(const Account *source, const Account *target)
{
    return g_strdup_printf("%u %u", source->number, target->number);
}

/* The first section that asks keeps the place. */
static void
index_by(GHashTable *index, char *key, const Demand *demand)
{
    if (g_hash_table_contains(index, key))
        g_free(key);
    else
        g_hash_table_insert(index, key, (gpointer)demand);
}

static Demanded *
demanded_of(struct Demands *demands, const Account *source)
{
    Demanded *demanded = g_hash_table_lookup(demands->by_source, source);
    if (!demanded) {
        demanded = g_new0(Demanded, 1);
        demanded->all = g_ptr_array_new_with_free_func(demand_free);
        demanded->patterns = g_ptr_array_new();
        g_hash_table_insert(demands->by_source, (gpointer)source, demanded);
    }
    return demanded;
}

static void
add_demand(struct Demands *demands, Demand asked)
{
    Demanded *demanded = demanded_of(demands, asked.source);
    Demand *demand = g_memdup2(&asked, sizeof asked);
    demands->count++;
    g_ptr_array_add(demanded->all, demand);
    if (is_glob(demand->spn))
        g_ptr_array_add(demanded->patterns, demand);
    else if (demand->mode != MODE_RBCD)
        index_by(demands->by_spn, spn_key(demand->source, demand->spn), demand);
}

const Demanded *
demands_on(const Audit *audit, const Account *source)
{
    return audit->demands && source
               ? g_hash_table_lookup(audit->demands->by_source, source)
               : NULL;
}

const GPtrArray *
demands_of(const Audit *audit, const Account *source)
{
    const Demanded *demanded = demands_on(audit, source);
    return demanded ? demanded->all : NULL;
}

const Demand *
demands_towards(const Audit *audit, const Account *source, const Account *target)
{
    if (!audit->demands || !source || !target)
        return NULL;
    g_autofree char *key = ends_key(source, target);
    return g_hash_table_lookup(audit->demands->by_ends, key);
}

const Demand *
demand_for_entry(const Audit *audit, const Account *source, const char *entry)
{
    const Demanded *demanded = demands_on(audit, source);
    if (!demanded)
        return NULL;
    g_autofree char *key = spn_key(source, entry);
    const Demand *found = g_hash_table_lookup(audit->demands->by_spn, key);
    for (guint i = 0; !found && i < demanded->patterns->len; i++) {
        const Demand *demand = demanded->patterns->pdata[i];
        if (demand->mode != MODE_RBCD && text_glob(demand->spn, entry))
            found = demand;
    }
    return found;
}

/* Also by an alias: "cifs/FS*" of an account that holds HOST/FS01. */
static bool
answers_to_one_like(const Estate *estate, const Account *account, const char *pattern)
{
    g_autofree char *class = g_strndup(pattern, strcspn(pattern, "/"));
    const char *alias = estate_alias_of(estate, class);
    for (guint i = 0; i < account->spns->len; i++) {
        const char *held = account->spns->pdata[i];
        g_autoptr(Spn) spn = alias && spn_has_class(held, alias) ? spn_parse(held) : NULL;
        g_autofree char *other = spn ? spn_with_class(spn, class) : NULL;
        if (text_glob(pattern, held) || (other && text_glob(pattern, other)))
            return true;
    }
    return false;
}

const Demand *
demand_for_grant(const Audit *audit, const Account *source, const Account *target)
{
    const Demanded *demanded = demands_on(audit, source);
    if (!demanded)
        return NULL;
    const Demand *found = demands_towards(audit, source, target);
    while (found && found->mode == MODE_KCD)
        found = found->next;
    for (guint i = 0; !found && i < demanded->patterns->len; i++) {
        const Demand *demand = demanded->patterns->pdata[i];
        if (demand->mode != MODE_KCD &&
            answers_to_one_like(audit->estate, target, demand->spn))
            found = demand;
    }
    return found;
}

/* Who delegates. */

static void
add_gap(const Resolver *resolver, const char *what, const char *why)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, what);
    g_autofree char *text =
        g_strdup_printf("%s of [delegation %s]", shown, resolver->declaration->name);
    audit_add_gap(resolver->audit, text, why);
}

static void
add_source(const Resolver *resolver, const Account *account)
{
    if (!g_ptr_array_find(resolver->sources, account, NULL))
        g_ptr_array_add(resolver->sources, (gpointer)account);
}

/* A user and a computer may have one name: what is some account's sAMAccountName means
 * that one, and "WEB$" the computer. */
static bool
is_exact(const GPtrArray *among, const Estate *estate, const char *pattern,
         const char *user)
{
    for (guint i = 0; among && i < among->len; i++) {
        const Account *account = among->pdata[i];
        if (account->sam && text_equal(account->sam, user) &&
            declaration_takes(account) && written_means(pattern, estate, account))
            return true;
    }
    return false;
}

static void
add_named(const Resolver *resolver, const char *pattern)
{
    const Estate *estate = resolver->audit->estate;
    g_auto(UserName) name = username_of(pattern);
    g_autoptr(GPtrArray) among = written_among(pattern, estate);
    bool exact = !is_glob(pattern) && is_exact(among, estate, pattern, name.user);
    guint found = 0;
    for (guint i = 0; i < among->len; i++) {
        const Account *account = among->pdata[i];
        if (!declaration_takes(account) || !written_means(pattern, estate, account) ||
            (exact && !text_equal(account->sam ? account->sam : "", name.user)))
            continue;
        found++;
        add_source(resolver, account);
    }
    if (found > 0)
        return;
    g_autofree char *why =
        written_miss(pattern, estate, KIND_USER | KIND_COMPUTER, "no such account");
    add_gap(resolver, pattern, why);
}

/* Accounts below a container or in a group. */
static void
add_placed(const Resolver *resolver, const char *dn, bool is_group)
{
    const Estate *estate = resolver->audit->estate;
    g_autoptr(Declaration) place = declaration_new(resolver->declaration->name);
    guint found = 0;
    g_ptr_array_add(is_group ? place->from_member_of : place->from_in, g_strdup(dn));
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        Tri in = declaration_matches(place, estate, account);
        if (in == TRI_UNKNOWN)
            add_gap(resolver, "members",
                    "group memberships could not be read to the end");
        if (in != TRI_YES)
            continue;
        found++;
        add_source(resolver, account);
    }
    if (found == 0)
        add_gap(resolver, dn,
                is_group ? "no account was found in that group"
                         : "no account was found below it");
}

/* What they delegate to. */

/* For a source, of its own forest. */
static const Account *
owner_of(const Estate *estate, const char *spn, const Account *source)
{
    g_auto(Resolved) resolved = estate_resolve_for(estate, spn, source);
    return resolved.owners && resolved.owners->len == 1 ? resolved.owners->pdata[0]
                                                        : NULL;
}

static void
want(const Resolver *resolver, const char *spn, bool required)
{
    const Audit *audit = resolver->audit;
    Wanted wanted = {g_string_chunk_insert_const(audit->demands->words, spn), required,
                     is_glob(spn) ? NULL : owner_of(audit->estate, spn, NULL)};
    g_array_append_val(resolver->wanted, wanted);
}

/* The computer of that name, or else whoever has it; NULL: nobody. */
static const Account *
account_named(const Estate *estate, const char *host)
{
    const GPtrArray *named = estate_by_name(estate, host);
    for (guint i = 0; named && i < named->len; i++)
        if (((const Account *)named->pdata[i])->kinds & KIND_COMPUTER)
            return named->pdata[i];
    return named && named->len > 0 ? named->pdata[0] : NULL;
}

/* The same SPN under the host's other name. */
static void
want_other_form(const Resolver *resolver, const char *text)
{
    g_autoptr(Spn) spn = spn_parse(text);
    const Account *host = spn ? account_named(resolver->audit->estate, spn->host) : NULL;
    if (!host || !host->dns)
        return;
    bool is_fqdn = text_equal(spn->host, host->dns);
    g_autoptr(GString) other = g_string_new(spn->class);
    g_string_append_printf(other, "/%s", is_fqdn ? host->name : host->dns);
    if (spn->port)
        g_string_append_printf(other, ":%s", spn->port);
    if (spn->name)
        g_string_append_printf(other, "/%s", spn->name);
    want(resolver, other->str, true);
}

/* What a workload asks of "sql1", "sql1.contoso.com:1433" or a listener's name. */
static void
want_workload(const Resolver *resolver, const Workload *workload, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    const char *typed = parts[0], *port = parts[1];
    const Account *host = account_named(resolver->audit->estate, typed);
    bool dotted = strchr(typed, '.') != NULL;
    const char *fqdn = dotted ? typed : host ? host->dns : NULL;
    const char *name = !dotted                                             ? typed
                       : host && host->dns && text_equal(host->dns, typed) ? host->name
                                                                           : NULL;
    guint count = 0;
    for (guint i = 0; i < workload->forms->len; i++) {
        const WorkloadForm *form = workload->forms->pdata[i];
        g_autofree char *spn = workload_spn(workload, form, fqdn, name, port);
        if (!spn)
            continue;
        count++;
        want(resolver, spn, form->needed);
    }
    if (count == 0)
        add_gap(resolver, text, "its DNS name is not known: write it out");
}

static void
want_all(const Resolver *resolver, const Workload *workload)
{
    const GPtrArray *to = resolver->declaration->to;
    for (guint i = 0; i < to->len; i++) {
        const char *text = to->pdata[i];
        if (is_glob(text))
            want(resolver, text, false);
        else if (workload && !strchr(text, '/'))
            want_workload(resolver, workload, text);
        else
            want(resolver, text, true);
        if (resolver->declaration->forms == FORMS_BOTH && strchr(text, '/') &&
            !is_glob(text))
            want_other_form(resolver, text);
    }
}

/* What the section says, or its workload, or nobody. */
static GroupPt
transition_of(const Declaration *declaration, const Workload *workload)
{
    if (declaration->pt != PT_DEFAULT)
        return declaration->pt;
    return workload && workload->transition == TRANSITION_NEEDED ? PT_REQUIRED
                                                                 : PT_OPTIONAL;
}

static void
demand_all(const Resolver *resolver, Demand asked, const Account *source)
{
    const Estate *estate = resolver->audit->estate;
    asked.source = source;
    for (guint i = 0; i < resolver->wanted->len; i++) {
        const Wanted *wanted = &g_array_index(resolver->wanted, Wanted, i);
        asked.spn = wanted->spn;
        asked.target = estate->several_forests && !is_glob(wanted->spn)
                           ? owner_of(estate, wanted->spn, source)
                           : wanted->target;
        /* Nobody delegates to himself; a glob of sources may say so. */
        asked.required = wanted->required && asked.target != source &&
                         (source->kinds & KIND_GROUP) == 0;
        add_demand(resolver->audit->demands, asked);
    }
}

/* They are judged all or not at all: of the others DEL-07 would say that nothing asks for
 * them. */
static bool
has_room(const Audit *audit, const Declaration *declaration, guint64 more, GError **error)
{
    g_autofree char *says = limit_says(LIMIT_DECLARED);
    return audit->demands->count + more <= MOST_DECLARED ||
           fault_set(error, FAULT_CONFIG,
                     "[delegation %s]: %s; declare patterns of SPNs, or fewer accounts",
                     declaration->name, says);
}

static bool
resolve(Audit *audit, const Declaration *declaration, GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(Wanted));
    const Resolver resolver = {audit, declaration, sources, wanted};
    const Workload *workload =
        declaration->workload ? workload_find(workloads_builtin(), declaration->workload)
                              : NULL;
    for (guint i = 0; i < declaration->from->len; i++)
        add_named(&resolver, declaration->from->pdata[i]);
    for (guint i = 0; i < declaration->from_in->len; i++)
        add_placed(&resolver, declaration->from_in->pdata[i], false);
    for (guint i = 0; i < declaration->from_member_of->len; i++) {
        const char *dn = declaration->from_member_of->pdata[i];
        const Account *group = estate_by_dn(audit->estate, dn);
        add_placed(&resolver, dn, true);
        /* A descriptor may name the very group. */
        if (group && !group->missing)
            add_source(&resolver, group);
    }
    want_all(&resolver, workload);
    const Demand asked = {
        .section = declaration->name,
        .mode = declaration->mode_given || !workload ? declaration->mode : workload->way,
        .pt = transition_of(declaration, workload),
    };
    if (!has_room(audit, declaration, (guint64)sources->len * wanted->len, error))
        return false;
    for (guint i = 0; i < sources->len; i++)
        demand_all(&resolver, asked, sources->pdata[i]);
    return true;
}

/* "MSSQLSvc:1433" of a host: "MSSQLSvc/sql1.contoso.com:1433" (transfer none). */
static const char *
spn_of_class(const Audit *audit, const char *class, const char *host)
{
    const char *port = strchr(class, ':');
    g_autofree char *name = g_strndup(class, strcspn(class, ":"));
    g_autofree char *spn = g_strdup_printf("%s/%s%s", name, host, port ? port : "");
    return g_string_chunk_insert_const(audit->demands->words, spn);
}

static void
demand_class(Audit *audit, const Group *group, const char *class, const Account *source,
             const Account *target)
{
    bool fqdn = group->names != NAMES_SHORT && target->dns;
    Demand asked = {.section = group->name,
                    .source = source,
                    .spn = spn_of_class(audit, class, fqdn ? target->dns : target->name),
                    .required = true,
                    .mode = group->mode,
                    .pt = group->pt == PT_DEFAULT ? PT_OPTIONAL : group->pt};
    asked.target = owner_of(audit->estate, asked.spn, source);
    add_demand(audit->demands, asked);
    if (group->names != NAMES_BOTH || !fqdn)
        return;
    asked.spn = spn_of_class(audit, class, target->name);
    asked.target = owner_of(audit->estate, asked.spn, source);
    asked.required = false;
    add_demand(audit->demands, asked);
}

/* Each member to each other, by the classes beyond those of live migration. */
static void
resolve_group(Audit *audit, const Group *group)
{
    for (guint c = 0; group->classes && c < group->classes->len; c++)
        for (guint s = 0; s < group->members->len; s++)
            for (guint t = 0; t < group->members->len; t++)
                if (s != t)
                    demand_class(audit, group, group->classes->pdata[c],
                                 group->members->pdata[s], group->members->pdata[t]);
}

/* From the last to the first, so that each leads to the one after it. */
static void
link_ends(struct Demands *demands, const GPtrArray *all)
{
    for (guint i = all->len; i > 0; i--) {
        Demand *demand = all->pdata[i - 1];
        if (!demand->target)
            continue;
        char *key = ends_key(demand->source, demand->target);
        demand->next = g_hash_table_lookup(demands->by_ends, key);
        g_hash_table_replace(demands->by_ends, key, demand);
    }
}

static bool
is_member(const Group *group, const Account *account)
{
    return g_ptr_array_find(group->members, account, NULL);
}

static GroupPt
transition_wanted(const Audit *audit, const Account *source, const GPtrArray *all)
{
    GroupPt pt = PT_OPTIONAL;
    for (guint i = 0; i < all->len; i++) {
        const Demand *demand = all->pdata[i];
        if (demand->pt == PT_REQUIRED)
            return PT_REQUIRED;
        if (demand->pt == PT_FORBIDDEN)
            pt = PT_FORBIDDEN;
    }
    for (guint i = 0; pt == PT_FORBIDDEN && i < audit->groups->len; i++) {
        const Group *group = audit->groups->pdata[i];
        if (group->pt_required && is_member(group, source))
            pt = PT_OPTIONAL;
    }
    return pt;
}

/* What is looked up once all are there. */
static void
settle_sources(Audit *audit)
{
    GHashTableIter iter;
    gpointer source, value;
    g_hash_table_iter_init(&iter, audit->demands->by_source);
    while (g_hash_table_iter_next(&iter, &source, &value)) {
        Demanded *demanded = value;
        link_ends(audit->demands, demanded->all);
        demanded->transition = transition_wanted(audit, source, demanded->all);
    }
}

bool
demands_find(Audit *audit, GError **error)
{
    for (guint i = 0; i < audit->policy->declarations->len; i++)
        if (!resolve(audit, audit->policy->declarations->pdata[i], error))
            return false;
    for (guint i = 0; i < audit->groups->len; i++)
        resolve_group(audit, audit->groups->pdata[i]);
    settle_sources(audit);
    return true;
}
