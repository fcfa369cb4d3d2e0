/* Knows files by how they begin. */
#include "foreign.h"

#include "base/fault.h"
#include "collect/source.h"

#include <string.h>

#define LOOKED_AT 4096 /* bytes of the beginning */

#define LDIFDE FOREIGN_LDIFDE
#define LDIFDE_OR_DIAGNOSE LDIFDE " (kcdaudit diagnose - reads it)"
#define UNPACK "unpack it first"
#define FOR_DIAGNOSE "kcdaudit diagnose - <FILE reads it; for an audit " LDIFDE
#define LACKS ", which lacks what decides a verdict"

typedef struct {
    const char *head;
    gsize length;
    const char *is;
    const char *instead;
} Foreign;

#define HEAD(text) text, sizeof text - 1

static const Foreign binaries[] = {
    {HEAD("\x1F\x8B"), "a gzip file", UNPACK " (gunzip)"},
    {HEAD("BZh"), "a bzip2 file", UNPACK " (bunzip2)"},
    {HEAD("\xFD"
          "7zXZ"),
     "an xz file", UNPACK " (unxz)"},
    {HEAD("\x28\xB5\x2F\xFD"), "a zstd file", UNPACK " (unzstd)"},
    {HEAD("7z\xBC\xAF\x27\x1C"), "a 7-Zip archive", UNPACK},
    {HEAD("Rar!\x1A\x07"), "a RAR archive", UNPACK},
    {HEAD("MSCF"), "a cabinet file", UNPACK " (expand)"},
    {HEAD("ElfFile"), "a Windows event log",
     "wevtutil qe FILE /lf:true /f:text writes it as text, for kcdaudit diagnose -"},
    {HEAD("%PDF-"), "a PDF file", LDIFDE},
    {HEAD("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "an Office document or a mail", LDIFDE},
    {HEAD("regf"), "a registry hive", LDIFDE},
    {HEAD("SQLite format 3"), "a SQLite database, as kcdaudit's history is",
     "kcdaudit history --history FILE lists past audits; for an audit " LDIFDE},
    {HEAD("\x05\x02"), "a keytab", "--keytab FILE takes it, without --ldif"},
    {HEAD("\x05\x04"), "a Kerberos ticket cache",
     "KRB5CCNAME=FILE kcdaudit audit -D ... takes it, without --ldif"},
    {HEAD("\x89PNG"), "a picture", LDIFDE},
    {HEAD("\xFF\xD8\xFF"), "a picture", LDIFDE},
    {HEAD("MZ\x90"), "a Windows program", LDIFDE},
    {HEAD("\x7F"
          "ELF"),
     "a program", LDIFDE},
};

/* Without regard to case. */
static const Foreign texts[] = {
    {HEAD("#< CLIXML"), "PowerShell's CLIXML", LDIFDE},
    {HEAD("<Objs "), "PowerShell's CLIXML", LDIFDE},
    {HEAD("<Event"), "an event as XML", FOR_DIAGNOSE},
    {HEAD("<?xml"), "an XML file", LDIFDE},
    {HEAD("<!DOCTYPE html"), "an HTML page (a report, or ldapdomaindump's)", LDIFDE},
    {HEAD("<html"), "an HTML page (a report, or ldapdomaindump's)", LDIFDE},
    {HEAD("Registered ServicePrincipalNames for"), "the output of setspn -L",
     LDIFDE_OR_DIAGNOSE},
    {HEAD("Checking domain DC="), "the output of setspn", LDIFDE_OR_DIAGNOSE},
    {HEAD("Existing SPN found"), "the output of setspn", LDIFDE_OR_DIAGNOSE},
    {HEAD("Current LogonId is"), "the output of klist", FOR_DIAGNOSE},
    {HEAD("Log Name:"), "the text of an event", FOR_DIAGNOSE},
    {HEAD("Windows Registry Editor"), "an export of the registry (.reg)", LDIFDE},
    {HEAD("REGEDIT4"), "an export of the registry (.reg)", LDIFDE},
    {HEAD("Repadmin"), "the output of repadmin", LDIFDE},
    {HEAD("AdFind V"), "the output of AdFind", LDIFDE},
    {HEAD("***Searching"), "what ldp.exe shows", LDIFDE},
    {HEAD("Expanding base '"), "what ldp.exe shows", LDIFDE},
    {HEAD("ld = ldap_open"), "what ldp.exe shows", LDIFDE},
    {HEAD("\"CN="), "the output of dsquery", LDIFDE},
    {HEAD("\"OU="), "the output of dsquery", LDIFDE},
    {HEAD("\"DC="), "the output of dsquery", LDIFDE},
    {HEAD("Connecting to \""), "what ldifde shows on the screen",
     "give the file that its -f named"},
    {HEAD("SASL/"), "ldapsearch's output with its messages in it",
     "run ldapsearch -Q again, without 2>&1"},
    {HEAD("ldap_"), "an error message of ldapsearch",
     "kcdaudit diagnose - <FILE explains it"},
    {HEAD("-----BEGIN "), "a file in base64 (of certutil, or a certificate)",
     "certutil -decode FILE OUT turns it back"},
    {HEAD("{\\rtf"), "a document (RTF)", LDIFDE},
};

static bool
refuse(const char *name, const char *is, const char *instead, GError **error)
{
    fault_set(error, FAULT_MALFORMED, "%s: this is %s, not LDIF: %s", name, is, instead);
    return true;
}

static bool
begins(const char *text, gsize length, const Foreign *row)
{
    return length >= row->length && memcmp(text, row->head, row->length) == 0;
}

static bool
holds(const char *data, gsize length, const char *word)
{
    return g_strstr_len(data, (gssize)MIN(length, LOOKED_AT), word) != NULL;
}

static const Foreign *
zip_of(const char *data, gsize length)
{
    static const Foreign office = {HEAD("PK"), "an Office document (xlsx, docx)", LDIFDE};
    static const Foreign hound = {HEAD("PK"), "a zip archive of SharpHound" LACKS,
                                  LDIFDE};
    static const Foreign other = {HEAD("PK"), "a zip archive", UNPACK};
    static const char *const parts[] = {"[Content_Types].xml", "xl/",          "word/",
                                        "docProps/",           "opendocument", "ppt/"};
    if (length < 4 || memcmp(data, "PK", 2) != 0 || data[2] < 3 || data[2] > 8 ||
        data[3] != data[2] + 1)
        return NULL;
    /* g_strstr_len ends at the first NUL. */
    g_autoptr(GString) names = g_string_new(NULL);
    for (gsize i = 0; i < MIN(length, LOOKED_AT); i++)
        g_string_append_c(names, data[i] ? data[i] : ' ');
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(names->str, parts[i]))
            return &office;
    /* 20260101120000_computers.json, and whatever else it collects, in any order. */
    if (g_regex_match_simple("[0-9]{8,14}_[A-Za-z]+\\.json", names->str, G_REGEX_RAW, 0))
        return &hound;
    return &other;
}

static const Foreign *
binary_of(const char *data, gsize length)
{
    static const Foreign ese = {
        HEAD("\xEF\xCD\xAB\x89"), /* after a checksum */
        "a database of the kind of ntds.dit",
        "mount it on a domain controller (dsamain -dbpath FILE "
        "-ldapport 50000) and run ldifde -s localhost -t 50000 -f "
        "FILE -d DC=..."};
    static const Foreign tar = {HEAD("ustar"), "a tar archive", UNPACK};
    for (guint i = 0; i < G_N_ELEMENTS(binaries); i++)
        if (begins(data, length, &binaries[i]))
            return &binaries[i];
    if (length >= 8 && begins(data + 4, length - 4, &ese))
        return &ese;
    if (length >= 262 && begins(data + 257, length - 257, &tar))
        return &tar;
    return zip_of(data, length);
}

bool
foreign_is_binary(const char *name, const char *data, gsize length, GError **error)
{
    const Foreign *known = binary_of(data, length);
    return known && refuse(name, known->is, known->instead, error);
}

const char *
source_binary(const char *data, gsize length, const char **ret_instead)
{
    const Foreign *known = binary_of(data, length);
    bool text_in_it = known && (g_str_has_prefix(known->instead, UNPACK) ||
                                g_str_has_prefix(known->instead, "wevtutil"));
    *ret_instead = text_in_it ? known->instead : "paste the text that is in it";
    return known ? known->is : NULL;
}

/* Text */

/* The line at `at`, without its end (transfer full). */
static char *
line_at(const char *at, const char *end)
{
    gsize length = 0;
    while (at + length < end && at[length] != '\n' && at[length] != '\r' &&
           length < LOOKED_AT)
        length++;
    return g_strndup(at, length);
}

/* An object, or a list that does not begin with a bare word, as a section of an INI file
 * does. */
static bool
begins_json(const char *text, gsize length)
{
    gsize at = 1;
    while (at < length && g_ascii_isspace(text[at]))
        at++;
    char next = at < length ? text[at] : '\0';
    return *text == '{' ? next == '"' || next == '}'
                        : *text == '[' && !g_ascii_isalpha(next);
}

static bool
is_json(const char *name, const char *text, gsize length, GError **error)
{
    static const char diagnose[] =
        LDIFDE " (kcdaudit diagnose - reads what Get-ADComputer prints)";
    if (!begins_json(text, length))
        return false;
    if (holds(text, length, "\"kcdaudit.facts/"))
        return refuse(name, "what Get-MigrationFacts.ps1 writes of a host",
                      "--facts FILE takes it", error);
    if (holds(text, length, "\"kcdaudit.shard/"))
        return refuse(name, "a shard of an audit", "kcdaudit merge takes it", error);
    if (holds(text, length, "\"kcdaudit."))
        return refuse(name, "a report by kcdaudit, as JSON",
                      "give what it was made from, or what kcdaudit snapshot saved",
                      error);
    if (holds(text, length, "\"ObjectIdentifier\"") || holds(text, length, "\"meta\""))
        return refuse(name, "a JSON file of SharpHound" LACKS, LDIFDE, error);
    if (*text == '[' && holds(text, length, "\"attributes\""))
        return refuse(name, "a JSON file of ldapdomaindump" LACKS, LDIFDE, error);
    return refuse(name,
                  "a JSON file (SharpHound, ldapdomaindump or ConvertTo-Json)" LACKS,
                  diagnose, error);
}

static bool
is_word(const char *text)
{
    static const char *const words[] = {
        "dn",          "distinguishedname",    "samaccountname", "samid",
        "objectclass", "serviceprincipalname", "dnshostname"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* How many columns a line names, where all are names and one of them is an attribute of
 * every account; 0: it names none. */
static guint
columns_of(const char *line, const char *separators)
{
    g_auto(GStrv) parts = g_strsplit_set(line, separators, -1);
    bool known = false;
    guint count = 0;
    for (char **part = parts; *part; part++) {
        gsize length = strlen(g_strstrip(*part));
        if (length >= 2 && **part == '"' && (*part)[length - 1] == '"') {
            (*part)[length - 1] = '\0';
            memmove(*part, *part + 1, length - 1);
        }
        if (!**part)
            continue;
        for (const char *at = *part; *at; at++)
            if (!g_ascii_isalnum(*at) && !strchr("-_ ", *at))
                return 0;
        known = known || is_word(*part);
        count++;
    }
    return known ? count : 0;
}

/* Its first column is the DN; its -d takes any delimiter. */
static bool
is_csvde(const char *line)
{
    bool quoted = g_ascii_strncasecmp(line, "\"DN\"", 4) == 0;
    if (!quoted && g_ascii_strncasecmp(line, "DN", 2) != 0)
        return false;
    char delimiter = line[quoted ? 4 : 2];
    return delimiter && strchr(",;|\t", delimiter);
}

/* A table by its first line, which names the columns. */
static bool
is_table(const char *name, const char *line, GError **error)
{
    if (is_csvde(line))
        return refuse(name, "a CSV file of csvde",
                      "export the domain with ldifde instead: ldifde -f FILE -d DC=...",
                      error);
    if (columns_of(line, "\t") > 1)
        return refuse(name, "a table (of ldapdomaindump, or of a spreadsheet)", LDIFDE,
                      error);
    bool quoted = *line == '"' && (strstr(line, "\",\"") || strstr(line, "\";\""));
    if (quoted || g_str_has_prefix(line, "sep=") || columns_of(line, ",") > 1 ||
        columns_of(line, ";") > 1 || columns_of(line, "|") > 1)
        return refuse(name, "a CSV file (of Export-Csv, or of a spreadsheet)", LDIFDE,
                      error);
    if (columns_of(line, " ") > 0 && !strchr(line, ':'))
        return refuse(name, "a table (of dsquery, dsget, or Format-Table)", LDIFDE,
                      error);
    return false;
}

/* "[group prod]" */
static bool
is_section(const char *line)
{
    return *line == '[' && g_ascii_isalpha(line[1]) && g_str_has_suffix(line, "]");
}

/* "Name   : value" of Format-List: in LDIF the colon follows the name. */
static bool
is_list(const char *line)
{
    gsize letters = 0;
    while (g_ascii_isalnum(line[letters]) || line[letters] == '-')
        letters++;
    gsize blanks = strspn(line + letters, " ");
    return letters > 0 && blanks > 0 && g_str_has_prefix(line + letters + blanks, ": ");
}

bool
foreign_is_text(const char *name, const char *text, gsize length, GError **error)
{
    const char *end = text + length;
    while (text < end && g_ascii_isspace(*text))
        text++;
    g_autofree char *line = line_at(text, end);
    /* Export-Csv names the type above the columns. */
    if (g_str_has_prefix(line, "#TYPE "))
        return refuse(name, "a CSV file of Export-Csv", LDIFDE, error);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (g_ascii_strncasecmp(line, texts[i].head, texts[i].length) == 0)
            return refuse(name, texts[i].is, texts[i].instead, error);
    if (*line == '<' && (g_ascii_isalpha(line[1]) || line[1] == '!' || line[1] == '?'))
        return refuse(name, "an XML or HTML file", LDIFDE, error);
    if (is_section(line))
        return refuse(name, "an INI file, as kcdaudit's configuration is",
                      "-c FILE takes a configuration; " LDIFDE, error);
    if (text == end || is_json(name, text, (gsize)(end - text), error))
        return text != end;
    /* dsquery writes it with a small letter. */
    if (g_str_has_prefix(line, "DistinguishedName "))
        return refuse(name, "the output of Get-ADComputer or Get-ADUser",
                      LDIFDE_OR_DIAGNOSE, error);
    if (is_list(line))
        return refuse(name, "the output of a PowerShell cmdlet (Format-List)",
                      LDIFDE_OR_DIAGNOSE, error);
    return is_table(name, line, error);
}
