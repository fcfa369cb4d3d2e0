/* Reads a paste, and lets what it holds tell of causes. */
#include "pasted.h"

#include "audit/rules.h"
#include "base/fault.h"
#include "base/text.h"

#include <string.h>

static guint (*const readers[])(Paste *paste, guint at) = {
    paste_read_json,   paste_read_expanded, paste_read_setspn, paste_read_klist,
    paste_read_nltest, paste_read_wsman,    paste_read_whoami, paste_read_table,
    paste_read_ldif,   paste_read_list,
};

/* How many lines the first reader takes that knows what begins here. */
static guint
read_at(Paste *paste, guint at)
{
    guint taken = 0;
    paste_read_command(paste, at);
    paste_read_asked(paste, at);
    for (guint i = 0; taken == 0 && i < G_N_ELEMENTS(readers); i++)
        taken = readers[i](paste, at);
    return MAX(taken, 1);
}

static void
read_lines(Paste *paste)
{
    guint at = 0;
    for (const PasteLine *line; (line = paste_line(paste, at)) != NULL;)
        at += line->blank ? 1 : read_at(paste, at);
}

static void
line_clear(gpointer data)
{
    g_free(((PasteLine *)data)->text);
}

Paste *
paste_read(const char *text)
{
    Paste *paste = g_new0(Paste, 1);
    paste->texts = g_ptr_array_new_with_free_func(g_free);
    paste->lines = g_array_new(FALSE, TRUE, sizeof(PasteLine));
    g_array_set_clear_func(paste->lines, line_clear);
    paste->objects = g_ptr_array_new_with_free_func(paste_object_free);
    paste->accounts = g_ptr_array_new_with_free_func(paste_account_free);
    paste->facts = g_ptr_array_new_with_free_func(paste_fact_free);
    paste->outputs = g_ptr_array_new_with_free_func(g_free);
    paste->listed = g_hash_table_new(NULL, NULL);
    paste_cut(paste, text);
    paste_learn_roles(paste);
    read_lines(paste);
    paste_take_accounts(paste);
    paste_finish_accounts(paste);
    paste_take_facts(paste);
    return paste;
}

static void
entry_free(ErrorEntry *entry)
{
    g_free(entry->id);
    g_free(entry->meaning);
    g_ptr_array_unref(entry->codes);
    g_ptr_array_unref(entry->phrases);
    g_ptr_array_unref(entry->causes);
    g_ptr_array_unref(entry->sources);
    g_free(entry);
}

void
paste_free(Paste *paste)
{
    if (!paste)
        return;
    g_array_unref(paste->lines);
    g_ptr_array_unref(paste->texts);
    g_ptr_array_unref(paste->objects);
    g_ptr_array_unref(paste->accounts);
    g_ptr_array_unref(paste->facts);
    g_ptr_array_unref(paste->outputs);
    g_hash_table_unref(paste->listed);
    g_clear_pointer(&paste->entry, entry_free);
    if (paste->ldif)
        g_string_free(paste->ldif, TRUE);
    g_free(paste->source);
    g_free(paste->target);
    g_free(paste);
}

bool
paste_may(Paste *paste, Limit limit, guint64 count)
{
    bool may = count < limit_of(limit);
    paste->beyond[limit] = paste->beyond[limit] || !may;
    return may;
}

bool
paste_is_empty(const Paste *paste)
{
    return paste->outputs->len == 0 && paste->facts->len == 0;
}

/* The text without the outputs and the commands (transfer full). */
static char *
rest_of(const Paste *paste)
{
    GString *rest = g_string_new(NULL);
    const PasteLine *line;
    for (guint at = 0; (line = paste_line(paste, at)) != NULL; at++)
        if (!line->taken && !line->tool)
            g_string_append_printf(rest, "%s\n", line->text);
    return g_strstrip(g_string_free(rest, FALSE));
}

bool
paste_take(Input **input, Paste **ret_paste, GError **error)
{
    g_autoptr(Paste) paste = paste_read((*input)->text);
    if (!paste_is_empty(paste)) {
        g_autoptr(Input) left = NULL;
        g_autofree char *rest = rest_of(paste);
        const char *text = *rest ? rest : "(outputs alone)";
        if (!input_read(text, strlen(text), &left, error))
            return false;
        /* What was given is shown as it was. */
        char *shown = left->text;
        left->text = (*input)->text;
        (*input)->text = shown;
        input_free(*input);
        *input = g_steal_pointer(&left);
    }
    for (Limit limit = 0; limit < LIMIT_COUNT; limit++)
        (*input)->beyond[limit] = (*input)->beyond[limit] || paste->beyond[limit];
    *ret_paste = g_steal_pointer(&paste);
    return true;
}

/* The entry that stands for the outputs */

static bool
is_about_sign_in(const Cause *cause)
{
    const guint64 elsewhere =
        NEEDS_TICKETS | NEEDS_PROOFS | NEEDS_GPO | NEEDS_NET | NEEDS_FACTS;
    const guint of_accounts = CONCERNS_PAIR | CONCERNS_TURNED | CONCERNS_SOURCE |
                              CONCERNS_TARGET | CONCERNS_OPERATOR;
    for (guint i = 0; i < cause->checks->len; i++) {
        const Rule *rule = &rules[((const CauseCheck *)cause->checks->pdata[i])->rule];
        if ((rule->needs & elsewhere) == 0 && (rule->concerns & of_accounts) != 0)
            return true;
    }
    return false;
}

/* Whether the error is one that signing in can lead to. */
static bool
signs_in(const Paste *paste)
{
    GHashTableIter iter;
    gpointer cause;
    g_hash_table_iter_init(&iter, paste->listed);
    while (g_hash_table_iter_next(&iter, &cause, NULL))
        if (is_about_sign_in(cause))
            return true;
    return g_hash_table_size(paste->listed) == 0;
}

static void
add_ref(ErrorEntry *entry, const Cause *cause, Likelihood likelihood)
{
    if (!cause)
        return;
    CauseRef *ref = g_new0(CauseRef, 1);
    ref->cause = cause;
    ref->likelihood = likelihood;
    g_ptr_array_add(entry->causes, ref);
}

bool
paste_weighs(const Paste *paste, const Cause *cause, FactWeight weight)
{
    return g_hash_table_contains(paste->listed, cause) ||
           g_hash_table_size(paste->listed) == 0 || weight == WEIGHS_ALWAYS ||
           (weight == WEIGHS_SIGN_IN && signs_in(paste));
}

static char *
outputs_text(const Paste *paste)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < paste->outputs->len && i < 4; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               (const char *)paste->outputs->pdata[i]);
    if (paste->outputs->len > 4)
        g_string_append_printf(out, " and %u more", paste->outputs->len - 4);
    return g_string_free(out, FALSE);
}

static ErrorEntry *
entry_new(const Paste *paste)
{
    g_autofree char *outputs = outputs_text(paste);
    ErrorEntry *entry = g_new0(ErrorEntry, 1);
    entry->id = g_strdup_printf("pasted output (%s)", outputs);
    entry->kind = ERROR_TEXT;
    entry->codes = g_ptr_array_new();
    entry->phrases = g_ptr_array_new();
    entry->causes = g_ptr_array_new_with_free_func(g_free);
    entry->sources = g_ptr_array_new();
    entry->meaning =
        g_strdup("What these tools printed is judged as if it had been read: what they "
                 "did not print is not known.");
    return entry;
}

/* Whether that is among the causes of what was found. */
static bool
may_cross_domains(const Diagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (strcmp(verdict->cause->id, "cross-domain") == 0)
            return true;
    }
    return false;
}

void
paste_match(Paste *paste, Diagnosis *diagnosis)
{
    if (may_cross_domains(diagnosis))
        paste_tell_domains(paste, diagnosis->input);
    if (paste_is_empty(paste))
        paste_note_commands(paste, diagnosis);
    if (paste_is_empty(paste))
        return;
    for (guint i = 0; i < diagnosis->causes->len; i++)
        g_hash_table_add(paste->listed,
                         (gpointer)((CauseVerdict *)diagnosis->causes->pdata[i])->cause);
    paste_take_flags(paste);
    paste_take_roles(paste);
    paste_tell_unlisted(paste, diagnosis->input);
    paste->entry = entry_new(paste);
    const Errors *errors = diagnosis->errors;
    for (guint i = 0; paste->ldif && signs_in(paste) && i < errors->causes->len; i++) {
        const Cause *cause = errors->causes->pdata[i];
        if (is_about_sign_in(cause))
            add_ref(paste->entry, cause, RARE);
    }
    for (guint i = 0; i < paste->facts->len; i++) {
        const PasteFact *fact = paste->facts->pdata[i];
        const Cause *cause = errors_cause(errors, fact->cause);
        if (cause && fact->power != FACT_RULES_OUT &&
            paste_weighs(paste, cause, fact->weight))
            add_ref(paste->entry, cause, RARE);
    }
    for (guint i = 0; i < paste->entry->causes->len; i++)
        diagnosis_add(diagnosis, paste->entry->causes->pdata[i]);
    Match *match = g_new0(Match, 1);
    match->entry = paste->entry;
    g_ptr_array_add(diagnosis->matches, match);
    g_clear_pointer(&diagnosis->nearest, g_ptr_array_unref);
    g_clear_pointer(&diagnosis->structure, g_free);
}

/* A list that was printed and lacks what the other host needs. */
static bool
lacks_entries(const Pair *pair)
{
    return account_knows(pair->source, ATTR_DELEGATE_TO) &&
           pair->services[SERVICE_MIGRATION].missing->len > 0;
}

const Pair *
paste_direction(const Paste *paste, const Audit *audit, const Pair *pair)
{
    const Pair *back = audit_pair(audit, pair->target, pair->source);
    guint forth = 0, homeward = 0;
    if (!paste->either_way || !back)
        return pair;
    for (guint i = 0; i < paste->facts->len; i++) {
        const PasteFact *fact = paste->facts->pdata[i];
        if (fact->power == FACT_RULES_OUT || !fact->source)
            continue;
        forth += text_equal(fact->source, pair->source->name);
        homeward += text_equal(fact->source, pair->target->name);
    }
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->status != STATUS_FAIL || finding->severity < SEVERITY_ERROR)
            continue;
        forth += finding_concerns(audit, finding, pair);
        homeward += finding_concerns(audit, finding, back);
    }
    if (homeward == forth) {
        forth += lacks_entries(pair);
        homeward += lacks_entries(back);
    }
    return homeward > forth ? back : pair;
}
