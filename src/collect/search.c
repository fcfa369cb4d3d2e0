/* Pages, ranges and several searches at a time over one connection. */
#include "base/fault.h"
#include "libldap.h"
#include "search_parts.h"

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

Search *
engine_push(Engine *engine, const char *file, char *base, int scope, char *filter,
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
        engine_push(engine, query->file, query_fill(query->base, args), query->scope,
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

void
engine_miss(const Engine *engine, const Search *search, const char *why)
{
    if (search->optional)
        return;
    gsize length = strlen(search->filter);
    g_autofree char *shown = g_strndup(search->filter, MIN(length, SHOWN_FILTER));
    g_autofree char *valid = g_utf8_make_valid(shown, -1);
    g_autofree char *what =
        g_strdup_printf("%s: %s%s below \"%s\"", search->file, valid,
                        length > SHOWN_FILTER ? "..." : "", search->base);
    Estate *estate = engine->builder->estate;
    estate_add_gap(estate, what, why);
    if (!estate->cut_short)
        estate->cut_short = estate_string(estate, why);
}

static LDAPControl *
page_control(const Engine *engine, const Search *search)
{
    LDAPControl *control = NULL;
    struct berval *cookie = search->cookie;
    libldap.create_page_control(engine->directory->ldap, PAGE_SIZE, cookie, 0, &control);
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
    int result = libldap.search_ext(ldap, search->base, search->scope, search->filter,
                                    search->attributes, 0, controls, NULL, &limit,
                                    LDAP_NO_LIMIT, &search->id);
    if (page)
        libldap.control_free(page);
    if (result == LDAP_FILTER_ERROR)
        return fault_set(error, FAULT_CONFIG, "%s: the filter does not parse: %s",
                         search->file, search->filter);
    if (result != LDAP_SUCCESS)
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", engine->directory->uri->text,
                         libldap.err2string(result));
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

void
engine_land(Engine *engine, Search *search)
{
    g_hash_table_remove(engine->flying, GINT_TO_POINTER(search->id));
    engine->paged -= search->scope != LDAP_SCOPE_BASE ? 1 : 0;
    search->id = search->ahead;
    search->ahead = 0;
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
        libldap.abandon_ext(engine->directory->ldap, search->id, NULL, NULL);
        engine_miss(engine, search, why);
    }
    g_hash_table_remove_all(engine->flying);
    engine->paged = 0;
}

/* The connection is of no more use; one cause may be the rest of a search that was given
 * up, where the server sends it all the same. */
static bool
fail(const Engine *engine, const char *why, GError **error)
{
    g_autofree char *before =
        engine->stopped == LIMIT_COUNT ? NULL : engine_gave_up(engine->stopped);
    return fault_set(error, FAULT_UNREACHABLE, "%s: %s%s%s", engine->directory->uri->text,
                     why, before ? "; of one search before, " : "", before ? before : "");
}

/* Nothing came for a while.  Asks the server for something small; false where
 * that was asked already, and stayed without an answer too. */
static bool
take_silence(Engine *engine, GError **error)
{
    LDAP *ldap = engine->directory->ldap;
    static const char *none[] = {LDAP_NO_ATTRS, NULL};
    if (engine->probe == 0 &&
        libldap.search_ext(ldap, "", LDAP_SCOPE_BASE, "(objectClass=*)", (char **)none, 0,
                           NULL, NULL, NULL, 1, &engine->probe) == LDAP_SUCCESS) {
        /* It gets the grace alone. */
        gint64 spent_s = MAX(engine->plan->timeout_s - GRACE_S, 0);
        engine->heard_us = g_get_monotonic_time() - spent_s * G_USEC_PER_SEC;
        return true;
    }
    g_autofree char *why = g_strdup_printf("did not answer a search within %d seconds",
                                           engine->plan->timeout_s);
    return fail(engine, why, error);
}

static bool
take_message(Engine *engine, LDAPMessage *message)
{
    int id = libldap.msgid(message);
    if (id == engine->probe && id != 0) {
        if (libldap.msgtype(message) == LDAP_RES_SEARCH_RESULT) {
            engine->probe = 0;
            give_up(engine);
        }
        return true;
    }
    /* An unsolicited notification announces the end (RFC 4511 4.4.1). */
    if (id == 0)
        return false;
    Search *search = g_hash_table_lookup(engine->flying, GINT_TO_POINTER(id));
    if (search)
        engine_take(engine, search, message);
    return true;
}

/* Asks for the pages that follow those that came, so that the DC works at them while
 * these are taken in. */
static bool
ask_ahead(Engine *engine, LDAPMessage *chain, GError **error)
{
    LDAP *ldap = engine->directory->ldap;
    for (LDAPMessage *at = libldap.first_message(ldap, chain); at && engine->probe == 0;
         at = libldap.next_message(ldap, at)) {
        int id = libldap.msgid(at);
        Search *search = libldap.msgtype(at) == LDAP_RES_SEARCH_RESULT
                             ? g_hash_table_lookup(engine->flying, GINT_TO_POINTER(id))
                             : NULL;
        if (!search || !engine_goes_on(engine, search, at))
            continue;
        if (!send_search(engine, search, error))
            return false;
        search->ahead = search->id;
        search->id = id;
    }
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
    int type = libldap.result(ldap, LDAP_RES_ANY, LDAP_MSG_RECEIVED, &wait, &chain);
    if (type == 0)
        return take_silence(engine, error);
    if (type < 0)
        return fail(engine,
                    guard->timed_out ? "sent an answer too slowly to go on with it"
                    : guard->flooded ? "sends without an end what nobody asked for"
                                     : "the connection was lost",
                    error);
    engine->heard_us = g_get_monotonic_time();
    if (!ask_ahead(engine, chain, error)) {
        libldap.msgfree(chain);
        return false;
    }
    bool alive = true;
    for (LDAPMessage *at = libldap.first_message(ldap, chain); at && alive;
         at = libldap.next_message(ldap, at))
        alive = take_message(engine, at);
    libldap.msgfree(chain);
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
