/* What a server's messages bring to a search, as far as the search may have it. */
#include "answer.h"
#include "libldap.h"
#include "search_parts.h"

#include <string.h>

char *
engine_gave_up(Limit limit)
{
    g_autofree char *says = limit_says(limit);
    return g_strdup_printf("%s: it was given up", says);
}

/* Ends a search that went beyond its limit. */
static void
stop(Engine *engine, Search *search, Limit limit)
{
    g_autofree char *why = engine_gave_up(limit);
    while (search->id != 0) {
        libldap.abandon_ext(engine->directory->ldap, search->id, NULL, NULL);
        engine_land(engine, search);
    }
    search->optional = false; /* nobody else tells it */
    engine_miss(engine, search, why);
    engine->stopped = limit;
}

/* Counts what a search takes.  False: it was too much, and the search is over. */
static bool
spend(Engine *engine, Search *search, Limit limit, guint64 amount)
{
    search->spent[limit] += amount;
    if (search->spent[limit] <= limit_of(limit))
        return true;
    stop(engine, search, limit);
    return false;
}

/* The same for all searches of the run; one that comes after it was too much is over
 * with its first entry. */
static bool
spend_of_run(Engine *engine, Search *search, Limit limit, guint64 *spent, guint64 amount)
{
    *spent += amount;
    if (*spent <= limit_of(limit))
        return true;
    stop(engine, search, limit);
    return false;
}

static bool
is_in_time(Engine *engine, Search *search)
{
    gint64 took_us = g_get_monotonic_time() - search->begun_us;
    guint64 most_s = limit_of(LIMIT_TIME) * (guint64)engine->plan->timeout_s;
    if (took_us / G_USEC_PER_SEC < (gint64)most_s)
        return true;
    stop(engine, search, LIMIT_TIME);
    return false;
}

/* More of the ranged attributes that the last entry brought. */
static void
add_remainders(Engine *engine, Search *of)
{
    GArray *remainders = engine->builder->remainders;
    if (remainders->len > 0 && of->spent[LIMIT_PARTS] >= limit_of(LIMIT_PARTS)) {
        g_array_set_size(remainders, 0);
        stop(engine, of, LIMIT_PARTS);
    }
    for (guint i = 0; i < remainders->len; i++) {
        const Remainder *rest = &g_array_index(remainders, Remainder, i);
        char **attributes = g_new0(char *, 2);
        attributes[0] =
            g_strdup_printf("%s;range=%u-*", attr_name(rest->attr), rest->from);
        Search *search =
            engine_push(engine, of->file, g_strdup(rest->dn), LDAP_SCOPE_BASE,
                        g_strdup("(objectClass=*)"), attributes);
        search->reading.asked = attribute_bit(rest->attr);
        search->spent[LIMIT_PARTS] = of->spent[LIMIT_PARTS] + 1;
        search->optional = true;
    }
    g_array_set_size(remainders, 0);
}

/* Keeps a group's list apart; false: the attribute is another. */
static bool
take_list(Search *search, const EntryAttribute *attribute)
{
    const char *name = attr_name(ATTR_MEMBER);
    GPtrArray *members = search->job.members;
    EntryOptions options;
    if (!members || !entry_options(&attribute->name, &options) ||
        options.name_length != strlen(name) ||
        g_ascii_strncasecmp(attribute->name.bv_val, name, options.name_length) != 0)
        return false;
    guint low = options.ranged ? options.low : 0;
    if (low != members->len)
        return true; /* part of another time, or none asked for */
    const struct berval *value = attribute->values;
    for (; value && value->bv_val; value++)
        g_ptr_array_add(members, g_strndup(value->bv_val, value->bv_len));
    search->next = options.ranged && options.high != G_MAXUINT && members->len > low
                       ? members->len
                       : 0;
    search->job.shown = search->job.shown || members->len > 0;
    return true;
}

/* Whether an empty list is one, or hidden. */
static void
judge_list(const Engine *engine, Search *search, const Entry *entry)
{
    g_autofree char *dn = g_strndup(entry->dn.bv_val, entry->dn.bv_len);
    const RootDse *root = builder_root_of(engine->builder, dn);
    search->job.shown =
        search->job.shown ||
        entry_may_see(entry, root->token, attribute_of(ATTR_MEMBER)->guid) == TRI_YES;
}

static void
take_name(Engine *engine, Search *search, LDAPMessage *message)
{
    GPtrArray *names = search->job.members;
    struct berval **values = libldap.get_values_len(engine->directory->ldap, message,
                                                    attr_name(ATTR_SAM_NAME));
    if (values && values[0] && names->len < NEARBY_MAX)
        g_ptr_array_add(names, g_strndup(values[0]->bv_val, values[0]->bv_len));
    libldap.value_free_len(values);
    search->job.entries++;
    spend(engine, search, LIMIT_ENTRIES, 1);
}

/* Whether the search may still have an entry of this size. */
static bool
afford(Engine *engine, Search *search, const Entry *entry)
{
    guint most = 0;
    guint64 bytes = answer_size(entry, &most);
    if (most > limit_of(LIMIT_VALUES)) {
        stop(engine, search, LIMIT_VALUES);
        return false;
    }
    Builder *builder = engine->builder;
    return spend(engine, search, LIMIT_ENTRIES, 1) &&
           spend(engine, search, LIMIT_BYTES, bytes) &&
           spend_of_run(engine, search, LIMIT_RUN_ENTRIES, &builder->run_entries, 1) &&
           spend_of_run(engine, search, LIMIT_RUN_BYTES, &builder->run_bytes, bytes);
}

/* Its account; NULL where the entry is none, or is dropped. */
static Account *
take_kept(Engine *engine, const Search *search, const Entry *entry)
{
    if (!engine->sieve || sieve_keeps(engine->sieve, entry))
        return builder_absorb(engine->builder, entry, &search->reading);
    engine->builder->count++;
    return NULL;
}

/* Reads the entry in place: libldap's buffers, no copies. */
static void
take_entry(Engine *engine, Search *search, LDAPMessage *message)
{
    Entry entry = {.count = 0};
    g_autoptr(EntryAttributes) attributes =
        answer_entry(engine->directory->ldap, message, &entry);
    if (!attributes) {
        engine_miss(engine, search, "an entry of the answer is malformed");
        return;
    }
    if (!afford(engine, search, &entry))
        return;
    for (guint i = attributes->len; i-- > 0;)
        if (take_list(search, &entry.attributes[i])) {
            libldap.memfree(entry.attributes[i].values);
            g_array_remove_index(attributes, i);
        }
    entry.count = attributes->len;
    if (search->job.members)
        judge_list(engine, search, &entry);
    Account *account = take_kept(engine, search, &entry);
    if (account && g_hash_table_add(search->seen, account))
        g_ptr_array_add(search->job.accounts, account);
    search->job.entries++;
    add_remainders(engine, search);

    if (engine->plan->progress)
        engine->plan->progress("entries", engine->builder->count,
                               engine->plan->progress_data);
}

/* The cookie of the next page into search->cookie; NULL after the last. */
static void
take_cookie(const Engine *engine, Search *search, LDAPControl **controls)
{
    if (search->cookie)
        ber_bvfree(search->cookie);
    search->cookie = NULL;
    LDAPControl *control =
        controls ? libldap.control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL) : NULL;
    ber_int_t estimate = 0;
    struct berval cookie = {0};
    if (!control ||
        libldap.parse_pageresponse_control(engine->directory->ldap, control, &estimate,
                                           &cookie) != LDAP_SUCCESS)
        return;
    if (cookie.bv_len > 0)
        search->cookie = ber_bvdup(&cookie);
    libldap.memfree(cookie.bv_val);
}

/* A list that comes in parts, and names, may be over with this page. */
bool
engine_goes_on(const Engine *engine, Search *search, LDAPMessage *result)
{
    int code = LDAP_OTHER;
    LDAPControl **controls = NULL;
    if (search->job.members)
        return false;
    bool good = libldap.parse_result(engine->directory->ldap, result, &code, NULL, NULL,
                                     NULL, &controls, 0) == LDAP_SUCCESS &&
                code == LDAP_SUCCESS;
    if (good)
        take_cookie(engine, search, controls);
    libldap.controls_free(controls);
    return good && search->cookie;
}

static void
go_on_with_list(Engine *engine, Search *search)
{
    g_strfreev(search->attributes);
    search->attributes = g_new0(char *, 2);
    search->attributes[0] =
        g_strdup_printf("%s;range=%u-*", attr_name(ATTR_MEMBER), search->next);
    search->next = 0;
    g_queue_push_head(&engine->waiting, search);
}

/* What comes behind a page that came well. */
static void
go_on(Engine *engine, Search *search)
{
    if (search->job.entries > search->page_start)
        search->spent[LIMIT_IDLE_PAGES] = 0;
    search->page_start = search->job.entries;
    if (search->id != 0)
        return; /* the next page was asked for */
    if (search->next > 0)
        go_on_with_list(engine, search);
    else if (!search->cookie || (search->names && search->job.members->len >= NEARBY_MAX))
        search->job.complete = true;
    else
        g_queue_push_head(&engine->waiting, search);
}

static void
take_result(Engine *engine, Search *search, LDAPMessage *message)
{
    int result = LDAP_OTHER;
    char *diagnostic = NULL;
    LDAPControl **controls = NULL;
    int parsed = libldap.parse_result(engine->directory->ldap, message, &result, NULL,
                                      &diagnostic, NULL, &controls, 0);
    bool affordable = spend(engine, search, LIMIT_PAGES, 1) &&
                      spend(engine, search, LIMIT_IDLE_PAGES, 1) &&
                      spend(engine, search, LIMIT_PARTS, search->next > 0 ? 1 : 0);
    if (affordable)
        engine_land(engine, search);
    if (parsed != LDAP_SUCCESS)
        result = parsed;
    if (affordable && result != LDAP_SUCCESS) {
        g_autofree char *why = answer_reason(result, diagnostic);
        engine_miss(engine, search, why);
    } else if (affordable) {
        take_cookie(engine, search, controls);
        go_on(engine, search);
    }
    libldap.memfree(diagnostic);
    libldap.controls_free(controls);
}

void
engine_take(Engine *engine, Search *search, LDAPMessage *message)
{
    int type = libldap.msgtype(message);
    if (!is_in_time(engine, search))
        return;
    if (type == LDAP_RES_SEARCH_ENTRY && search->names)
        take_name(engine, search, message);
    else if (type == LDAP_RES_SEARCH_ENTRY)
        take_entry(engine, search, message);
    else if (type == LDAP_RES_SEARCH_RESULT)
        take_result(engine, search, message);
    else if (type == LDAP_RES_SEARCH_REFERENCE) /* to another domain: not followed */
        spend(engine, search, LIMIT_REFERENCES, 1);
    else
        spend(engine, search, LIMIT_INTERMEDIATE, 1);
}
