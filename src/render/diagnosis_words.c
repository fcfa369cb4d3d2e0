/* What a diagnosis says in a line: titles, commands, and what a text gave. */
#include "diagnosis_parts.h"
#include "fix/by_hand.h"

#include <string.h>

#define TAKEN_SHOWN 4

static const Fix *
find_fix(const GPtrArray *fixes, const char *id)
{
    for (guint i = 0; fixes && i < fixes->len; i++)
        if (strcmp(((const Fix *)fixes->pdata[i])->id, id) == 0)
            return fixes->pdata[i];
    return NULL;
}

static void
take_runs(const DiagnosisView *view, GPtrArray *commands, const Cause *cause)
{
    for (guint i = 0; i < cause->run->len; i++)
        g_ptr_array_add(commands, diagnosis_fill(view->diagnosis, cause->run->pdata[i]));
}

/* What only LDIF can write exactly, the cause's own commands say in PowerShell. */
static void
take_fix(const DiagnosisView *view, GPtrArray *commands, const Fix *fix,
         const Cause *cause)
{
    const GPtrArray *lines = fix_lines(fix);
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(commands, g_strdup(lines->pdata[i]));
    if (fix_language(fix) != FIX_IN_LDIF)
        return;
    if (cause->run->len > 0)
        take_runs(view, commands, cause);
    else
        g_ptr_array_add(commands, g_strdup(fix->ldif));
}

static void
take_by_hand(const DiagnosisView *view, GPtrArray *commands, const CauseVerdict *verdict)
{
    for (guint i = 0; i < verdict->findings->len; i++) {
        g_autoptr(GPtrArray) lines =
            by_hand_commands(view->diagnosis->audit->estate, verdict->findings->pdata[i]);
        for (guint l = 0; l < lines->len; l++)
            g_ptr_array_add(commands, g_strdup(lines->pdata[l]));
    }
}

GPtrArray *
diagnosis_commands(const DiagnosisView *view, const CauseVerdict *verdict)
{
    if (verdict->instead)
        return diagnosis_commands(view, verdict->instead);
    GPtrArray *commands = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < verdict->findings->len; i++) {
        const Finding *finding = verdict->findings->pdata[i];
        for (guint f = 0; f < finding->fixes->len; f++) {
            const Fix *fix = find_fix(view->fixes, finding->fixes->pdata[f]);
            if (fix && g_hash_table_add(seen, (gpointer)fix))
                take_fix(view, commands, fix, verdict->cause);
        }
    }
    if (commands->len == 0)
        take_by_hand(view, commands, verdict);
    if (commands->len == 0)
        take_runs(view, commands, verdict->cause);
    return commands;
}

#define WIN32_MOST 0x3FFF /* more is a program's own number, as SQL Server's */

/* "0x8009030E SEC_E_NO_CREDENTIALS" */
static char *
code_title(const ErrorCode *code)
{
    static const char *const kinds[ERROR_KINDS] = {
        [ERROR_HRESULT] = "",           [ERROR_WIN32] = "Win32 error ",
        [ERROR_NTSTATUS] = "NTSTATUS ", [ERROR_KERBEROS] = "Kerberos error ",
        [ERROR_EVENT] = "Event ",       [ERROR_TEXT] = "",
        [ERROR_CHECKLIST] = ""};
    g_autofree char *text = error_code_text(code);
    bool own = code->kind == ERROR_WIN32 && code->value > WIN32_MOST;
    return g_strdup_printf("%s%s%s%s", own ? "Error " : kinds[code->kind], text,
                           code->name ? " " : "", code->name ? code->name : "");
}

/* A code only where it was read; else the words that were. */
char *
diagnosis_match_title(const Match *match)
{
    if (match->code)
        return code_title(match->code);
    if (match->entry->kind == ERROR_CHECKLIST)
        return g_strdup_printf("To check: %s", match->entry->id);
    if (match->solved > 0)
        return g_strdup("What it was in the end, as the text says");
    /* A symptom as somebody typed it; outputs have a title instead of an id. */
    if (!match->phrase)
        return g_strdup_printf(
            "%s%s", strchr(match->entry->id, ' ') ? "" : "Symptom: ", match->entry->id);
    g_autofree char *words = g_strjoinv(" ... ", match->phrase->parts);
    return g_strdup_printf("Known by its words: \"%s\"", words);
}

/* By the words that it is known by: its id is the table's own. */
char *
diagnosis_entry_title(const ErrorEntry *entry)
{
    const ErrorCode *code = error_first_code(entry);
    if (code)
        return code_title(code);
    if (entry->kind == ERROR_CHECKLIST)
        return g_strdup_printf("To check: %s", entry->id);
    if (entry->phrases->len == 0 || strchr(entry->id, ' '))
        return g_strdup_printf("Message: %s", entry->id);
    const Phrase *first = entry->phrases->pdata[0];
    g_autofree char *words = g_strjoinv(" ... ", first->parts);
    return g_strdup_printf("Message: \"%s\"", words);
}

/* ", HV01 as the source" */
static void
say_taken(GString *text, const char *name, const char *as)
{
    if (name)
        g_string_append_printf(text, "%s%s%s", text->len > 0 ? ", " : "", name, as);
}

char *
diagnosis_taken(const DiagnosisView *view)
{
    const Input *input = view->diagnosis->input;
    g_autoptr(GString) text = g_string_new(NULL);
    if (view->source_taken)
        say_taken(text, input->source, " as the source");
    if (view->target_taken)
        say_taken(text, input->target, " as the target");
    if (view->operator_taken)
        say_taken(text, input->operator, " as the operator");
    for (guint i = 0; i < input->spns->len && i < TAKEN_SHOWN; i++)
        say_taken(text, input->spns->pdata[i], i == 0 ? " as an SPN" : "");
    return text->len > 0 ? g_strdup_printf("Taken from the text: %s.", text->str) : NULL;
}
