/* What becomes of a finding from one audit to the next, and the file it is kept
 * in.  Whole audits are kept in tests/history. */
#include "audit/past.h"
#include "base/embed.h"
#include "base/fault.h"
#include "store/db.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define ABSENT                                \
    {                                         \
        STANDING_ABSENT, SEVERITY_INFO, false \
    }
#define FAILS                                \
    {                                        \
        STANDING_FAIL, SEVERITY_ERROR, false \
    }
#define WARNS                                  \
    {                                          \
        STANDING_FAIL, SEVERITY_WARNING, false \
    }
#define WAIVED                              \
    {                                       \
        STANDING_FAIL, SEVERITY_ERROR, true \
    }
#define UNKNOWN                                 \
    {                                           \
        STANDING_UNKNOWN, SEVERITY_ERROR, false \
    }
#define DOUBT                                 \
    {                                         \
        STANDING_DOUBT, SEVERITY_ERROR, false \
    }
#define UNSEEN                                 \
    {                                          \
        STANDING_UNSEEN, SEVERITY_ERROR, false \
    }
#define UNSEEN_WAIVED                         \
    {                                         \
        STANDING_UNSEEN, SEVERITY_ERROR, true \
    }

static const struct {
    PastState before;
    PastState after;
    bool failed_once;
    Absence absence;
    Change change;
} changes[] = {
    {ABSENT, FAILS, false, 0, CHANGE_NEW},
    {ABSENT, FAILS, true, 0, CHANGE_REOPENED},
    {ABSENT, WAIVED, false, 0, CHANGE_WAIVED},
    {ABSENT, WAIVED, true, 0, CHANGE_WAIVED},
    {ABSENT, UNKNOWN, false, 0, CHANGE_UNDECIDED},
    {FAILS, FAILS, true, 0, CHANGE_PERSISTING},
    {FAILS, WARNS, true, 0, CHANGE_PERSISTING},
    {WARNS, FAILS, true, 0, CHANGE_WORSENED},
    {FAILS, WAIVED, true, 0, CHANGE_WAIVED},
    {WAIVED, WAIVED, true, 0, CHANGE_STILL_WAIVED},
    {WAIVED, FAILS, true, 0, CHANGE_REOPENED},
    {FAILS, DOUBT, true, 0, CHANGE_UNSEEN},
    {FAILS, UNSEEN, true, 0, CHANGE_UNSEEN},
    {UNSEEN, UNSEEN, true, 0, CHANGE_UNSEEN},
    {UNSEEN, FAILS, true, 0, CHANGE_PERSISTING},
    {DOUBT, FAILS, true, 0, CHANGE_PERSISTING},
    {UNSEEN_WAIVED, WAIVED, true, 0, CHANGE_STILL_WAIVED},
    {UNSEEN_WAIVED, FAILS, true, 0, CHANGE_REOPENED},
    {UNKNOWN, UNKNOWN, false, 0, CHANGE_STILL_UNDECIDED},
    {UNKNOWN, FAILS, false, 0, CHANGE_NEW},
    {UNKNOWN, FAILS, true, 0, CHANGE_REOPENED},
    {FAILS, ABSENT, true, ABSENCE_MENDED, CHANGE_MENDED},
    {FAILS, ABSENT, true, ABSENCE_GONE, CHANGE_GONE},
    {WAIVED, ABSENT, true, ABSENCE_MENDED, CHANGE_MENDED},
    {DOUBT, ABSENT, true, ABSENCE_MENDED, CHANGE_MENDED},
    {UNSEEN, ABSENT, true, ABSENCE_GONE, CHANGE_GONE},
    {UNKNOWN, ABSENT, false, ABSENCE_MENDED, CHANGE_SETTLED},
    {UNKNOWN, ABSENT, false, ABSENCE_GONE, CHANGE_GONE},
    {UNKNOWN, ABSENT, false, ABSENCE_UNSEEN, CHANGE_UNSEEN},
};

static void
test_changes(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        Change change = change_of(&changes[i].before, &changes[i].after,
                                  changes[i].failed_once, changes[i].absence);
        g_test_message("row %u: %s", i, change_names[change]);
        g_assert_cmpstr(change_names[change], ==, change_names[changes[i].change]);
    }
}

/* Only what fails now can be bad news, and none of it is ever called mended. */
static void
test_bad_news(void)
{
    static const PastState states[] = {ABSENT,  FAILS, WARNS,  WAIVED,
                                       UNKNOWN, DOUBT, UNSEEN, UNSEEN_WAIVED};
    for (guint b = 0; b < G_N_ELEMENTS(states); b++) {
        for (guint a = 0; a < G_N_ELEMENTS(states); a++) {
            bool counts = states[a].standing == STANDING_FAIL && !states[a].waived;
            for (guint absence = 0; absence < ABSENCE_COUNT; absence++) {
                Change change = change_of(&states[b], &states[a], true, (Absence)absence);
                g_assert_true(counts || !change_is_bad(change));
                g_assert_true(
                    change != CHANGE_MENDED ||
                    (states[a].standing == STANDING_ABSENT && absence == ABSENCE_MENDED));
            }
        }
    }
}

/* What is remembered of a finding that was not there, or could not be told. */
static void
test_states(void)
{
    static const PastState absent = ABSENT, fails = FAILS, waived = WAIVED,
                           unknown = UNKNOWN, unseen = UNSEEN;
    Finding *finding =
        finding_new(RULE_ACC_02, SEVERITY_ERROR, STATUS_UNKNOWN, "HV01", NULL, NULL);
    g_assert_cmpint(past_state_of(finding, &absent).standing, ==, STANDING_UNKNOWN);
    g_assert_cmpint(past_state_of(finding, &unknown).standing, ==, STANDING_UNKNOWN);
    g_assert_cmpint(past_state_of(finding, &fails).standing, ==, STANDING_DOUBT);
    g_assert_cmpint(past_state_of(finding, &unseen).standing, ==, STANDING_DOUBT);
    finding->status = STATUS_FAIL;
    g_assert_cmpint(past_state_of(finding, &unseen).standing, ==, STANDING_FAIL);
    finding_free(finding);

    PastState state = past_state_without(&waived, ABSENCE_UNSEEN);
    g_assert_cmpint(state.standing, ==, STANDING_UNSEEN);
    g_assert_true(state.waived);
    g_assert_cmpint(past_state_without(&unknown, ABSENCE_UNSEEN).standing, ==,
                    STANDING_ABSENT);
    g_assert_cmpint(past_state_without(&fails, ABSENCE_MENDED).standing, ==,
                    STANDING_ABSENT);
    g_assert_cmpint(past_state_without(&fails, ABSENCE_GONE).standing, ==,
                    STANDING_ABSENT);
}

/* Every file of SQL is a statement, a migration, what is told each connection, what
 * prunes, or one of the two of what is still to be sent. */
static void
test_files(void)
{
    guint count = 0;
    for (const Embedded *file = embedded_files; file->name; file++)
        if (g_str_has_prefix(file->name, "history-") &&
            g_str_has_suffix(file->name, ".sql")) {
            g_assert_true(g_str_has_prefix(file->text, "-- ")); /* why */
            count++;
        }
    g_assert_cmpuint(count, ==, STMT_COUNT + DB_VERSION + 4);
    g_autofree char *next = g_strdup_printf("history-%d.sql", DB_VERSION + 1);
    g_assert_null(embed_find(next));
}

#define EDGE_ABSENT    \
    {                  \
        .there = false \
    }
#define EDGE_READY                                                                     \
    {                                                                                  \
        .there = true, .seen = true, .verdict = VERDICT_READY, .declared = TRI_UNKNOWN \
    }
#define EDGE_BROKEN                                                                     \
    {                                                                                   \
        .there = true, .seen = true, .verdict = VERDICT_BROKEN, .declared = TRI_UNKNOWN \
    }
#define EDGE_UNSEEN                                                      \
    {                                                                    \
        .there = true, .verdict = VERDICT_READY, .declared = TRI_UNKNOWN \
    }
#define EDGE_TIER0                                                            \
    {                                                                         \
        .there = true, .seen = true, .verdict = VERDICT_READY, .tier0 = true, \
        .declared = TRI_UNKNOWN                                               \
    }
#define EDGE_DECLARED(is)                                                       \
    {                                                                           \
        .there = true, .seen = true, .verdict = VERDICT_READY, .declared = (is) \
    }
#define EDGE_PAIRED(is)                                                        \
    {                                                                          \
        .there = true, .seen = true, .verdict = (is), .declared = TRI_UNKNOWN, \
        .paired = true                                                         \
    }

/* clang-format off */
static const struct {
    PastEdgeState before, after;
    Course course;
} edge_courses[] = {
    {EDGE_ABSENT, EDGE_ABSENT, COURSE_NONE},
    {EDGE_ABSENT, EDGE_READY, COURSE_CAME},
    {EDGE_ABSENT, EDGE_UNSEEN, COURSE_UNSEEN}, /* it came and was unseen in between */
    {EDGE_READY, EDGE_ABSENT, COURSE_GONE},
    {EDGE_UNSEEN, EDGE_ABSENT, COURSE_GONE},
    {EDGE_READY, EDGE_READY, COURSE_NONE},
    {EDGE_READY, EDGE_UNSEEN, COURSE_UNSEEN},
    {EDGE_UNSEEN, EDGE_UNSEEN, COURSE_UNSEEN},
    {EDGE_UNSEEN, EDGE_READY, COURSE_NONE},
    {EDGE_UNSEEN, EDGE_BROKEN, COURSE_CHANGED},
    {EDGE_READY, EDGE_BROKEN, COURSE_CHANGED},
    {EDGE_READY, EDGE_TIER0, COURSE_CHANGED},
    {EDGE_READY, EDGE_DECLARED(TRI_NO), COURSE_NONE}, /* nothing was declared before */
    {EDGE_DECLARED(TRI_YES), EDGE_DECLARED(TRI_NO), COURSE_CHANGED},
    {EDGE_DECLARED(TRI_NO), EDGE_READY, COURSE_NONE},
    {EDGE_PAIRED(VERDICT_READY), EDGE_PAIRED(VERDICT_BROKEN), COURSE_NONE},
    {EDGE_PAIRED(VERDICT_READY), EDGE_BROKEN, COURSE_CHANGED},
};
/* clang-format on */

static void
test_edge_courses(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(edge_courses); i++) {
        g_test_message("row %u", i);
        g_assert_cmpint(past_edge_course(&edge_courses[i].before, &edge_courses[i].after),
                        ==, edge_courses[i].course);
    }
}

/* What is judged for the first time: all of it after hosts alone, other domains' after
 * one domain; nothing where an audit before reached as far. */
static void
test_by_scope(void)
{
    static const struct {
        int reached, reach;
        bool away, by_scope;
    } rows[] = {
        {-1, REACH_DOMAIN, false, true},
        {-1, REACH_HOSTS, false, false},
        {REACH_HOSTS, REACH_HOSTS, true, false},
        {REACH_HOSTS, REACH_DOMAIN, false, true},
        {REACH_HOSTS, REACH_FOREST, false, true},
        {REACH_DOMAIN, REACH_DOMAIN, true, false},
        {REACH_DOMAIN, REACH_FOREST, true, true},
        {REACH_DOMAIN, REACH_FOREST, false, false},
        {REACH_FOREST, REACH_DOMAIN, true, false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(past_is_by_scope(rows[i].reached, rows[i].reach, rows[i].away),
                        ==, rows[i].by_scope);
    g_assert_true(past_is_beyond_hosts("TRU-01", false));
    g_assert_true(past_is_beyond_hosts("DEL-08", false));
    g_assert_false(past_is_beyond_hosts("DEL-08", true));
    g_assert_false(past_is_beyond_hosts("DEL-01", false));
    g_assert_false(past_is_beyond_hosts("ZZZ-01", false));
}

/* Only a chain that came is bad news, and not one that nobody had looked for. */
static void
test_worst_of_chains(void)
{
    static const struct {
        Course course;
        bool by_scope;
        int worst;
    } rows[] = {{COURSE_CAME, false, SEVERITY_CRITICAL},
                {COURSE_CAME, true, -1},
                {COURSE_GONE, false, -1},
                {COURSE_UNSEEN, false, -1}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Comparison) comparison = comparison_new();
        PastChain *chain = g_new0(PastChain, 1);
        chain->course = rows[i].course;
        chain->by_scope = rows[i].by_scope;
        g_ptr_array_add(comparison->chains, chain);
        PastEdge *edge = g_new0(PastEdge, 1);
        edge->course = rows[i].course;
        g_ptr_array_add(comparison->edges, edge);
        g_assert_cmpint(comparison_worst(comparison), ==, rows[i].worst);
    }
}

typedef struct {
    char *directory;
    char *path;
} Place;

static void
place_set_up(Place *place, gconstpointer unused)
{
    (void)unused;
    place->directory = g_dir_make_tmp("history-XXXXXX", NULL);
    place->path = g_build_filename(place->directory, "history.sqlite", NULL);
}

static void
place_tear_down(Place *place, gconstpointer unused)
{
    (void)unused;
    g_remove(place->path);
    g_rmdir(place->directory);
    g_free(place->path);
    g_free(place->directory);
}

static void
test_check_makes_nothing(Place *place, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_assert_true(db_check(place->path, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(place->path, G_FILE_TEST_EXISTS));
    g_assert_false(db_open(place->path, DB_READ, &db, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    g_assert_false(g_file_test(place->path, G_FILE_TEST_EXISTS));
}

/* Each statement is SQL that fits the newest schema: with nothing bound it
 * steps, or is refused for the values alone. */
static void
test_statements(Place *place, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    GStatBuf status;
    g_assert_true(db_open(place->path, DB_WRITE, &db, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(place->path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
    g_assert_true(db_begin(db, &error));
    g_assert_true(db_script(db, "history-unsent.sql", NULL, 0, &error));
    for (guint i = 0; i < STMT_COUNT; i++) {
        g_autoptr(GError) refusal = NULL;
        bool row = false;
        if (!statement_step(db_take(db, (StatementId)i), &row, &refusal))
            g_assert_true(strstr(refusal->message, "constraint failed") ||
                          strstr(refusal->message, "datatype mismatch"));
    }
    db_rollback(db);
}

static void
test_rollback(Place *place, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    static const bool commits[] = {false, true};
    g_assert_true(db_open(place->path, DB_WRITE, &db, &error));
    for (guint i = 0; i < G_N_ELEMENTS(commits); i++) {
        bool row = false;
        g_assert_true(db_begin(db, &error));
        Statement *add = db_take(db, STMT_ADD_SCOPE);
        statement_put_text(add, "contoso.com");
        statement_put_text(add, "hv01\nhv02");
        statement_put_text(add, "");
        g_assert_true(statement_run(add, &error));
        if (commits[i])
            g_assert_true(db_commit(db, &error));
        else
            db_rollback(db);
        Statement *find = db_take(db, STMT_SCOPE);
        statement_put_text(find, "contoso.com");
        statement_put_text(find, "hv01\nhv02");
        statement_put_text(find, "");
        g_assert_true(statement_step(find, &row, &error));
        g_assert_cmpint(row, ==, commits[i]);
    }
    db_rollback(db); /* of nothing */
    g_assert_no_error(error);
}

static void
test_scope_text(void)
{
    static const struct {
        PastScope scope;
        const char *text;
    } rows[] = {
        {{(char *)"contoso.com", (char *)"", (char *)""}, "contoso.com"},
        {{(char *)"", (char *)"hv*", (char *)""}, "no domain, host hv*"},
        {{(char *)"contoso.com", (char *)"hv01\nhv02", (char *)"/etc/k.conf"},
         "contoso.com, hosts hv01, hv02, configuration /etc/k.conf"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = past_scope_text(&rows[i].scope);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/changes", test_changes);
    g_test_add_func("/history/bad-news", test_bad_news);
    g_test_add_func("/history/states", test_states);
    g_test_add_func("/history/edges", test_edge_courses);
    g_test_add_func("/history/by-scope", test_by_scope);
    g_test_add_func("/history/chains", test_worst_of_chains);
    g_test_add_func("/history/files", test_files);
    g_test_add_func("/history/scope-text", test_scope_text);
    g_test_add("/history/check", Place, NULL, place_set_up, test_check_makes_nothing,
               place_tear_down);
    g_test_add("/history/statements", Place, NULL, place_set_up, test_statements,
               place_tear_down);
    g_test_add("/history/rollback", Place, NULL, place_set_up, test_rollback,
               place_tear_down);
    return g_test_run();
}
