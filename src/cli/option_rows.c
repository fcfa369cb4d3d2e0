/* THE table of options: parsing, help, manual pages and completion come from it. */
#include "cli/options.h"

#include "diagnose/release.h"
#include "render/edge_risk.h"
#include "render/render.h"

#include <string.h>

#define AT(field) G_STRUCT_OFFSET(Options, field)

const char *const section_titles[SECTION_COUNT] = {
    [SECTION_SOURCE] = "Where to ask, and as whom",
    [SECTION_SCOPE] = "What to look at",
    [SECTION_JUDGE] = "What to test, and what counts",
    [SECTION_OUTPUT] = "Output",
    [SECTION_HISTORY] = "Past audits",
};

/* The index is the enum: Mech, Severity, ColorWhen. */
const char *const mech_words[] = {"any", "GSS-SPNEGO", "GSSAPI", "EXTERNAL", NULL};
const char *const severity_words[] = {"info", "warning", "error", "critical", NULL};
const char *const reach_words[] = {"hosts", "domain", "forest", NULL};
const char *const way_words[] = {"kcd", "rbcd", "unconstrained", NULL}; /* Leg bits */
const char *const color_words[] = {"auto", "always", "never", NULL};

const OptionRow option_rows[] = {
    {OPTIONS_KERBEROS, SECTION_SOURCE, "domain", 'D', G_OPTION_ARG_STRING_ARRAY,
     AT(domains), "NAME", NULL,
     "this domain; its DCs are found by DNS (again: further domains, read, too)"},
    {OPTIONS_DIRECTORY, SECTION_SOURCE, "uri", 'H', G_OPTION_ARG_STRING_ARRAY, AT(uris),
     "URI", NULL,
     "this DC instead: ldap://dc1.contoso.com, ldaps://... or dc1.contoso.com "
     "(repeatable, tried in order)"},
    {OPTIONS_KERBEROS, SECTION_SOURCE, "site", 0, G_OPTION_ARG_STRING, AT(site), "SITE",
     NULL, "DCs of this AD site first (default: this machine's, as a DC says)"},
    {OPTIONS_OFFLINE, SECTION_SOURCE, "ldif", 0, G_OPTION_ARG_FILENAME_ARRAY, AT(ldif),
     "FILE", NULL,
     "offline: judge what snapshot, ldapsearch, ldifde or AD Explorer saved "
     "(repeatable: one directory in several files; - is standard input)"},
    {OPTIONS_DIRECTORY, SECTION_SOURCE, "mech", 0, G_OPTION_ARG_STRING, AT(mech_text),
     "MECH", mech_words + 1,
     "GSS-SPNEGO, GSSAPI or EXTERNAL (default: the first two, in this order)"},
    {OPTIONS_DIRECTORY, SECTION_SOURCE, "starttls", 0, G_OPTION_ARG_NONE, AT(starttls),
     NULL, NULL, "StartTLS on ldap://"},
    {OPTIONS_DIRECTORY, SECTION_SOURCE, "ca-file", 0, G_OPTION_ARG_FILENAME, AT(ca_file),
     "FILE", NULL, "trust the CAs in FILE (PEM) instead of the system's"},
    {OPTIONS_KERBEROS, SECTION_SOURCE, "keytab", 0, G_OPTION_ARG_FILENAME, AT(keytab),
     "FILE", NULL, "own credentials from this keytab, in memory only (with --principal)"},
    {OPTIONS_KERBEROS, SECTION_SOURCE, "principal", 0, G_OPTION_ARG_STRING, AT(principal),
     "NAME", NULL, "the principal to take from the keytab"},
    {OPTIONS_KERBEROS, SECTION_SOURCE, "timeout", 0, G_OPTION_ARG_INT, AT(timeout_s),
     "SECONDS", NULL, "to connect, and per search (1 to 3600, default 15)"},
    {OPTIONS_DIRECTORY, SECTION_SOURCE, "queries", 0, G_OPTION_ARG_FILENAME, AT(queries),
     "DIR", NULL, "take LDAP queries found in DIR instead of the built-in ones"},
    {OPTIONS_FOREST, SECTION_SCOPE, "forest", 0, G_OPTION_ARG_NONE, AT(forest), NULL,
     NULL, "duplicates: in the whole forest, not just in the domain"},
    {OPTIONS_CONFIG, SECTION_SCOPE, "config", 'c', G_OPTION_ARG_FILENAME, AT(config),
     "FILE", NULL,
     "configuration (default: /etc/kcdaudit/kcdaudit.conf, then "
     "~/.config/kcdaudit/kcdaudit.conf)"},
    {OPTIONS_HOSTS, SECTION_SCOPE, "host", 0, G_OPTION_ARG_STRING_ARRAY, AT(hosts),
     "NAME", NULL,
     "audit these hosts as one group (name or glob; repeatable, or a list: HV01,HV02)"},
    {OPTIONS_HOSTS | OPTIONS_LIST, SECTION_SCOPE, "scope", 0, G_OPTION_ARG_STRING,
     AT(reach_text), "SCOPE", reach_words,
     "hosts: live migration alone; domain: every delegation of the domains given; "
     "forest: of all its domains (default domain; with --host: hosts)"},
    {OPTIONS_LIST, SECTION_SCOPE, "way", 0, G_OPTION_ARG_STRING_ARRAY, AT(way_texts),
     "WAY", way_words,
     "only kcd (constrained), rbcd or unconstrained (repeatable, or a list: kcd,rbcd)"},
    {OPTIONS_LIST, SECTION_SCOPE, "risk", 0, G_OPTION_ARG_STRING_ARRAY, AT(risk_texts),
     "RISK", edge_risk_names,
     "only what is broken, undeclared, tier0, ghost, broad or unconstrained (repeatable, "
     "or a list)"},
    {OPTIONS_LIST, SECTION_OUTPUT, "as-config", 0, G_OPTION_ARG_NONE, AT(as_config), NULL,
     NULL, "write them as [delegation] sections of a configuration, to review"},
    {OPTIONS_DIAGNOSE | OPTIONS_ENDS, SECTION_SCOPE, "from", 0, G_OPTION_ARG_STRING,
     AT(from), "HOST", NULL, "the host that the VM was to leave (with --to)"},
    {OPTIONS_DIAGNOSE | OPTIONS_ENDS, SECTION_SCOPE, "to", 0, G_OPTION_ARG_STRING, AT(to),
     "HOST", NULL, "the host, or file server, that it was to go to"},
    {OPTIONS_DIAGNOSE, SECTION_SCOPE, "os", 0, G_OPTION_ARG_STRING, AT(os_text),
     "RELEASE", release_words,
     "what the hosts run, where it is not read: 2025, \"Windows Server 2025\", "
     "azurelocal"},
    {OPTIONS_OPERATORS, SECTION_SCOPE, "operator", 0, G_OPTION_ARG_STRING_ARRAY,
     AT(operators), "USER", NULL,
     "who starts migrations: alice, CONTOSO\\alice, alice@contoso.com, a display name, "
     "a DN or a SID (repeatable)"},
    {OPTIONS_AUDIT | OPTIONS_LDIF_OUT | OPTIONS_DIAGNOSE, SECTION_SCOPE, "all-dcs", 0,
     G_OPTION_ARG_NONE, AT(all_dcs), NULL, NULL,
     "compare the hosts' values on every DC of the domain"},
    {OPTIONS_BEYOND | OPTIONS_MERGE, SECTION_SCOPE, "sysvol", 0, G_OPTION_ARG_FILENAME,
     AT(sysvol), "DIR", NULL,
     "judge group policies, too, by this mounted or copied SYSVOL"},
    {OPTIONS_FACTS, SECTION_SCOPE, "facts", 0, G_OPTION_ARG_FILENAME_ARRAY, AT(facts),
     "DIR", NULL,
     "judge the hosts' own settings, too: what Get-MigrationFacts.ps1 wrote on them "
     "(directory or file, repeatable)"},
    {OPTIONS_BEYOND, SECTION_SCOPE, "ports", 0, G_OPTION_ARG_NONE, AT(ports), NULL, NULL,
     "try the hosts' and DCs' TCP ports from here, and their names in DNS"},
    {OPTIONS_DIAGNOSE, SECTION_SCOPE, "table", 0, G_OPTION_ARG_FILENAME, AT(table), "DIR",
     NULL, "take the *.table files in DIR instead of the built-in ones"},
    {OPTIONS_JUDGE, SECTION_JUDGE, "no-tickets", 0, G_OPTION_ARG_NONE, AT(no_tickets),
     NULL, NULL, "do not ask the KDC for test tickets"},
    {OPTIONS_JUDGE | OPTIONS_PACE, SECTION_JUDGE, "jobs", 0, G_OPTION_ARG_INT, AT(jobs),
     "N", NULL, "ask the KDC for so many tickets at a time (1 to 64, default 32)"},
    {OPTIONS_JUDGE | OPTIONS_PACE, SECTION_JUDGE, "ticket-rate", 0, G_OPTION_ARG_INT,
     AT(ticket_rate), "N", NULL,
     "ask the KDC for at most N tickets a second (1 to 10000, default 0: as many as it "
     "answers)"},
    {OPTIONS_AUDIT | OPTIONS_DIAGNOSE, SECTION_JUDGE, "prove-as", 0, G_OPTION_ARG_STRING,
     AT(prove_as), "USER", NULL,
     "delegate for USER for real, from every source whose key is in the keytab"},
    {OPTIONS_AUDIT | OPTIONS_DIAGNOSE, SECTION_JUDGE, "prove-keytab", 0,
     G_OPTION_ARG_FILENAME, AT(prove_keytab), "FILE", NULL,
     "the sources' keys (with --prove-as)"},
    {OPTIONS_SHARD, SECTION_JUDGE, "shard", 0, G_OPTION_ARG_STRING, AT(shard_text), "I/N",
     NULL,
     "ask for part I (from 0) of N of the tickets, proofs and ports of a snapshot "
     "(auto: of Slurm's array; auto/N: by JOB_COMPLETION_INDEX)"},
    {OPTIONS_SHARD | OPTIONS_MERGE, SECTION_JUDGE, "run-id", 0, G_OPTION_ARG_STRING,
     AT(run_id), "ID", NULL, "the same for every shard of an audit, and for their merge"},
    {OPTIONS_JUDGE | OPTIONS_FAIL_ON, SECTION_JUDGE, "fail-on", 0, G_OPTION_ARG_STRING,
     AT(fail_on_text), "SEVERITY", severity_words,
     "exit 1 from this on: info, warning, error, critical (default error)"},
    {OPTIONS_FORMATS, SECTION_OUTPUT, "format", 'f', G_OPTION_ARG_STRING_ARRAY,
     AT(formats), "FORMAT[:FILE]", NULL,
     "text (default), json, csv, html, junit, prometheus, jsonl, sarif or nagios; "
     "repeatable, each to its own file"},
    {OPTIONS_OUTPUT, SECTION_OUTPUT, "format", 'f', G_OPTION_ARG_STRING_ARRAY,
     AT(formats), "FORMAT[:FILE]", NULL,
     "text (default) or json; repeatable, each to its own file"},
    {OPTIONS_TABLE, SECTION_OUTPUT, "format", 'f', G_OPTION_ARG_STRING_ARRAY, AT(formats),
     "FORMAT[:FILE]", NULL,
     "text (default), json or csv; repeatable, each to its own file"},
    {OPTIONS_PAGE, SECTION_OUTPUT, "format", 'f', G_OPTION_ARG_STRING_ARRAY, AT(formats),
     "FORMAT[:FILE]", NULL,
     "text (default), json or html; repeatable, each to its own file"},
    {OPTIONS_FORMATS | OPTIONS_OUTPUT | OPTIONS_TABLE | OPTIONS_PAGE, SECTION_OUTPUT,
     "output", 'o', G_OPTION_ARG_FILENAME, AT(output), "FILE", NULL,
     "write to FILE instead of standard output"},
    {OPTIONS_LDIF_OUT, SECTION_OUTPUT, "output", 'o', G_OPTION_ARG_FILENAME, AT(output),
     "FILE", NULL, "write the LDIF to FILE, - for standard output"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "fixes", 0, G_OPTION_ARG_FILENAME,
     AT(fixes), "DIR", NULL,
     "write fix-spn.cmd, fix-delegation.ps1, fix.ldif and their undo into DIR"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "all-pairs", 0, G_OPTION_ARG_NONE,
     AT(all_pairs), NULL, NULL, "list pairs that are ready, too"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "all-edges", 0, G_OPTION_ARG_NONE,
     AT(all_edges), NULL, NULL,
     "list delegations that nothing is wrong with, too (JSON)"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "rule", 0, G_OPTION_ARG_STRING_ARRAY,
     AT(rule_texts), "ID", NULL,
     "list findings of these rules alone (repeatable, or a list: DEL-01,SPN-*)"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "min-severity", 0,
     G_OPTION_ARG_STRING, AT(min_severity_text), "SEVERITY", severity_words,
     "list findings from this on: info, warning, error, critical"},
    {OPTIONS_AUDIT | OPTIONS_MERGE, SECTION_OUTPUT, "summary", 0, G_OPTION_ARG_NONE,
     AT(summary), NULL, NULL,
     "text: the headline, the counts and what to fix first alone"},
    {OPTIONS_FORMATS | OPTIONS_OUTPUT | OPTIONS_TABLE, SECTION_OUTPUT, "color", 0,
     G_OPTION_ARG_STRING, AT(color_text), "WHEN", color_words,
     "auto, always or never (default auto: on a terminal)"},
    {OPTIONS_WORDS, SECTION_OUTPUT, "quiet", 'q', G_OPTION_ARG_NONE, AT(quiet), NULL,
     NULL, "the answer in a line or two"},
    {OPTIONS_WORDS, SECTION_OUTPUT, "verbose", 'v', G_OPTION_ARG_NONE, AT(verbose), NULL,
     NULL, "say which DCs were tried, on standard error"},
    {OPTIONS_HISTORY, SECTION_HISTORY, "history", 0, G_OPTION_ARG_FILENAME, AT(history),
     "FILE", NULL,
     "where past audits are kept (default: kcdaudit/history.sqlite in the state "
     "directory), or postgresql://USER@HOST/DATABASE"},
    {OPTIONS_RECORD, SECTION_HISTORY, "no-history", 0, G_OPTION_ARG_NONE, AT(no_history),
     NULL, NULL, "do not keep this audit"},
    {OPTIONS_PRUNE, SECTION_HISTORY, "prune", 0, G_OPTION_ARG_STRING, AT(prune), "KEEP",
     NULL,
     "forget older audits: 90d keeps those of the last 90 days, 100r the last 100 of "
     "each domain, --host arguments and configuration"},
    {OPTIONS_PRUNE, SECTION_HISTORY, "send", 0, G_OPTION_ARG_NONE, AT(send), NULL, NULL,
     "send to the server of --history the audits that it did not take"},
    {0, SECTION_OUTPUT, "help", 'h', G_OPTION_ARG_NONE, AT(help), NULL, NULL,
     "this text"},
    {0, SECTION_COUNT, NULL, 0, G_OPTION_ARG_NONE, 0, NULL, NULL, NULL},
};

/* Where an option means something else than in the other commands. */
static const struct {
    const char *command;
    const char *option;
    const char *help;
} elsewhere[] = {
    {"merge", "quiet", "the headline and the counts, no findings"},
    {"merge", "verbose", "also every host, ready pairs, SPN owners and tickets"},
    {"merge", "ldif", "the snapshot that the shards read"},
    {"audit", "quiet", "the headline and the counts, no findings"},
    {"audit", "verbose",
     "also every host, ready pairs, SPN owners and tickets; which DCs were tried"},
    {"check", "from", "the host that the VM leaves, or any account (with --to)"},
    {"check", "to", "the host or file server that it goes to, or an SPN"},
    {"delegations", "quiet", "how many there are, and how many are at risk"},
    {"delegations", "scope",
     "domain: of the domains given; forest: of all domains of the forest (default "
     "domain)"},
    {"delegations", "verbose", "also every SPN and reason; which DCs were tried"},
    {"diagnose", "quiet", "what it is, and how many causes are confirmed"},
    {"diagnose", "verbose", "all causes and all evidence; which DCs were tried"},
    {"diagnose", "host", "the two hosts"},
    {"diagnose", "no-tickets", "do not ask the KDC for test tickets (with --from, --to)"},
    {"diff", "fail-on", "exit 1 from this on, of what is new, reopened or worsened"},
    {"diff", "quiet", "the counts"},
    {"diff", "verbose", "everything, what persists, too"},
    {"fleet", "quiet", "the rows alone"},
    {"fleet", "verbose", "more of each"},
    {"history", "quiet", "the rows alone"},
    {"history", "verbose", "all audits, and more of each"},
    {"snapshot", "all-dcs", "save the hosts' values from every DC of the domain, too"},
    {"snapshot", "host", "these hosts and what they need (name or glob, repeatable)"},
    {"snapshot", "quiet", "say only what could not be read"},
    {"spn", "quiet", "say nothing: the exit status answers"},
    {"ticket", "domain", "ask the KDCs of this domain, found by DNS or krb5.conf"},
    {"ticket", "timeout", "per ticket (1 to 3600, default 15)"},
    {"ticket", "quiet", "only what was refused"},
    {"ticket", "verbose", "also whose credentials are used, on standard error"},
};

bool
option_belongs(const OptionRow *row, const Command *command)
{
    return row->set == 0 || (row->set & command->options) != 0;
}

const char *
option_help(const OptionRow *row, const Command *command)
{
    for (guint i = 0; i < G_N_ELEMENTS(elsewhere); i++)
        if (strcmp(elsewhere[i].command, command->name) == 0 &&
            strcmp(elsewhere[i].option, row->name) == 0)
            return elsewhere[i].help;
    return row->help;
}

bool
option_is_format(const Command *command, const char *format)
{
    if (command->options & OPTIONS_FORMATS)
        return renderer_find(format) != NULL;
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
           ((command->options & OPTIONS_TABLE) && strcmp(format, "csv") == 0) ||
           ((command->options & OPTIONS_PAGE) && strcmp(format, "html") == 0);
}

char *
option_formats(const Command *command, const char *separator)
{
    GString *names = g_string_new(NULL);
    for (const Renderer *row = renderers; row->name; row++)
        if (option_is_format(command, row->name))
            g_string_append_printf(names, "%s%s", names->len > 0 ? separator : "",
                                   row->name);
    return g_string_free(names, FALSE);
}
