/* What setspn -L, -Q, -X and -F do. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "emit.h"
#include "model/spn.h"
#include "model/wellknown.h"
#include "model/written.h"
#include "render/gaps.h"
#include "render/tree.h"

#include <string.h>

#define SCHEMA "kcdaudit.spn/1"

/* An SPN that several accounts hold. */
typedef struct {
    const char *spn;
    GPtrArray *owners; /* of const Account *, in DN order */
} Duplicate;

typedef struct Verb Verb;

/* What there is to show. */
typedef struct {
    const Verb *verb;
    const char *argument; /* NULL: none */
    bool forest;
    const Estate *estate;
    const GPtrArray *found; /* of const Account *, in DN order */
    GPtrArray *duplicates;  /* of Duplicate *, by SPN */
} Answer;

struct Verb {
    const char *name;
    const char *argument; /* NULL: takes none */
    void (*look)(Answer *answer);
    void (*draw)(const Answer *answer, Page *page);
    int (*status)(const Answer *answer);
};

static void
duplicate_free(gpointer data)
{
    Duplicate *duplicate = data;
    g_ptr_array_unref(duplicate->owners);
    g_free(duplicate);
}

/* Whether an SPN of the account is one that was asked for. */
static bool
is_asked(const Answer *answer, const char *spn)
{
    bool query = strcmp(answer->verb->name, "query") == 0;
    return !query || spn_matches(answer->argument, spn);
}

/* setspn does not count it either. */
static bool
is_krbtgt_service(const Account *account, const char *spn)
{
    Sid sid = account->sid;
    bool krbtgt = (sid_is_set(&sid) && sid_rid(&sid) == RID_KRBTGT) ||
                  (account->sam && text_equal(account->sam, "krbtgt"));
    return krbtgt && spn_is_of_krbtgts(spn);
}

static int
by_spn(gconstpointer a, gconstpointer b)
{
    const Duplicate *const *left = a, *const *right = b;
    g_autofree char *one = text_fold((*left)->spn);
    g_autofree char *two = text_fold((*right)->spn);
    return strcmp(one, two);
}

static void
look_nowhere(Answer *answer)
{
    (void)answer;
}

/* The same SPN, but for case, on more than one account. */
static void
look_for_duplicates(Answer *answer)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, duplicate_free);
    for (guint i = 0; i < answer->found->len; i++) {
        const Account *account = answer->found->pdata[i];
        for (guint s = 0; s < account->spns->len; s++) {
            const char *spn = account->spns->pdata[s];
            if (is_krbtgt_service(account, spn))
                continue;
            g_autofree char *key = text_fold(spn);
            Duplicate *known = g_hash_table_lookup(seen, key);
            if (!known) {
                known = g_new0(Duplicate, 1);
                known->spn = spn;
                known->owners = g_ptr_array_new();
                g_hash_table_insert(seen, g_steal_pointer(&key), known);
            }
            if (!g_ptr_array_find(known->owners, account, NULL))
                g_ptr_array_add(known->owners, (gpointer)account);
        }
    }
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Duplicate *duplicate = value;
        if (duplicate->owners->len < 2)
            continue;
        Duplicate *kept = g_new0(Duplicate, 1);
        kept->spn = duplicate->spn;
        kept->owners = g_ptr_array_ref(duplicate->owners);
        g_ptr_array_add(answer->duplicates, kept);
    }
    g_ptr_array_sort(answer->duplicates, by_spn);
}

static void
draw_accounts(const Answer *answer, Page *page)
{
    for (guint i = 0; i < answer->found->len; i++) {
        const Account *account = answer->found->pdata[i];
        page_put(page, STYLE_STRONG, account->dn);
        page_end(page);
        if (!account_knows(account, ATTR_SPN)) {
            page_tab(page, 8);
            page_say(page, 8, STYLE_UNKNOWN, "servicePrincipalName %s",
                     estate_unread(answer->estate));
            page_end(page);
        }
        for (guint s = 0; s < account->spns->len; s++) {
            if (!is_asked(answer, account->spns->pdata[s]))
                continue;
            page_tab(page, 8);
            page_put(page, STYLE_PLAIN, account->spns->pdata[s]);
            page_end(page);
        }
    }
}

static void
draw_list(const Answer *answer, Page *page)
{
    draw_accounts(answer, page);
    if (answer->found->len == 1 &&
        ((const Account *)answer->found->pdata[0])->spns->len == 0 &&
        account_knows(answer->found->pdata[0], ATTR_SPN)) {
        page_tab(page, 8);
        page_put(page, STYLE_FAINT, "no SPN is registered");
        page_end(page);
    }
}

/* What a KDC takes where nobody holds the SPN that was asked for. */
static Resolved
stand_in(const Answer *answer)
{
    bool query = strcmp(answer->verb->name, "query") == 0;
    Resolved resolved = query && answer->found->len == 0
                            ? estate_resolve(answer->estate, answer->argument)
                            : (Resolved){.how = RESOLVE_MISSING};
    if (resolved.how != RESOLVE_ALIAS)
        resolved_clear(&resolved);
    return resolved;
}

static void
draw_stand_in(const Answer *answer, Page *page)
{
    g_auto(Resolved) resolved = stand_in(answer);
    for (guint i = 0; resolved.through && i < resolved.owners->len; i++) {
        const Account *owner = resolved.owners->pdata[i];
        page_say(page, 0, STYLE_PLAIN,
                 "%s of %s stands in for it (sPNMappings): a KDC gives tickets by that.",
                 resolved.through, owner->dn);
        page_end(page);
    }
}

static void
draw_query(const Answer *answer, Page *page)
{
    draw_accounts(answer, page);
    if (answer->found->len > 0)
        page_end(page);
    page_put(page, STYLE_PLAIN,
             answer->found->len > 0 ? "Existing SPN found!" : "No such SPN found.");
    page_end(page);
    draw_stand_in(answer, page);
}

static void
draw_duplicates(const Answer *answer, Page *page)
{
    g_autofree char *groups = page_count(
        answer->duplicates->len, "group of duplicate SPNs", "groups of duplicate SPNs");
    for (guint i = 0; i < answer->duplicates->len; i++) {
        const Duplicate *duplicate = answer->duplicates->pdata[i];
        page_put(page, STYLE_STRONG, duplicate->spn);
        page_put(page, STYLE_PLAIN, " is registered on these accounts:");
        page_end(page);
        for (guint o = 0; o < duplicate->owners->len; o++) {
            page_tab(page, 8);
            page_put(page, STYLE_PLAIN,
                     ((const Account *)duplicate->owners->pdata[o])->dn);
            page_end(page);
        }
        page_end(page);
    }
    page_say(page, 0, STYLE_PLAIN, "found %s.", groups);
    page_end(page);
}

static int
status_of_list(const Answer *answer)
{
    (void)answer;
    return EXIT_OK;
}

static int
status_of_query(const Answer *answer)
{
    return answer->found->len > 0 ? EXIT_OK : EXIT_FINDINGS;
}

static int
status_of_duplicates(const Answer *answer)
{
    return answer->duplicates->len > 0 ? EXIT_FINDINGS : EXIT_OK;
}

static const Verb verbs[] = {
    {"list", "ACCOUNT", look_nowhere, draw_list, status_of_list},
    {"query", "PATTERN", look_nowhere, draw_query, status_of_query},
    {"duplicates", NULL, look_for_duplicates, draw_duplicates, status_of_duplicates},
};

static void
draw(const void *what, Page *page)
{
    const Answer *answer = what;
    answer->verb->draw(answer, page);
    for (guint i = 0; i < answer->estate->gaps->len; i++) {
        const Gap *gap = answer->estate->gaps->pdata[i];
        page_say(page, 0, STYLE_UNKNOWN, "not read: %s: %s", gap->what, gap->why);
        page_end(page);
    }
}

static json_t *
account_json(const Answer *answer, const Account *account)
{
    json_t *object = json_object();
    json_t *spns = json_array();
    for (guint i = 0; i < account->spns->len; i++)
        if (is_asked(answer, account->spns->pdata[i]))
            json_array_append_new(spns, tree_string(account->spns->pdata[i]));
    tree_put_text(object, "name", account->name);
    tree_put_text(object, "dn", account->dn);
    tree_put(object, "spns", spns);
    return object;
}

static json_t *
duplicate_json(const Duplicate *duplicate)
{
    json_t *object = json_object();
    json_t *owners = json_array();
    for (guint i = 0; i < duplicate->owners->len; i++)
        json_array_append_new(
            owners, tree_string(((const Account *)duplicate->owners->pdata[i])->dn));
    tree_put_text(object, "spn", duplicate->spn);
    tree_put(object, "owners", owners);
    return object;
}

static json_t *
stand_in_json(const Answer *answer)
{
    g_auto(Resolved) resolved = stand_in(answer);
    if (!resolved.through)
        return json_null();
    json_t *object = json_object();
    json_t *owners = json_array();
    for (guint i = 0; i < resolved.owners->len; i++)
        json_array_append_new(
            owners, tree_string(((const Account *)resolved.owners->pdata[i])->dn));
    tree_put_text(object, "spn", resolved.through);
    tree_put(object, "owners", owners);
    return object;
}

static json_t *
json(const void *what)
{
    const Answer *answer = what;
    json_t *object = json_object();
    json_t *list = json_array();
    bool duplicates = answer->verb->look == look_for_duplicates;
    tree_put_text(object, "schema", SCHEMA);
    tree_put_text(object, "verb", answer->verb->name);
    tree_put_text(object, "argument", answer->argument);
    tree_put(object, "forest", json_boolean(answer->forest));
    for (guint i = 0; duplicates && i < answer->duplicates->len; i++)
        json_array_append_new(list, duplicate_json(answer->duplicates->pdata[i]));
    for (guint i = 0; !duplicates && i < answer->found->len; i++)
        json_array_append_new(list, account_json(answer, answer->found->pdata[i]));
    tree_put(object, duplicates ? "duplicates" : "accounts", list);
    if (strcmp(answer->verb->name, "query") == 0)
        tree_put(object, "stands_in", stand_in_json(answer));
    tree_put(object, "gaps", gaps_json(answer->estate->gaps));
    return object;
}

static const View view = {draw, json, NULL, NULL};

/* (transfer none), or NULL. */
static const Verb *
find_verb(const Options *options, GError **error)
{
    guint given = g_strv_length(options->arguments) - 1;
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        const Verb *verb = &verbs[i];
        if (strcmp(verb->name, options->arguments[0]) != 0)
            continue;
        if (given == (verb->argument ? 1u : 0u) &&
            (!verb->argument || *options->arguments[1]))
            return verb;
        fault_set(error, FAULT_CONFIG, "spn %s takes %s; see: kcdaudit help spn",
                  verb->name, verb->argument ? verb->argument : "no argument");
        return NULL;
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, options->arguments[0]);
    fault_set(error, FAULT_CONFIG,
              "there is no spn %s; there are spn list ACCOUNT, spn query PATTERN and spn "
              "duplicates",
              shown);
    return NULL;
}

static int
cmd_spn(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) found = NULL;
    g_autoptr(GPtrArray) duplicates = g_ptr_array_new_with_free_func(duplicate_free);
    const Verb *verb = find_verb(options, &error);

    if (!verb)
        return cli_fail(error);
    if (options->arguments[1])
        written_clean(options->arguments[1]);
    Answer answer = {
        .verb = verb,
        .argument = options->arguments[1],
        .duplicates = duplicates,
    };
    /* setspn asks the whole forest only where it is told to; an SPN is looked
     * for where a KDC would find it. */
    answer.forest = options->forest || strcmp(verb->name, "query") == 0;
    SpnSearch search = {
        .account = strcmp(verb->name, "list") == 0 ? answer.argument : NULL,
        .pattern = strcmp(verb->name, "query") == 0 ? answer.argument : NULL,
        .forest = answer.forest,
    };
    if (!emit_check(options, &error) || !session_prepare(options, &session, &error) ||
        !session_find_spns(session, &search, &found, &error))
        return cli_fail(error);
    answer.estate = session->estate;
    answer.found = found;
    if (search.account && found->len == 0) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, answer.argument);
        g_autofree char *why = written_miss(answer.argument, answer.estate,
                                            KIND_COMPUTER | KIND_USER, "no such account");
        fault_set(&error, written_miss_fault(answer.estate), "%s: %s", shown, why);
        return cli_fail(error);
    }
    answer.verb->look(&answer);
    /* As with grep -q, the exit status alone answers. */
    const Output *output = options->outputs->pdata[0];
    bool silent = options->quiet && strcmp(output->format, "text") == 0;
    if (!silent && !emit_view(options, &view, &answer, &error))
        return cli_fail(error);
    int status = answer.verb->status(&answer);
    return status == EXIT_OK && session->estate->gaps->len > 0 ? EXIT_INCOMPLETE : status;
}

static void
choices(GArray *into)
{
    static const Choice all[] = {
        {"list", "the SPNs of an account (setspn -L)"},
        {"query", "who holds an SPN; * stands for anything (setspn -Q)"},
        {"duplicates", "SPNs on more than one account (setspn -X)"},
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(all) == G_N_ELEMENTS(verbs));
    g_array_append_vals(into, all, G_N_ELEMENTS(all));
}

const Command command_spn = {
    .name = "spn",
    .arguments = "list ACCOUNT | query PATTERN | duplicates",
    .summary = "the SPNs of an account; who holds an SPN; duplicates (as setspn does)",
    .details =
        "list is setspn -L, query -Q (* stands for anything), duplicates -X, and with "
        "--forest -X -F.",
    .statuses =
        {
            [EXIT_OK] = "list: told; query: somebody holds it; duplicates: none",
            [EXIT_FINDINGS] = "query: nobody holds it; duplicates: there are some",
            [EXIT_USAGE] = "usage or configuration is wrong; list: no such account",
            [EXIT_INCOMPLETE] = "what would be 0, but something could not be read",
            [EXIT_NO_AUDIT] =
                ("no answer: no DC, bind refused, no credentials, bad input "
                 "file"),
        },
    .choices = choices,
    .min_arguments = 1,
    .max_arguments = 2,
    .options =
        OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_FOREST | OPTIONS_OUTPUT | OPTIONS_WORDS,
    .run = cmd_spn,
};
