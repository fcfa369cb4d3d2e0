/* Reaches a PostgreSQL server: over TLS or a local socket, and never by a password that
 * stands on a command line or in the environment. */
#include "postgres.h"

#include "base/fault.h"
#include "base/place.h"
#include "base/pool.h"
#include "base/text.h"

#include <string.h>
#include <unistd.h>

#define NO_ADDRESS                                                 \
    "--history: this is no address of a PostgreSQL server; write " \
    "postgresql://USER@HOST/DATABASE, or postgresql:///DATABASE for a local socket"

void
postgres_place_clear(PostgresPlace *place)
{
    g_clear_pointer(&place->names, g_ptr_array_unref);
    g_clear_pointer(&place->values, g_ptr_array_unref);
}

static const char *
option_of(const PQconninfoOption *options, const char *name)
{
    for (; options && options->keyword; options++)
        if (strcmp(options->keyword, name) == 0)
            return options->val && *options->val ? options->val : NULL;
    return NULL;
}

/* Whether TLS is what the mode stands for, whatever the server offers. */
static bool
is_safe(const char *mode)
{
    return strcmp(mode, "require") == 0 || strcmp(mode, "verify-ca") == 0 ||
           strcmp(mode, "verify-full") == 0;
}

/* The user's own authority, to check the server by. */
static bool
has_root(const PQconninfoOption *given, const PQconninfoOption *usual)
{
    g_autofree char *default_root =
        g_build_filename(g_get_home_dir(), ".postgresql", "root.crt", NULL);
    return option_of(given, "sslrootcert") || option_of(usual, "sslrootcert") ||
           access(default_root, F_OK) == 0;
}

/* The authorities that the machine trusts; NULL: it does not say. */
static const char *
machine_root(void)
{
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    };
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        if (access(files[i], R_OK) == 0)
            return files[i];
    return NULL;
}

/* As the address or the service has it, if that is TLS; else the strongest there is. */
static const char *
mode_of(const PQconninfoOption *given, const PQconninfoOption *usual)
{
    const char *mode = option_of(given, "sslmode");
    const char *of_service = option_of(usual, "sslmode");
    if (mode)
        return mode;
    return of_service && is_safe(of_service) ? of_service : "verify-full";
}

/* What the environment and the service file say: of the service that the URI names. */
static PQconninfoOption *
usual_options(const PQconninfoOption *given)
{
    const char *service = option_of(given, "service");
    if (service)
        g_setenv("PGSERVICE", service, TRUE);
    return libpq.PQconndefaults();
}

static void
tell(PostgresPlace *place, const char *name, const char *value)
{
    g_ptr_array_add(place->names, g_strdup(name));
    g_ptr_array_add(place->values, g_strdup(value));
}

static bool
is_allowed(const PQconninfoOption *given, GError **error)
{
    const char *mode = option_of(given, "sslmode");
    if (option_of(given, "password") || option_of(given, "sslpassword"))
        return fault_set(
            error, FAULT_CONFIG,
            "--history: the address has a password in it, which everybody on "
            "this machine can see; leave it out, and put it into ~/.pgpass "
            "(mode 0600), or use a certificate or Kerberos");
    return !mode || is_safe(mode) ||
           fault_set(error, FAULT_CONFIG,
                     "--history: sslmode=%s may send the audit in clear; write "
                     "sslmode=verify-full, or leave it out",
                     strcmp(mode, "disable") == 0  ? "disable"
                     : strcmp(mode, "allow") == 0  ? "allow"
                     : strcmp(mode, "prefer") == 0 ? "prefer"
                                                   : "as given");
}

static bool
is_own(const char *what, const char *path, GError **error)
{
    g_autofree char *fault = place_fault(path, PLACE_READ);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    return !fault || fault_set(error, FAULT_CONFIG, "--history: %s %s cannot be used: %s",
                               what, shown, fault);
}

/* What nobody named is looked at where it is there. */
static bool
is_own_usual(const char *what, const char *below_home, GError **error)
{
    g_autofree char *path = g_build_filename(g_get_home_dir(), below_home, NULL);
    return access(path, F_OK) != 0 || is_own(what, path, error);
}

/* It says where the server is, and which of the files below are taken. */
static bool
is_own_service(const PQconninfoOption *given, GError **error)
{
    const char *named = g_getenv("PGSERVICEFILE");
    if (!option_of(given, "service") && !g_getenv("PGSERVICE"))
        return true;
    return named ? is_own("PGSERVICEFILE", named, error)
                 : is_own_usual("the service file", ".pg_service.conf", error);
}

/* Files that libpq opens by name: the address's, the environment's, the service's, or
 * what is in their place below the home. */
static bool
are_own(const PQconninfoOption *given, const PQconninfoOption *usual, GError **error)
{
    static const struct {
        const char *option, *below_home;
    } files[] = {
        {"passfile", ".pgpass"},
        {"sslrootcert", ".postgresql/root.crt"},
        {"sslcert", ".postgresql/postgresql.crt"},
        {"sslkey", ".postgresql/postgresql.key"},
        {"sslcrl", ".postgresql/root.crl"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *option = files[i].option, *named = option_of(given, option);
        named = named ? named : option_of(usual, option);
        /* "system" is no file: the authorities of OpenSSL. */
        bool own = !named ? is_own_usual(option, files[i].below_home, error)
                          : strcmp(named, "system") == 0 || is_own(option, named, error);
        if (!own)
            return false;
    }
    return true;
}

/* How the server proves who it is. */
static void
tell_trust(PostgresPlace *place, const PQconninfoOption *given,
           const PQconninfoOption *usual)
{
    const char *mode = mode_of(given, usual);
    const char *root = has_root(given, usual) ? NULL : machine_root();
    tell(place, "sslmode", mode);
    if (strcmp(mode, "require") != 0) {
        if (root)
            tell(place, "sslrootcert", root);
        return;
    }
    /* Any certificate will do: a password is proved to the very end of this channel, and
     * never said. */
    tell(place, "channel_binding", "require");
}

static void
fill_place(const PQconninfoOption *given, const PQconninfoOption *usual,
           PostgresPlace *place)
{
    static const char *const ours[] = {"sslmode", "channel_binding", NULL};
    place->names = g_ptr_array_new_with_free_func(g_free);
    place->values = g_ptr_array_new_with_free_func(g_free);
    for (const PQconninfoOption *option = given; option->keyword; option++)
        if (option->val && !g_strv_contains(ours, option->keyword))
            tell(place, option->keyword, option->val);
    tell_trust(place, given, usual);
    tell(place, "client_encoding", "UTF8");
    if (!option_of(given, "application_name"))
        tell(place, "application_name", "kcdaudit");
    g_ptr_array_add(place->names, NULL);
    g_ptr_array_add(place->values, NULL);
}

bool
postgres_place(const char *uri, PostgresPlace *ret_place, GError **error)
{
    char *said = NULL;
    if (!libpq_load(error))
        return false;
    PQconninfoOption *given = libpq.PQconninfoParse(uri, &said);
    libpq.PQfreemem(said); /* may repeat a password */
    if (!given)
        return fault_set(error, FAULT_CONFIG, NO_ADDRESS);
    bool allowed = is_allowed(given, error) && is_own_service(given, error);
    PQconninfoOption *usual = allowed ? usual_options(given) : NULL;
    /* Without them nobody would have looked at the files that they name. */
    if (allowed && !usual)
        allowed = fault_set(error, FAULT_CONFIG,
                            "--history: libpq does not say what the environment and "
                            "the service file have for it; try again");
    allowed = allowed && are_own(given, usual, error);
    if (allowed)
        fill_place(given, usual, ret_place);
    libpq.PQconninfoFree(usual);
    libpq.PQconninfoFree(given);
    return allowed;
}

char *
postgres_words(const char *said)
{
    g_autofree char *line =
        g_strndup(said ? said : "", strcspn(said ? said : "", "\r\n"));
    g_strdelimit(line, "\t", ' ');
    g_strstrip(line);
    char *words = text_quoted(QUOTE_TERMINAL, line);
    return words ? words : g_strdup("?");
}

/* One try to connect. */
typedef struct {
    PGconn *connection;
    bool answered; /* somebody took it, and what went wrong came after that */
} Try;

/* By the SQLSTATE: the server is full, starting or stopping; or there was none that
 * answered.  Nobody is locked out by asking again. */
static bool
may_be_asked_again(const Try *one)
{
    const char *said = libpq.PQerrorMessage(one->connection);
    static const char *const busy[] = {
        "  53300:", "  53400:", "  57P01:", "  57P02:", "  57P03:"};
    for (guint i = 0; i < G_N_ELEMENTS(busy); i++)
        if (strstr(said, busy[i]))
            return true;
    return !one->answered;
}

/* Until it is there or refused, or the time is over. */
static void
drive(Try *one, gint64 deadline_us)
{
    PGconn *connection = one->connection;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        gint64 left_us = deadline_us - g_get_monotonic_time();
        GPollFD poll = {libpq.PQsocket(connection),
                        next == PGRES_POLLING_READING ? G_IO_IN : G_IO_OUT, 0};
        if (left_us <= 0 || poll.fd < 0 ||
            g_poll(&poll, 1, (gint)(left_us / 1000) + 1) < 0)
            return;
        if (poll.revents == 0)
            continue;
        next = libpq.PQconnectPoll(connection);
        ConnStatusType status = libpq.PQstatus(connection);
        one->answered =
            one->answered || (status != CONNECTION_STARTED &&
                              status != CONNECTION_NEEDED && status != CONNECTION_BAD);
    }
}

static bool
is_private(PGconn *connection)
{
    const char *host = libpq.PQhost(connection);
    bool local = host && (*host == '/' || *host == '@');
    return local || libpq.PQsslInUse(connection) || libpq.PQgssEncInUse(connection);
}

static Try
try_once(const PostgresPlace *place, gint64 deadline_us)
{
    Try one = {libpq.PQconnectStartParams((const char *const *)place->names->pdata,
                                          (const char *const *)place->values->pdata, 0),
               false};
    if (!one.connection)
        g_error("out of memory");
    libpq.PQsetErrorVerbosity(one.connection, PQERRORS_VERBOSE);
    if (libpq.PQstatus(one.connection) != CONNECTION_BAD)
        drive(&one, deadline_us);
    return one;
}

/* All tries, in a thread: libpq waits for DNS, and by Kerberos for a KDC, as long as they
 * like. */
typedef struct {
    PostgresPlace place;
    gint64 deadline_us;
    Try last;
    char *told; /* what was in the way, by the last one that said it */
} Tries;

static bool
is_silent(const char *words)
{
    return *words == '\0' || g_str_has_suffix(words, ":");
}

/* The last one may have had no time left to be told. */
static void
take_words(Tries *tries)
{
    char *words = postgres_words(libpq.PQerrorMessage(tries->last.connection));
    if (tries->told && is_silent(words)) {
        g_free(words);
        return;
    }
    g_free(tries->told);
    tries->told = words;
}

static bool
explain(const char *words, const char *uri, GError **error)
{
    return fault_set(error, FAULT_OUTPUT, "cannot reach history %s: %s%s", uri, words,
                     is_silent(words) ? " no answer in time" : "");
}

static void
tries_free(gpointer data)
{
    Tries *tries = data;
    postgres_place_clear(&tries->place);
    libpq.PQfinish(tries->last.connection);
    g_free(tries->told);
    g_free(tries);
}

static void
tries_run(Pool *pool, gpointer job, gpointer worker)
{
    Tries *tries = job;
    Try *last = &tries->last;
    (void)worker;
    *last = try_once(&tries->place, tries->deadline_us);
    while (libpq.PQstatus(last->connection) != CONNECTION_OK &&
           may_be_asked_again(last) && pool_is_wanted(pool)) {
        /* Many wait at once. */
        gint64 pause_us = g_random_int_range(50, 500) * G_GINT64_CONSTANT(1000);
        if (g_get_monotonic_time() + pause_us >= tries->deadline_us)
            break;
        g_usleep((gulong)pause_us);
        take_words(tries);
        libpq.PQfinish(last->connection);
        *last = try_once(&tries->place, tries->deadline_us);
    }
    take_words(tries);
}

bool
postgres_connect(const PostgresPlace *place, const char *uri, guint timeout_s,
                 PGconn **ret_connection, GError **error)
{
    Tries *tries = g_new0(Tries, 1);
    tries->place =
        (PostgresPlace){g_ptr_array_ref(place->names), g_ptr_array_ref(place->values)};
    tries->deadline_us = g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC;
    /* What ends by itself tells better what it waited for. */
    if (!pool_run_one(tries_run, tries, tries_free, (int)timeout_s + 1))
        return explain("", uri, error);
    PGconn *connection = tries->last.connection;
    bool connected = libpq.PQstatus(connection) == CONNECTION_OK;
    if (!connected)
        explain(tries->told, uri, error);
    else if (!is_private(connection))
        connected = fault_set(error, FAULT_OUTPUT,
                              "history %s: the connection is not encrypted", uri);
    if (connected)
        *ret_connection = g_steal_pointer(&tries->last.connection);
    tries_free(tries);
    return connected;
}
