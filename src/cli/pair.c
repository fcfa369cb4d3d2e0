/* Finds both hosts by name, and says what is wrong where one cannot be found. */
#include "pair.h"

#include "base/fault.h"
#include "base/text.h"
#include "model/spn.h"
#include "model/username.h"
#include "model/written.h"

#include <string.h>

void
pair_split(const char *word, GPtrArray *names)
{
    /* SPNs and DNs hold what parts names. */
    if (strpbrk(word, "/=") && !g_str_has_prefix(word, "\\\\")) {
        char *name = written_clean(g_strdup(word));
        g_ptr_array_add(names, name);
        return;
    }
    g_autoptr(GString) list = g_string_new(word);
    g_string_replace(list, "\u2192", ",", 0);
    g_string_replace(list, "->", ",", 0);
    g_string_replace(list, ">", ",", 0);
    written_split(list->str, names);
    if (strspn(word, " \t") == strlen(word))
        g_ptr_array_add(names, g_strdup("")); /* which is no name, and said so */
}

bool
pair_find_ends(const Options *options, GPtrArray *names, Ends *ret_ends, GError **error)
{
    for (char **word = options->arguments; word && *word; word++)
        pair_split(*word, names);
    const char *first = names->len > 0 ? names->pdata[0] : NULL;
    const char *last = names->len > 0 ? names->pdata[names->len - 1] : NULL;
    guint given = names->len + (options->from ? 1 : 0) + (options->to ? 1 : 0);
    *ret_ends =
        (Ends){options->from ? options->from : first, options->to ? options->to : last};
    return given == 2 || fault_set(error, FAULT_CONFIG,
                                   "check takes SOURCE TARGET, SOURCE SPN or --from "
                                   "SOURCE --to TARGET; see: kcdaudit help check");
}

bool
pair_takes_names(const char *command, const Ends *ends, GError **error)
{
    const char *names[] = {ends->source, ends->target};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (!*names[i] || strpbrk(names[i], "*?")) {
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, names[i]);
            return fault_set(error, FAULT_CONFIG,
                             "%s takes two names, and %s is not a name; for patterns "
                             "see: kcdaudit help audit",
                             command, *shown ? shown : "''");
        }
    return true;
}

/* Before anything is read: by what stands in the name alone. */
static bool
is_named(const GPtrArray *patterns, const char *name)
{
    g_auto(WrittenForms) asked = written_forms(name);
    const char *sam = asked.sam ? asked.sam : name;
    g_autofree char *label = g_strndup(sam, strcspn(sam, ".$"));
    for (guint i = 0; i < patterns->len; i++) {
        g_auto(WrittenForms) forms = written_forms(patterns->pdata[i]);
        const char *pattern = forms.sam ? forms.sam : patterns->pdata[i];
        if (text_glob(pattern, sam) || text_glob(pattern, label) ||
            (asked.dns && text_glob(pattern, asked.dns)))
            return true;
    }
    return false;
}

bool
ends_name_spn(const Ends *ends)
{
    return strchr(ends->target, '/') != NULL;
}

/* The two as a group, by the rules of the [group] that names both. */
static GroupSpec *
spec_of(const Policy *policy, const Ends *ends)
{
    GroupSpec *spec = group_spec_new("check", ORIGIN_HOSTS);
    g_ptr_array_add(spec->hosts, g_strdup(ends->source));
    g_ptr_array_add(spec->hosts, g_strdup(ends->target));
    for (guint i = 0; i < policy->groups->len; i++) {
        const GroupSpec *declared = policy->groups->pdata[i];
        if (!is_named(declared->hosts, ends->source) ||
            !(is_named(declared->hosts, ends->target) ||
              is_named(declared->storage, ends->target)))
            continue;
        if (declared->services != 0) /* else it is no group for migrations */
            spec->services = declared->services;
        spec->mode = declared->mode;
        spec->pt = declared->pt;
        spec->names = declared->names;
        break;
    }
    return spec;
}

/* Whether the name is the account's own, by which nobody else of its domain is called. */
static bool
is_own_name(const Account *account, const char *name)
{
    g_auto(WrittenForms) forms = written_forms(name);
    return forms.sam && (text_equal(forms.sam, account->name) ||
                         (account->sam && text_equal(forms.sam, account->sam)));
}

/* Leaves the one whose own name it is: the dNSHostName of another may be the same. */
static void
prefer_own_name(GPtrArray *meant, const char *name)
{
    guint own = 0, at = 0;
    for (guint i = 0; meant->len > 1 && i < meant->len; i++)
        if (is_own_name(meant->pdata[i], name)) {
            own++;
            at = i;
        }
    if (own != 1)
        return;
    meant->pdata[0] = meant->pdata[at];
    g_ptr_array_set_size(meant, 1);
}

/* Leaves one of those meant, or none; `what` they are, and `by` what to tell them apart.
 */
static bool
is_one(GPtrArray *meant, const char *name, const char *what, const char *by,
       GError **error)
{
    prefer_own_name(meant, name);
    if (meant->len <= 1)
        return true;
    const Account *one = meant->pdata[0], *other = meant->pdata[1];
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    return fault_set(error, FAULT_CONFIG, "%s is two %s, %s and %s; name it by its %s",
                     shown, what, one->dn, other->dn, by);
}

/* The one computer of this name (transfer none), or NULL. */
static const Account *
find_end(const Estate *estate, const char *name, GError **error)
{
    g_autoptr(GPtrArray) among = written_among(name, estate);
    g_autoptr(GPtrArray) meant = g_ptr_array_new();
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    for (guint i = 0; i < among->len; i++) {
        Account *account = among->pdata[i];
        if ((account->kinds & KIND_COMPUTER) != 0 && written_means(name, estate, account))
            g_ptr_array_add(meant, account);
    }
    if (!is_one(meant, name, "computers", "dNSHostName", error))
        return NULL;
    if (meant->len == 0) {
        g_autofree char *why =
            written_miss(name, estate, KIND_COMPUTER, "no such computer");
        fault_set(error, written_miss_fault(estate),
                  "%s: %s (any account and an SPN: kcdaudit check %s SPN; all of them: "
                  "kcdaudit delegations)",
                  shown, why, shown);
        return NULL;
    }
    return meant->pdata[0];
}

/* Whether a person who writes `name` means this account. */
static bool
is_meant(const Account *account, const char *name, const Estate *estate)
{
    bool acts = (account->kinds & (KIND_COMPUTER | KIND_USER)) != 0;
    return acts && !account->missing && !account_is_conflict(account) &&
           written_means(name, estate, account);
}

/* The one account of this name, of any kind (transfer none), or NULL. */
static const Account *
find_source(const Estate *estate, const char *name, GError **error)
{
    g_autoptr(GPtrArray) among = written_among(name, estate);
    g_autoptr(GPtrArray) meant = g_ptr_array_new();
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    for (guint i = 0; i < among->len; i++)
        if (is_meant(among->pdata[i], name, estate))
            g_ptr_array_add(meant, among->pdata[i]);
    if (!is_one(meant, name, "accounts", "DN", error))
        return NULL;
    if (meant->len == 0) {
        g_autofree char *why =
            written_miss(name, estate, KIND_COMPUTER | KIND_USER, "no such account");
        fault_set(error, written_miss_fault(estate), "%s: %s", shown, why);
        return NULL;
    }
    return meant->pdata[0];
}

/* Who answers for the SPN; where nobody does, whoever it names. */
static const Account *
find_owner(const Estate *estate, const char *text, const Account *source, GError **error)
{
    g_auto(Resolved) resolved = estate_resolve_for(estate, text, source);
    g_autoptr(Spn) spn = spn_parse(text);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    if (resolved.owners && resolved.owners->len > 0)
        return resolved.owners->pdata[0];
    const GPtrArray *named = spn ? estate_by_name(estate, spn->host) : NULL;
    for (guint i = 0; named && i < named->len; i++) {
        const Account *account = named->pdata[i];
        if ((account->kinds & KIND_COMPUTER) != 0 && !account->missing)
            return account;
    }
    bool realm = spn && strchr(spn->name ? spn->name : spn->host, '@');
    fault_set(
        error, FAULT_CONFIG,
        "%s: no account of %s holds this SPN, nor is there a computer of that name%s",
        shown, estate->domain ? estate->domain : "the input",
        !spn    ? " (an SPN is CLASS/HOST, CLASS/HOST:PORT or CLASS/HOST/NAME)"
        : realm ? " (an SPN has no realm: leave out what stands from the @ on)"
                : "");
    return NULL;
}

/* What any account is given is judged beside all delegations there are. */
bool
pair_collect_spn(Session *session, const Ends *ends, Found *found, GError **error)
{
    if (session->policy->reach == REACH_HOSTS)
        session->policy->reach = REACH_DOMAIN;
    session->asked_name = ends->source;
    session->asked_spn = ends->target;
    if (!session_collect(session, NULL, error))
        return false;
    const Account *source = find_source(session->estate, ends->source, error);
    const Account *target =
        source ? find_owner(session->estate, ends->target, source, error) : NULL;
    *found = (Found){source, target};
    return target != NULL;
}

/* A computer without any sign of Hyper-V, and to which nobody delegates the
 * Migration Service, is a file server: cifs is all that it needs. */
static bool
is_storage(const GPtrArray *declared, const Account *source, const Account *target)
{
    for (guint i = 0; i < declared->len; i++)
        if (is_named(((const GroupSpec *)declared->pdata[i])->storage, target->name))
            return true;
    if (group_is_hyperv_host(target) || !account_knows(target, ATTR_SPN) ||
        account_is_enabled(target) == TRI_NO)
        return false;
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);
        if (spn && text_equal(spn->class, SPN_MIGRATION) &&
            account_has_name(target, spn->host))
            return false;
    }
    return true;
}

static bool
find_ends(const Session *session, const Ends *ends, Found *found, GError **error)
{
    const Account *source = find_end(session->estate, ends->source, error);
    const Account *target =
        source ? find_end(session->estate, ends->target, error) : NULL;
    if (!target)
        return false;
    if (source == target) {
        fault_set(error, FAULT_CONFIG, "%s and %s are the same computer", source->name,
                  ends->target);
        return false;
    }
    *found = (Found){source, target};
    return true;
}

bool
pair_collect(Session *session, const Ends *ends, Found *found, GError **error)
{
    Policy *policy = session->policy;
    g_autoptr(GPtrArray) declared = policy->groups;
    GroupSpec *spec = spec_of(policy, ends);
    policy->reach = REACH_HOSTS;
    policy->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_spec_free);
    g_ptr_array_add(policy->groups, spec);
    if (!session_collect(session, NULL, error) || !find_ends(session, ends, found, error))
        return false;
    /* Of pasted outputs, that nothing shows Hyper-V is what is wrong. */
    if (!session->pasted && is_storage(declared, found->source, found->target)) {
        g_ptr_array_add(spec->storage, g_strdup(ends->target));
        g_ptr_array_remove_index(spec->hosts, 1);
    }
    return true;
}
