/* The file that keeps past audits, when somebody else wrote it: one of two audits, of
 * which the input changes bytes, or a file of its own. */
#include "fuzz.h"

#include "audit/audit.h"
#include "collect/source.h"
#include "store/history.h"

#include <sqlite3.h>

#define HEAD                                          \
    "dn: \ndefaultNamingContext: DC=a\ncurrentTime: " \
    "20261120120000.0Z\n\ndn: DC=a\nobjectClass: domainDNS\n\n"
#define HOST(name, sid, more)                                                          \
    "dn: CN=" name ",CN=Computers,DC=a\nobjectClass: user\nobjectClass: computer\n"    \
    "objectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA" sid "AAA==\nsAMAccountName: " name  \
    "$\ndNSHostName: " name ".a\nuserAccountControl: 4096\n"                           \
    "servicePrincipalName: Microsoft Virtual System Migration Service/" name "\n" more \
    "\n"

static const char *const estates[] = {
    HEAD HOST("HV01", "TQQ", "msDS-AllowedToDelegateTo: cifs/HV02\n")
        HOST("HV02", "TgQ", ""),
    HEAD HOST("HV01", "TQQ", "")
        HOST("HV02", "TgQ", "msDS-AllowedToDelegateTo: HTTP/gone\n")
            HOST("HV03", "TwQ", ""),
};

static void
record(const char *path, const char *text)
{
    Policy *policy = policy_new();
    Estate *estate = NULL;
    Audit *audit = NULL;
    Db *db = NULL;
    GError *error = NULL;
    CollectPlan plan = {.groups = policy->groups, .timeout_s = 5};
    const char *const paths[] = {fuzz_file((const uint8_t *)text, strlen(text)), NULL};
    PastRun *run = past_run_new();
    run->scope.domain = g_strdup("a");
    run->scope.hosts = g_strdup("");
    run->scope.config = g_strdup("");
    run->started_us = 1;
    run->tool_version = g_strdup("0");
    if (!source_read_ldif(paths, &plan, &estate, &error))
        g_error("%s", error->message);
    MUST(audit_new(estate, policy, &audit, NULL));
    audit_run(audit);
    MUST(db_open(path, DB_WRITE, &db, NULL) &&
         history_record(db, audit, run, NULL, NULL));
    db_free(db);
    past_run_free(run);
    audit_free(audit);
    estate_free(estate);
    policy_free(policy);
}

/* Made once, by the program itself (transfer none). */
static const char *
two_audits(gsize *ret_size)
{
    static char *base;
    static gsize size;
    const char *folder = NULL;
    if (!base) {
        const char *path = fuzz_named_file("history.sqlite", NULL, 0, &folder);
        MUST(g_unlink(path) == 0);
        for (guint i = 0; i < G_N_ELEMENTS(estates); i++)
            record(path, estates[i]);
        MUST(g_file_get_contents(path, &base, &size, NULL) && size > 0);
    }
    *ret_size = size;
    return base;
}

/* Of each six bytes: three say where, one how many of the next two, and what is left of
 * its bits is added to what is there. */
static char *
changed(const uint8_t *data, size_t size, gsize *ret_size)
{
    const char *base = two_audits(ret_size);
    char *file = g_memdup2(base, *ret_size);
    for (size_t i = 0; i + 6 <= size; i += 6) {
        gsize at =
            (data[i] | (gsize)data[i + 1] << 8 | (gsize)data[i + 2] << 16) % *ret_size;
        file[at] = (char)(data[i + 4] ^ (data[i + 3] & 2 ? file[at] : 0));
        if (data[i + 3] & 1 && at + 1 < *ret_size)
            file[at + 1] = (char)data[i + 5];
    }
    return file;
}

/* SQLite's own memory is not what is looked at here, and would take half of the time: it
 * comes from below ASan, its size before it.  What is not given back shows in
 * sqlite3_memory_used. */
void *
__libc_malloc(size_t size);
void *
__libc_realloc(void *memory, size_t size);
void
__libc_free(void *memory);

#define BEFORE 16

static void *
place(int *memory, int size)
{
    if (!memory)
        return NULL;
    *memory = size;
    return (char *)memory + BEFORE;
}

static void *
plain_malloc(int size)
{
    return place(__libc_malloc((size_t)size + BEFORE), size);
}

static void *
plain_realloc(void *memory, int size)
{
    return place(__libc_realloc((char *)memory - BEFORE, (size_t)size + BEFORE), size);
}

static void
plain_free(void *memory)
{
    if (memory)
        __libc_free((char *)memory - BEFORE);
}

static int
plain_size(void *memory)
{
    return memory ? *(int *)((char *)memory - BEFORE) : 0;
}

static int
plain_roundup(int size)
{
    return (size + 7) & ~7;
}

static int
plain_init(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void
plain_shutdown(void *data)
{
    (void)data;
}

static void
take_plain_memory(void)
{
    static const sqlite3_mem_methods plain = {
        plain_malloc,  plain_free, plain_realloc,  plain_size,
        plain_roundup, plain_init, plain_shutdown, NULL};
    static bool taken;
    if (!taken)
        MUST(sqlite3_config(SQLITE_CONFIG_MALLOC, &plain) == SQLITE_OK);
    taken = true;
}

static void
read_all(Db *db)
{
    GPtrArray *runs = NULL;
    GPtrArray *fleet = NULL;
    GPtrArray *lives = NULL;
    PastRun *run = NULL;
    Comparison *comparison = NULL;
    bool known = false;
    if (history_runs(db, NULL, 50, &runs, NULL))
        g_ptr_array_unref(runs);
    if (history_fleet(db, &fleet, NULL))
        g_ptr_array_unref(fleet);
    if (history_run(db, 1, &run, NULL))
        past_run_free(run);
    if (history_compare(db, 1, 2, &comparison, NULL))
        comparison_free(comparison);
    if (history_lives(db, "HV01", &lives, &known, NULL))
        g_ptr_array_unref(lives);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = NULL;
    gsize length = 0;
    take_plain_memory();
    bool whole = size > 6 && memcmp(data, "SQLite", 6) == 0;
    char *file = whole ? g_memdup2(data, size) : changed(data, size, &length);
    const char *path = fuzz_named_file("history.sqlite", (uint8_t *)file,
                                       whole ? size : length, &folder);
    g_autofree char *journal = g_strconcat(path, "-journal", NULL);
    Db *db = NULL;
    GError *error = NULL;
    g_free(file);
    g_unlink(journal);
    bool good = db_open(path, DB_READ, &db, &error);
    MUST(good || size > 0);
    fuzz_settle(good, error);
    if (good) {
        read_all(db);
        db_free(db);
    }
    MUST(sqlite3_memory_used() == 0);
    return 0;
}
