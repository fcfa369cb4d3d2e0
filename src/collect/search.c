/* Pages, ranges and several searches at a time over one connection. */
#include "search.h"

#include "answer.h"
#include "base/fault.h"
#include "base/limits.h"

#include <string.h>

#define PAGE_SIZE 1000 /* AD's MaxPageSize (MS-ADTS 3.1.1.3.4.6) */
/* A DC keeps the state of ten paged searches per connection
 * (MaxResultSetsPerConn) and forgets the oldest beyond that. */
#define PAGED_IN_FLIGHT 8
#define BASE_IN_FLIGHT 32
#define GRACE_S 5        /* for a DC that was silent to answer at all */
#define SHOWN_FILTER 160 /* characters of a filter in a gap */

/* MS-ADTS 3.1.1.3.4.1.11: a BER SEQUENCE of one INTEGER; owner 1, group 2,
 * DACL 4, and not the SACL, which needs a privilege. */
#define SD_FLAGS_OID "1.2.840.113556.1.4.801"
static const char sd_flags_value[] = {0x30, 0x03, 0x02, 0x01, 0x07};

typedef struct {
    Job job; /* what the caller sees; first, so that both are one address */
    const char *file;
    char *base;
    int scope;
    char *filter;
    char **attributes;
    Reading reading;
    GHashTable *seen;      /* accounts in job.accounts */
    struct berval *cookie; /* of the next page; NULL: the first */
    guint page_start;      /* entries when the page at hand was asked for */
    guint64 spent[LIMIT_COUNT];
    gint64 begun_us; /* when it was first sent */
    int id;          /* of the request in flight */
    bool names;      /* their sAMAccountNames are all that is taken */
    bool optional;   /* the rest of a ranged attribute: settling reports it */
    guint next;      /* with which value a list goes on; 0: it does not */
} Search;

struct Engine {
    Directory *directory;
    Builder *builder;
    const CollectPlan *plan;
    GPtrArray *searches; /* of Search *, all */
    GQueue waiting;      /* of Search *, borrowed */
    GHashTable *flying;  /* message id -> Search * */
    guint paged;         /* of them, paged ones */
    Limit stopped;       /* the last that a search went beyond; LIMIT_COUNT: none */
    gint64 heard_us;     /* when the server last said something */
    int probe;           /* id of the probe in flight; 0: none */
    Sieve *sieve;        /* NULL: every entry is kept */
};

static void
search_free(gpointer data)
{
    Search *search = data;
    g_ptr_array_unref(search->job.accounts);
    g_clear_pointer(&search->job.members, g_ptr_array_unref);
    g_hash_table_unref(search->seen);
    g_free(search->base);
    g_free(search->filter);
    g_strfreev(search->attributes);
    if (search->cookie)
        ber_bvfree(search->cookie);
    g_free(search);
}

Engine *
engine_new(Directory *directory, Builder *builder, const CollectPlan *plan)
{
    Engine *engine = g_new0(Engine, 1);
    engine->directory = directory;
    engine->builder = builder;
    engine->plan = plan;
    engine->stopped = LIMIT_COUNT;
    engine->searches = g_ptr_array_new_with_free_func(search_free);
    g_queue_init(&engine->waiting);
    engine->flying = g_hash_table_new(NULL, NULL);
    return engine;
}

void
engine_free(Engine *engine)
{
    if (!engine)
        return;
    g_hash_table_unref(engine->flying);
    g_queue_clear(&engine->waiting);
    g_ptr_array_unref(engine->searches);
    g_free(engine);
}

static Search *
add_search(Engine *engine, const char *file, char *base, int scope, char *filter,
           char **attributes)
{
    Search *search = g_new0(Search, 1);
    search->job.accounts = g_ptr_array_new();
    search->seen = g_hash_table_new(NULL, NULL);
    search->file = file;
    search->base = base;
    search->scope = scope;
    search->filter = filter;
    search->attributes = attributes;
    g_ptr_array_add(engine->searches, search);
    g_queue_push_tail(&engine->waiting, search);
    return search;
}

static Search *
add_query(Engine *engine, const Query *query, const QueryArg *args, bool catalog)
{
    Search *search =
        add_search(engine, query->file, query_fill(query->base, args), query->scope,
                   query_fill(query->filter, args), g_strdupv(query->attributes));
    search->reading = (Reading){query->asked, query->security, catalog};
    for (AttrId attr = 0; catalog && attr < ATTR_COUNT; attr++)
        if (!attribute_of(attr)->in_gc)
            search->reading.asked &= ~attribute_bit(attr);
    return search;
}

Job *
engine_add(Engine *engine, const Query *query, const QueryArg *args, bool catalog)
{
    return &add_query(engine, query, args, catalog)->job;
}

Job *
engine_add_list(Engine *engine, const Query *query, const QueryArg *args)
{
    Search *search = add_query(engine, query, args, false);
    search->job.members = g_ptr_array_new_with_free_func(g_free);
    search->reading.asked &= ~attribute_bit(ATTR_MEMBER);
    search->optional = true;
    return &search->job;
}

Job *
engine_add_names(Engine *engine, const Query *query, const QueryArg *args)
{
    Search *search = add_query(engine, query, args, false);
    search->job.members = g_ptr_array_new_with_free_func(g_free);
    search->names = search->optional = true;
    return &search->job;
}

static void
add_gap(const Engine *engine, const Search *search, const char *why)
{
    if (search->optional)
        return;
    gsize length = strlen(search->filter);
    g_autofree char *shown = g_strndup(search->filter, MIN(length, SHOWN_FILTER));
    g_autofree char *valid = g_utf8_make_valid(shown, -1);
    g_autofree char *what =
        g_strdup_printf("%s: %s%s below \"%s\"", search->file, valid,
                        length > SHOWN_FILTER ? "..." : "", search->base);
    estate_add_gap(engine->builder->estate, what, why);
}

static LDAPControl *
page_control(const Engine *engine, const Search *search)
{
    LDAPControl *control = NULL;
    struct berval *cookie = search->cookie;
    ldap_create_page_control(engine->directory->ldap, PAGE_SIZE, cookie, 0, &control);
    return control;
}

static bool
send_search(Engine *engine, Search *search, GError **error)
{
    LDAP *ldap = engine->directory->ldap;
    LDAPControl sd_flags = {
        (char *)SD_FLAGS_OID, {sizeof sd_flags_value, (char *)sd_flags_value}, 0};
    bool paged = search->scope != LDAP_SCOPE_BASE;
    LDAPControl *page = paged ? page_control(engine, search) : NULL;
    LDAPControl *controls[3] = {NULL};
    guint count = 0;
    if (page)
        controls[count++] = page;
    if (search->reading.security)
        controls[count++] = &sd_flags;
    struct timeval limit = {.tv_sec = engine->plan->timeout_s};
    int result = ldap_search_ext(ldap, search->base, search->scope, search->filter,
                                 search->attributes, 0, controls, NULL, &limit,
                                 LDAP_NO_LIMIT, &search->id);
    if (page)
        ldap_control_free(page);
    if (result == LDAP_FILTER_ERROR)
        return fault_set(error, FAULT_CONFIG, "%s: the filter does not parse: %s",
                         search->file, search->filter);
    if (result != LDAP_SUCCESS)
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", engine->directory->uri->text,
                         ldap_err2string(result));
    search->page_start = search->job.entries;
    search->begun_us = search->begun_us ? search->begun_us : g_get_monotonic_time();
    if (engine->heard_us == 0 || g_hash_table_size(engine->flying) == 0)
        engine->heard_us = g_get_monotonic_time();
    g_hash_table_insert(engine->flying, GINT_TO_POINTER(search->id), search);
    engine->paged += paged ? 1 : 0;
    return true;
}

static bool
send_waiting(Engine *engine, GError **error)
{
    GQueue later = G_QUEUE_INIT;
    Search *search;
    bool sent = true;
    while (sent && g_hash_table_size(engine->flying) < BASE_IN_FLIGHT &&
           (search = g_queue_pop_head(&engine->waiting)) != NULL) {
        if (search->scope != LDAP_SCOPE_BASE && engine->paged >= PAGED_IN_FLIGHT)
            g_queue_push_tail(&later, search);
        else
            sent = send_search(engine, search, error);
    }
    while ((search = g_queue_pop_tail(&later)) != NULL)
        g_queue_push_head(&engine->waiting, search);
    return sent;
}

static void
land(Engine *engine, Search *search)
{
    g_hash_table_remove(engine->flying, GINT_TO_POINTER(search->id));
    engine->paged -= search->scope != LDAP_SCOPE_BASE ? 1 : 0;
}

/* (transfer full) */
static char *
gave_up(Limit limit)
{
    g_autofree char *says = limit_says(limit);
    return g_strdup_printf("%s: it was given up", says);
}

/* Ends a search that went beyond its limit. */
static void
stop(Engine *engine, Search *search, Limit limit)
{
    g_autofree char *why = gave_up(limit);
    ldap_abandon_ext(engine->directory->ldap, search->id, NULL, NULL);
    land(engine, search);
    search->optional = false; /* nobody else tells it */
    add_gap(engine, search, why);
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
        Search *search = add_search(engine, of->file, g_strdup(rest->dn), LDAP_SCOPE_BASE,
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
    struct berval **values =
        ldap_get_values_len(engine->directory->ldap, message, attr_name(ATTR_SAM_NAME));
    if (values && values[0] && names->len < NEARBY_MAX)
        g_ptr_array_add(names, g_strndup(values[0]->bv_val, values[0]->bv_len));
    ldap_value_free_len(values);
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
        add_gap(engine, search, "an entry of the answer is malformed");
        return;
    }
    if (!afford(engine, search, &entry))
        return;
    for (guint i = attributes->len; i-- > 0;)
        if (take_list(search, &entry.attributes[i])) {
            ldap_memfree(entry.attributes[i].values);
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
take_cookie(Engine *engine, Search *search, LDAPControl **controls)
{
    if (search->cookie)
        ber_bvfree(search->cookie);
    search->cookie = NULL;
    LDAPControl *control =
        controls ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL) : NULL;
    ber_int_t estimate = 0;
    struct berval cookie = {0};
    if (!control || ldap_parse_pageresponse_control(engine->directory->ldap, control,
                                                    &estimate, &cookie) != LDAP_SUCCESS)
        return;
    if (cookie.bv_len > 0)
        search->cookie = ber_bvdup(&cookie);
    ldap_memfree(cookie.bv_val);
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
    int parsed = ldap_parse_result(engine->directory->ldap, message, &result, NULL,
                                   &diagnostic, NULL, &controls, 0);
    bool affordable = spend(engine, search, LIMIT_PAGES, 1) &&
                      spend(engine, search, LIMIT_IDLE_PAGES, 1) &&
                      spend(engine, search, LIMIT_PARTS, search->next > 0 ? 1 : 0);
    if (affordable)
        land(engine, search);
    if (parsed != LDAP_SUCCESS)
        result = parsed;
    if (affordable && result != LDAP_SUCCESS) {
        g_autofree char *why = answer_reason(result, diagnostic);
        add_gap(engine, search, why);
    } else if (affordable) {
        take_cookie(engine, search, controls);
        go_on(engine, search);
    }
    ldap_memfree(diagnostic);
    ldap_controls_free(controls);
}

/* Drops what is in flight: the server lives, these searches are too slow. */
static void
give_up(Engine *engine)
{
    GHashTableIter iter;
    gpointer value;
    g_autofree char *why =
        g_strdup_printf("no answer within %d seconds", engine->plan->timeout_s);
    g_hash_table_iter_init(&iter, engine->flying);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Search *search = value;
        ldap_abandon_ext(engine->directory->ldap, search->id, NULL, NULL);
        add_gap(engine, search, why);
    }
    g_hash_table_remove_all(engine->flying);
    engine->paged = 0;
}

/* Nothing came for a while.  Asks the server for something small; false where
 * that was asked already, and stayed without an answer too. */
static bool
take_silence(Engine *engine, GError **error)
{
    LDAP *ldap = engine->directory->ldap;
    static const char *none[] = {LDAP_NO_ATTRS, NULL};
    if (engine->probe == 0 &&
        ldap_search_ext(ldap, "", LDAP_SCOPE_BASE, "(objectClass=*)", (char **)none, 0,
                        NULL, NULL, NULL, 1, &engine->probe) == LDAP_SUCCESS) {
        /* It gets the grace alone. */
        gint64 spent_s = MAX(engine->plan->timeout_s - GRACE_S, 0);
        engine->heard_us = g_get_monotonic_time() - spent_s * G_USEC_PER_SEC;
        return true;
    }
    g_autofree char *before =
        engine->stopped == LIMIT_COUNT ? NULL : gave_up(engine->stopped);
    return fault_set(error, FAULT_UNREACHABLE,
                     "%s: did not answer a search within %d seconds%s%s",
                     engine->directory->uri->text, engine->plan->timeout_s,
                     before ? "; of one before, " : "", before ? before : "");
}

static bool
take_message(Engine *engine, LDAPMessage *message)
{
    int id = ldap_msgid(message), type = ldap_msgtype(message);
    if (id == engine->probe && id != 0) {
        if (type == LDAP_RES_SEARCH_RESULT) {
            engine->probe = 0;
            give_up(engine);
        }
        return true;
    }
    /* An unsolicited notification announces the end (RFC 4511 4.4.1). */
    if (id == 0)
        return false;
    Search *search = g_hash_table_lookup(engine->flying, GINT_TO_POINTER(id));
    if (!search || !is_in_time(engine, search))
        return true;
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
    return true;
}

static bool
receive(Engine *engine, GError **error)
{
    LDAP *ldap = engine->directory->ldap;
    LDAPMessage *chain = NULL;
    gint64 quiet_us = (gint64)engine->plan->timeout_s * G_USEC_PER_SEC;
    gint64 left_us = MAX(engine->heard_us + quiet_us - g_get_monotonic_time(), 0);
    struct timeval wait = {.tv_sec = left_us / G_USEC_PER_SEC,
                           .tv_usec = left_us % G_USEC_PER_SEC};
    Guard *guard = &engine->directory->guard;
    guard_start(guard, left_us + quiet_us, MOST_WAIT_BYTES);
    int type = ldap_result(ldap, LDAP_RES_ANY, LDAP_MSG_RECEIVED, &wait, &chain);
    if (type == 0)
        return take_silence(engine, error);
    if (type < 0)
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", engine->directory->uri->text,
                         guard->timed_out ? "sent an answer too slowly to go on with it"
                         : guard->flooded ? "sends without an end what nobody asked for"
                                          : "the connection was lost");
    engine->heard_us = g_get_monotonic_time();
    bool alive = true;
    for (LDAPMessage *at = ldap_first_message(ldap, chain); at && alive;
         at = ldap_next_message(ldap, at))
        alive = take_message(engine, at);
    ldap_msgfree(chain);
    return alive ||
           fault_set(error, FAULT_UNREACHABLE, "%s: the server ended the connection",
                     engine->directory->uri->text);
}

void
engine_sift(Engine *engine, Sieve *sieve)
{
    engine->sieve = sieve;
}

bool
engine_start(Engine *engine, GError **error)
{
    engine->heard_us = 0;
    directory_expect(engine->directory, MOST_WAIT_BYTES);
    return send_waiting(engine, error);
}

bool
engine_run(Engine *engine, GError **error)
{
    /* Of what is in flight already nobody looked for an answer yet. */
    engine->heard_us = g_hash_table_size(engine->flying) > 0 ? g_get_monotonic_time() : 0;
    while (!g_queue_is_empty(&engine->waiting) || g_hash_table_size(engine->flying) > 0) {
        directory_expect(engine->directory, MOST_WAIT_BYTES);
        if (!send_waiting(engine, error) || !receive(engine, error))
            return false;
    }
    return true;
}
