/* Writes the delegations that are there as sections of a configuration. */
#include "render/as_config.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* All that one source may do by one way. */
typedef struct {
    const Principal *source;
    Leg way;
    GPtrArray *edges; /* of const Edge * */
} Draft;

typedef struct {
    const Audit *audit;
    GString *out;
    GHashTable *names; /* of sections so far */
} Writer;

static void
draft_free(gpointer data)
{
    Draft *draft = data;
    g_ptr_array_unref(draft->edges);
    g_free(draft);
}

/* A value of a list: what would end it, or begin a comment, stands as the glob of one
 * character.  Then it allows, and asks for nothing. */
static void
put_value(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *last = valid;
    for (const char *at = valid; *at; at = g_utf8_next_char(at))
        last = at;
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool edge = at == valid || at == last;
        if (c == ';' || c == '#' || g_unichar_iscntrl(c) || c == 0xfffd ||
            (edge && g_unichar_isspace(c)))
            g_string_append_c(out, '?');
        else
            g_string_append_unichar(out, c);
    }
}

/* Whether a DN can stand in a list as it is. */
static bool
is_plain(const char *text)
{
    for (const char *at = text; *at; at++)
        if (*at == ';' || g_ascii_iscntrl(*at) || (*at == '#' && at > text))
            return false;
    return g_utf8_validate(text, -1, NULL);
}

static void
put_comment(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
put_comment(GString *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *quoted = text_quoted(QUOTE_COMMENT, text);
    g_string_append_printf(out, "# %s\n", quoted);
}

/* "[delegation svc-web]"; a second one of that name gets a number. */
static void
put_header(const Writer *writer, const Draft *draft)
{
    g_autoptr(GString) name = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(draft->source->name, -1);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool ends = c == '[' || c == ']' || c == '#' || c == ';';
        g_string_append_unichar(name,
                                ends || g_unichar_iscntrl(c) || c == 0xfffd ? '-' : c);
    }
    g_strstrip(name->str);
    name->len = strlen(name->str);
    if (draft->way == LEG_RBCD)
        g_string_append(name, " by RBCD");
    gsize length = name->len;
    for (guint i = 2; g_hash_table_contains(writer->names, name->str); i++) {
        g_string_truncate(name, length);
        g_string_append_printf(name, " %u", i);
    }
    g_hash_table_add(writer->names, g_strdup(name->str));
    g_string_append_printf(writer->out, "[delegation %s]\n", name->str);
}

/* A name that two accounts have is told in full. */
static void
put_source(const Writer *writer, const Principal *source)
{
    if (source->kind == PRINCIPAL_GROUP) {
        g_string_append_printf(writer->out, "from_member_of=%s\n", source->account->dn);
        return;
    }
    const GPtrArray *named = estate_by_name(writer->audit->estate, source->name);
    bool shared = named && named->len > 1 && source->account->sam;
    g_string_append(writer->out, "from=");
    put_value(writer->out, shared ? source->account->sam : source->name);
    if (shared && source->domain)
        g_string_append_printf(writer->out, "@%s", source->domain);
    g_string_append_c(writer->out, '\n');
}

/* What is no SPN may stand in a list all the same; a glob takes it. */
static void
put_spn(GString *out, const char *text)
{
    g_autoptr(Spn) spn = spn_parse(text);
    if (spn || !*text) {
        put_value(out, text);
        return;
    }
    g_string_append_c(out, '?');
    put_value(out, g_utf8_validate(text, -1, NULL) ? g_utf8_next_char(text) : text + 1);
}

/* The SPNs of the edges, each once: lists may hold one in two spellings. */
static void
put_targets(const Writer *writer, const Draft *draft)
{
    g_autoptr(GHashTable) told =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_string_append(writer->out, "to=");
    for (guint e = 0; e < draft->edges->len; e++) {
        const Edge *edge = draft->edges->pdata[e];
        for (guint i = 0; i < edge->spns->len; i++) {
            const char *spn = ((const EdgeSpn *)edge->spns->pdata[i])->spn;
            if (!g_hash_table_add(told, text_fold(spn)))
                continue;
            if (g_hash_table_size(told) > 1)
                g_string_append_c(writer->out, ';');
            put_spn(writer->out, spn);
        }
    }
    g_string_append_c(writer->out, '\n');
}

static void
put_transition(const Writer *writer, const Account *source)
{
    Tri on =
        (source->kinds & KIND_GROUP) != 0 ? TRI_UNKNOWN : account_flag(source, UAC_T2A4D);
    if (on != TRI_UNKNOWN)
        g_string_append_printf(writer->out, "protocol_transition=%s\n",
                               on == TRI_YES ? "required" : "forbidden");
}

static void
put_state(const Writer *writer, const Draft *draft)
{
    for (guint i = 0; i < draft->edges->len; i++) {
        const Edge *edge = draft->edges->pdata[i];
        if (edge->verdict == VERDICT_BROKEN || edge->verdict == VERDICT_UNKNOWN)
            put_comment(writer->out, "%s today: %s", verdict_names[edge->verdict],
                        edge->id);
        if (edge->tier0)
            put_comment(writer->out, "leads to Tier 0: %s", edge->id);
    }
}

static void
put_draft(const Writer *writer, const Draft *draft)
{
    g_string_append_c(writer->out, '\n');
    put_state(writer, draft);
    put_header(writer, draft);
    put_source(writer, draft->source);
    put_targets(writer, draft);
    g_string_append_printf(writer->out, "mode=%s\n",
                           draft->way == LEG_RBCD ? "rbcd" : "kcd");
    put_transition(writer, draft->source->account);
}

/* Why it cannot be declared; NULL: it can. */
static const char *
why_not(const Edge *edge)
{
    const Account *source = edge->source.account;
    if (edge->way == LEG_UNCONSTRAINED)
        return "trusted for delegation to any service: there is nothing to declare";
    if (!source)
        return "granted to whom no account was read for";
    if (edge->source.kind == PRINCIPAL_GROUP && edge->members == 0)
        return "granted to a group without members";
    if (edge->source.kind == PRINCIPAL_GROUP && edge->verdict == VERDICT_BROKEN)
        return "granted to a group, for whose members it does not work";
    if (edge->source.kind == PRINCIPAL_GROUP && !is_plain(source->dn))
        return "granted to a group whose DN cannot be written in a list";
    return edge->spns->len == 0 ? "granted on an account without SPN" : NULL;
}

static Draft *
draft_for(GPtrArray *drafts, GHashTable *by_key, const Edge *edge)
{
    g_autofree char *key =
        g_strdup_printf("%u %d", edge->source.account->number, edge->way);
    Draft *draft = g_hash_table_lookup(by_key, key);
    if (draft)
        return draft;
    draft = g_new0(Draft, 1);
    draft->source = &edge->source;
    draft->way = edge->way;
    draft->edges = g_ptr_array_new();
    g_hash_table_insert(by_key, g_steal_pointer(&key), draft);
    g_ptr_array_add(drafts, draft);
    return draft;
}

static int
by_source(gconstpointer a, gconstpointer b)
{
    const Draft *const *left = a, *const *right = b;
    int order = strcmp((*left)->source->name, (*right)->source->name);
    if (order == 0)
        order = (int)(*left)->way - (int)(*right)->way;
    return order ? order
                 : strcmp((*left)->source->account->dn, (*right)->source->account->dn);
}

void
delegations_as_config(const Audit *audit, GString *out)
{
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func(draft_free);
    g_autoptr(GHashTable) by_key =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const Writer writer = {audit, out, names};
    put_comment(out, "What may delegate today. Take out what should not, and see "
                     "kcdaudit.conf(5).");
    if (audit->gaps->len > 0)
        put_comment(out, "Not everything could be read, so delegations may be missing "
                         "here: kcdaudit delegations says what.");
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->missing || edge_by_design(edge))
            continue;
        const char *why = why_not(edge);
        if (why)
            put_comment(out, "Not here: %s: %s.", edge->id, why);
        else
            g_ptr_array_add(draft_for(drafts, by_key, edge)->edges, (gpointer)edge);
    }
    g_ptr_array_sort(drafts, by_source);
    for (guint i = 0; i < drafts->len; i++)
        put_draft(&writer, drafts->pdata[i]);
}
