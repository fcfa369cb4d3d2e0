/* The file that keeps past audits, when somebody else wrote it. */
#include "fuzz.h"

#include "store/history.h"

static void
read_all(Db *db)
{
    GPtrArray *runs = NULL;
    GPtrArray *lives = NULL;
    PastRun *run = NULL;
    Comparison *comparison = NULL;
    bool known = false;
    if (history_runs(db, NULL, 50, &runs, NULL))
        g_ptr_array_unref(runs);
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
    const char *path = fuzz_named_file("history.sqlite", data, size, &folder);
    g_autofree char *journal = g_strconcat(path, "-journal", NULL);
    Db *db = NULL;
    GError *error = NULL;
    g_unlink(journal);
    bool good = db_open(path, DB_READ, &db, &error);
    fuzz_settle(good, error);
    if (good) {
        read_all(db);
        db_free(db);
    }
    return 0;
}
