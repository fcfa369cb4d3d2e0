/* The files of a run: the system's that libraries need, those of the environment, those
 * that the options name. */
#include "confine.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/place.h"
#include "base/sandbox.h"
#include "recorder.h"
#include "store/db.h"
#include "ticket/credentials.h"
#include "ticket/names.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is not there is passed over.  Not all of /etc: what root alone may read there is
 * nobody's business here. */
static const char *const system_files[] = {
    "/usr",
    "/lib",
    "/lib64",
    "/lib32",
    "/nix/store",
    "/gnu/store",
    /* names, services, libraries, time */
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/nsswitch.conf",
    "/etc/networks",
    "/etc/protocols",
    "/etc/services",
    "/etc/passwd",
    "/etc/group",
    "/etc/userdb",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/machine-id",
    /* Kerberos, TLS, SASL */
    "/etc/krb5.conf",
    "/etc/krb5.conf.d",
    "/etc/krb5",
    "/etc/gss",
    "/etc/sasl2",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/gnutls",
    "/etc/pkcs11",
    /* its own, PostgreSQL's */
    "/etc/kcdaudit",
    "/etc/kcdaudit/kcdaudit.conf",
    "/etc/postgresql-common",
    /* what daemons keep for them */
    "/run/systemd/resolve",
    "/run/systemd/userdb",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/var/cache/nscd",
    "/var/lib/sss",
    "/var/lib/krb5",
    "/dev/urandom",
    "/dev/random",
    "/proc/self",
    "/proc/sys",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system",
};

/* Below the home. */
static const char *const home_files[] = {
    ".config/kcdaudit", ".config/kcdaudit/kcdaudit.conf", ".postgresql", ".pgpass",
    ".pg_service.conf",
};

/* Variables that name a file or folder, or several between colons. */
static const char *const named_files[] = {
    "LDAPTLS_CERT",  "LDAPTLS_KEY",   "TZ",        "TZDIR",    "PGPASSFILE",
    "PGSERVICEFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY",
};

/* "FILE:/etc/krb5.keytab": where it is a file. */
static const char *
without_type(const char *name)
{
    static const char *const types[] = {"FILE:", "WRFILE:", "DIR::", "DIR:"};
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_has_prefix(name, types[i]))
            return name + strlen(types[i]);
    return name;
}

static void
allow_read(Sandbox *sandbox, const char *path)
{
    if (path && *path)
        sandbox_allow(sandbox, SANDBOX_READ, without_type(path));
}

/* The folder of a file that is written, or the nearest above it that is there. */
static void
allow_folder_of(Sandbox *sandbox, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    while (access(folder, F_OK) != 0 && strcmp(folder, "/") != 0 &&
           strcmp(folder, ".") != 0) {
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
    sandbox_allow(sandbox, SANDBOX_CHANGE, folder);
}

/* A file or a folder; what the caller has opened needs nothing. */
static void
allow_write(Sandbox *sandbox, const char *path)
{
    if (!path || !*path || strcmp(path, "-") == 0 || place_descriptor(path) >= 0 ||
        place_is_null(path))
        return;
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        sandbox_allow(sandbox, SANDBOX_CHANGE, path);
    else
        allow_folder_of(sandbox, path);
}

/* Its lines (transfer full); none of what is no file, and of what is another's: that is
 * refused where it is used. */
static char **
lines_of(const char *path)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    bool is_read = g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
                   file_read(path, MOST_CONFIG_BYTES, FAULT_CONFIG, &text, &length, NULL);
    return g_strsplit(is_read ? text : "", "\n", -1);
}

/* krb5.conf includes others. */
static void
allow_profile(Sandbox *sandbox, const char *path)
{
    allow_read(sandbox, path);
    g_auto(GStrv) lines = lines_of(path);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, "include ") || g_str_has_prefix(*line, "includedir "))
            allow_read(sandbox, g_strstrip(strchr(*line, ' ')));
}

static void
allow_surroundings(Sandbox *sandbox)
{
    const char *home = g_get_home_dir();
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *profiles = getenv("KRB5_CONFIG");
    for (guint i = 0; i < G_N_ELEMENTS(system_files); i++)
        sandbox_allow(sandbox, SANDBOX_READ, system_files[i]);
    for (guint i = 0; i < G_N_ELEMENTS(home_files); i++) {
        g_autofree char *path = g_build_filename(home, home_files[i], NULL);
        sandbox_allow(sandbox, SANDBOX_READ, path);
    }
    for (guint i = 0; i < G_N_ELEMENTS(named_files); i++)
        allow_read(sandbox, getenv(named_files[i]));
    if (config) {
        g_autofree char *path = g_build_filename(config, "kcdaudit", NULL);
        g_autofree char *file = g_build_filename(path, "kcdaudit.conf", NULL);
        sandbox_allow(sandbox, SANDBOX_READ, path);
        sandbox_allow(sandbox, SANDBOX_READ, file);
    }
    g_auto(GStrv) list = g_strsplit(profiles ? profiles : "/etc/krb5.conf", ":", -1);
    for (char **path = list; *path; path++)
        allow_profile(sandbox, *path);
    sandbox_allow(sandbox, SANDBOX_CHANGE, "/dev/null");
    /* What the caller has opened, which libkrb5 opens anew. */
    sandbox_allow(sandbox, SANDBOX_CHANGE, getenv("KRB5_TRACE"));
}

/* Tickets are kept in it. */
static void
allow_cache(Sandbox *sandbox)
{
    g_autofree char *cache = credentials_usual_cache();
    if (!cache)
        return;
    const char *path = without_type(cache);
    g_autofree char *folder = g_path_get_dirname(path);
    bool one_of_several = g_str_has_prefix(cache, "DIR::");
    sandbox_allow(sandbox, SANDBOX_CHANGE, one_of_several ? folder : path);
}

/* Certificates that the address of a server names. */
static void
allow_named_in(Sandbox *sandbox, const char *address)
{
    const char *query = strchr(address, '?');
    g_auto(GStrv) parts = g_strsplit(query ? query + 1 : "", "&", -1);
    for (char **part = parts; *part; part++) {
        const char *value = strchr(*part, '=');
        g_autofree char *path = value ? g_uri_unescape_string(value + 1, NULL) : NULL;
        if (path && strchr(path, '/'))
            allow_read(sandbox, path);
    }
}

/* Certificates and passwords that a service of libpq names. */
static void
allow_services(Sandbox *sandbox)
{
    const char *named = getenv("PGSERVICEFILE");
    g_autofree char *own = g_build_filename(g_get_home_dir(), ".pg_service.conf", NULL);
    const char *files[] = {named ? named : own, "/etc/postgresql-common/pg_service.conf"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_auto(GStrv) lines = lines_of(files[i]);
        for (char **line = lines; *line; line++) {
            char *value = strchr(*line, '=');
            if (value && value[1] == '/')
                allow_read(sandbox, g_strchomp(value + 1));
        }
    }
}

/* What is too large to sort in memory is sorted beside the history, not in /tmp. */
static void
allow_sorting(Sandbox *sandbox, const char *history)
{
    g_autofree char *folder = g_path_get_dirname(history);
    const char *asked = g_getenv("SQLITE_TMPDIR");
    if (!asked && access(folder, W_OK) == 0)
        g_setenv("SQLITE_TMPDIR", folder, TRUE);
    else
        sandbox_allow(sandbox, SANDBOX_CHANGE, asked ? asked : "/var/tmp");
}

static void
allow_history(Sandbox *sandbox, const Options *options)
{
    g_autofree char *place = recorder_place(options);
    g_autofree char *aside = recorder_aside();
    bool server = place && db_is_server(place);
    const char *file = server ? aside : place;
    if (server) {
        allow_named_in(sandbox, place);
        allow_services(sandbox);
        if (!options->keytab)
            allow_cache(sandbox); /* libpq signs in by Kerberos, too */
    }
    if (!file)
        return;
    /* It is kept where it stands: a link leads to it. */
    char *real = realpath(file, NULL);
    allow_write(sandbox, file);
    allow_write(sandbox, real);
    allow_sorting(sandbox, real ? real : file);
    free(real);
}

/* Reports and fixes are written, every other file is read. */
static void
allow_options(Sandbox *sandbox, const Options *options)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        gconstpointer field = (const char *)options + row->offset;
        if (row->kind == G_OPTION_ARG_FILENAME)
            allow_read(sandbox, *(char *const *)field);
        char **list =
            row->kind == G_OPTION_ARG_FILENAME_ARRAY ? *(char **const *)field : NULL;
        for (; list && *list; list++)
            allow_read(sandbox, *list);
    }
    for (char **argument = options->arguments; argument && *argument; argument++)
        allow_read(sandbox, *argument);
    for (guint i = 0; i < options->outputs->len; i++)
        allow_write(sandbox, ((const Output *)options->outputs->pdata[i])->path);
    allow_write(sandbox, options->output);
    allow_write(sandbox, options->fixes);
}

static bool
asks_for_tickets(const Command *command, const Options *options)
{
    bool offline = options->ldif && options->shard.count == 0;
    return (command->options & OPTIONS_KERBEROS) && !offline;
}

static bool
has_history(const Command *command, const Options *options)
{
    return (command->options & OPTIONS_HISTORY) && !options->no_history;
}

/* libpq signs in by Kerberos, too. */
static bool
is_kept_by_server(const Command *command, const Options *options)
{
    g_autofree char *place =
        has_history(command, options) ? recorder_place(options) : NULL;
    return place && db_is_server(place);
}

bool
confine(const Command *command, const Options *options, GError **error)
{
    bool tickets = asks_for_tickets(command, options);
    if ((tickets || is_kept_by_server(command, options)) && !names_are_own(error))
        return false;
    g_autoptr(Sandbox) sandbox = sandbox_new();
    if (!sandbox)
        return true;
    allow_surroundings(sandbox);
    allow_options(sandbox, options);
    if (tickets && !options->keytab)
        allow_cache(sandbox);
    if (has_history(command, options))
        allow_history(sandbox, options);
    sandbox_enter(sandbox);
    return true;
}
