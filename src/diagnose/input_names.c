/* Finds hosts, SPNs and accounts by the fields and words beside them.  Who is the source
 * and who the target follows from what the text says, the surest first. */
#include "finder.h"
#include "input_parts.h"

#include <string.h>

#define GAP_MAX 6 /* of blanks and quotes between a word and the name after it */

/* Fields */

typedef enum {
    FIELD_SPN,       /* an SPN, or the account of a computer: the target */
    FIELD_REQUESTER, /* who asked */
    FIELD_USER,      /* a person */
    FIELD_SOURCE,    /* a host by its name */
    FIELD_TARGET,
    FIELD_COMPUTER, /* where an event was written */
    FIELD_EVENT,    /* its number */
    FIELD_FIRST     /* the first thing that it names */
} Field;

/* As Windows writes them in its events, in the language of the Event Viewer, and as XML,
 * JSON and PowerShell have them. */
static const Label fields[] = {
    {"server name", FIELD_SPN, false},
    {"target name", FIELD_SPN, false},
    {"service name", FIELD_SPN, false},
    {"servicename", FIELD_SPN, true},
    {"service principal name", FIELD_SPN, false},
    {"spn", FIELD_SPN, false},
    {"dienstname", FIELD_SPN, false},
    {"servername", FIELD_SPN, false},
    {"zielname", FIELD_SPN, false},
    {"nom du service", FIELD_SPN, false},
    {"nombre de servicio", FIELD_SPN, false},
    {"nome servizio", FIELD_SPN, false},
    {"account name", FIELD_REQUESTER, false},
    {"client name", FIELD_REQUESTER, false},
    {"target user name", FIELD_REQUESTER, false},
    {"targetusername", FIELD_REQUESTER, true},
    {"kontoname", FIELD_REQUESTER, false},
    {"clientname", FIELD_REQUESTER, false},
    {"nom du compte", FIELD_REQUESTER, false},
    {"nombre de cuenta", FIELD_REQUESTER, false},
    {"nome account", FIELD_REQUESTER, false},
    {"transited services", FIELD_SOURCE, false},
    {"transmitted services", FIELD_SOURCE, false},
    {"übertragene dienste", FIELD_SOURCE, false},
    {"user", FIELD_USER, false},
    {"user name", FIELD_USER, false},
    {"user principal name", FIELD_USER, false},
    {"benutzer", FIELD_USER, false},
    {"utilisateur", FIELD_USER, false},
    {"usuario", FIELD_USER, false},
    {"utente", FIELD_USER, false},
    {"source host", FIELD_SOURCE, false},
    {"source server", FIELD_SOURCE, false},
    {"source computer", FIELD_SOURCE, false},
    {"destination host", FIELD_TARGET, false},
    {"destination server", FIELD_TARGET, false},
    {"destination computer", FIELD_TARGET, false},
    {"target host", FIELD_TARGET, false},
    {"target computer", FIELD_TARGET, false},
    {"remote computer", FIELD_TARGET, false},
    {"pscomputername", FIELD_TARGET, false},
    {"computer", FIELD_COMPUTER, false},
    {"computer name", FIELD_COMPUTER, false},
    {"machine name", FIELD_COMPUTER, false},
    {"host name", FIELD_COMPUTER, false},
    {"ordinateur", FIELD_COMPUTER, false},
    {"equipo", FIELD_COMPUTER, false},
    {"コンピューター", FIELD_COMPUTER, false},
    {"计算机", FIELD_COMPUTER, false},
    {"event id", FIELD_EVENT, false},
    {"parameter 0", FIELD_FIRST, false},
};

/* A host by its account or its name, which is all that the line holds or looks like
 * one. */
static void
take_place(Finder *finder, End end, Surety surety, const char *value)
{
    g_autofree char *account = finder_account(value);
    g_autofree char *computer = finder_computer(account);
    gsize length = finder_host_length(value);
    g_autofree char *plain = g_strndup(value, length);
    char after = value[length];
    if (computer)
        finder_offer(finder, end, surety, computer);
    else if (after == '\0' || strchr("\n\"'<,\\", after) ||
             finder_looks_like_host(value, length))
        finder_offer(finder, end, surety, plain);
}

static void
take_field(Finder *finder, Field field, const char *value)
{
    switch (field) {
    case FIELD_SPN: {
        g_autofree char *account = finder_account(value);
        g_autofree char *computer = finder_computer(account);
        if (!finder_take_spn(finder, value) && computer)
            finder_offer(finder, END_TARGET, SURE_FIELD, computer);
        break;
    }
    case FIELD_REQUESTER:
        finder_take_requester(finder, value);
        break;
    case FIELD_USER: {
        g_autofree char *account = finder_account(value);
        if (strpbrk(account, "\\@") && !strchr(account, '$'))
            finder_take_requester(finder, value);
        break;
    }
    case FIELD_SOURCE:
        take_place(finder, END_SOURCE, SURE_FIELD, value);
        break;
    case FIELD_TARGET:
        take_place(finder, END_TARGET, SURE_FIELD, value);
        break;
    case FIELD_COMPUTER:
        if (!finder->of_kdc)
            take_place(finder, finder->written, SURE_PLACE, value);
        break;
    case FIELD_EVENT: {
        static const char *const of_connections[] = {"20306", "20406", NULL};
        g_autofree char *number = g_strndup(value, strspn(value, "0123456789"));
        if (*number) /* an end tag has none behind it */
            finder->names_host = g_strv_contains(of_connections, number);
        break;
    }
    case FIELD_FIRST:
        if (finder->names_host)
            take_place(finder, END_TARGET, SURE_FIELD, value);
        break;
    }
}

/* The value behind a sign that parts it from its label. */
static void
take_sign(Finder *finder, gsize sign)
{
    static const char gaps[] = " \"'[\\";
    const Label *label =
        label_before(finder->text, sign + 1, fields, G_N_ELEMENTS(fields));
    const char *value = finder->text + sign + 1;
    for (guint i = 0; i < GAP_MAX && *value && strchr(gaps, *value); i++)
        value++;
    if (label && *value)
        take_field(finder, (Field)label->meaning, value);
}

/* Words */

typedef enum { WORD_SOURCE = END_SOURCE, WORD_TARGET = END_TARGET, WORD_OTHER } Word;

/* What stands before the name of a host in texts of Windows and in commands. */
static const struct {
    const char *words;
    Word word;
    Surety surety;
} host_words[] = {
    {"migration source", WORD_SOURCE, SURE_SAID},
    {"Migrationsquelle", WORD_SOURCE, SURE_SAID},
    {"source de migration", WORD_SOURCE, SURE_SAID},
    {"source de la migration", WORD_SOURCE, SURE_SAID},
    {"origen de migración", WORD_SOURCE, SURE_SAID},
    {"origen de la migración", WORD_SOURCE, SURE_SAID},
    {"origine della migrazione", WORD_SOURCE, SURE_SAID},
    {"origine di migrazione", WORD_SOURCE, SURE_SAID},
    {"origem de migração", WORD_SOURCE, SURE_SAID},
    {"移行元", WORD_SOURCE, SURE_SAID},
    {"迁移源", WORD_SOURCE, SURE_SAID},
    {"источнике миграции", WORD_SOURCE, SURE_SAID},
    {"source host", WORD_SOURCE, SURE_SAID},
    {"source computer", WORD_SOURCE, SURE_SAID},
    {"source server", WORD_SOURCE, SURE_SAID},
    {"migration destination", WORD_TARGET, SURE_SAID},
    {"Migrationsziel", WORD_TARGET, SURE_SAID},
    {"destination de migration", WORD_TARGET, SURE_SAID},
    {"destination de la migration", WORD_TARGET, SURE_SAID},
    {"destino de migración", WORD_TARGET, SURE_SAID},
    {"destino de la migración", WORD_TARGET, SURE_SAID},
    {"destinazione della migrazione", WORD_TARGET, SURE_SAID},
    {"destinazione di migrazione", WORD_TARGET, SURE_SAID},
    {"destino de migração", WORD_TARGET, SURE_SAID},
    {"移行先", WORD_TARGET, SURE_SAID},
    {"迁移目标", WORD_TARGET, SURE_SAID},
    {"with host", WORD_TARGET, SURE_SAID},
    {"mit dem Host", WORD_TARGET, SURE_SAID},
    {"mit Host", WORD_TARGET, SURE_SAID},
    {"avec l'hôte", WORD_TARGET, SURE_SAID},
    {"con el host", WORD_TARGET, SURE_SAID},
    {"con l'host", WORD_TARGET, SURE_SAID},
    {"com o host", WORD_TARGET, SURE_SAID},
    {"ホスト", WORD_TARGET, SURE_SAID},
    {"主机", WORD_TARGET, SURE_SAID},
    {"主機", WORD_TARGET, SURE_SAID},
    {"호스트", WORD_TARGET, SURE_SAID},
    {"с узлом", WORD_TARGET, SURE_SAID},
    {"к узлу", WORD_TARGET, SURE_SAID},
    {"z hostem", WORD_TARGET, SURE_SAID},
    {"com host", WORD_TARGET, SURE_SAID},
    {"met host", WORD_TARGET, SURE_SAID},
    {"destination host", WORD_TARGET, SURE_SAID},
    {"destination computer", WORD_TARGET, SURE_SAID},
    {"destination server", WORD_TARGET, SURE_SAID},
    {"target host", WORD_TARGET, SURE_SAID},
    {"target computer", WORD_TARGET, SURE_SAID},
    {"to remote server", WORD_TARGET, SURE_SAID},
    {"Remoteserver", WORD_TARGET, SURE_SAID},
    {"serveur distant", WORD_TARGET, SURE_SAID},
    {"servidor remoto", WORD_TARGET, SURE_SAID},
    {"server remoto", WORD_TARGET, SURE_SAID},
    {"リモート サーバー", WORD_TARGET, SURE_SAID},
    {"远程服务器", WORD_TARGET, SURE_SAID},
    {"-DestinationHost", WORD_TARGET, SURE_COMMAND},
    {"-ComputerName", WORD_TARGET, SURE_SESSION},
    {"from the server", WORD_TARGET, SURE_PLACE},
    {"contact server", WORD_TARGET, SURE_PLACE},
    {"on the server", WORD_TARGET, SURE_PLACE},
    {"physical computer", WORD_OTHER, SURE_NOT},
    {"logon session", WORD_SOURCE, SURE_FIELD},
};

/* The name behind the words (transfer full); NULL: there is none.  `bare`: whatever
 * stands there is one. */
static char *
name_behind(const char *at, bool bare)
{
    char quote = '\0';
    for (guint i = 0; i < GAP_MAX && *at && strchr(" \n:=\"'", *at); i++, at++)
        quote = strchr("\"'", *at) ? *at : quote;
    g_autofree char *account = finder_account(at);
    g_autofree char *computer = finder_computer(account);
    gsize length = finder_host_length(at);
    if (computer)
        return g_steal_pointer(&computer);
    if (quote) {
        const char *end = at + length;
        while (*end == ' ')
            end++;
        return *end == quote ? g_strndup(at, length) : NULL;
    }
    return length > 0 && (bare || finder_looks_like_host(at, length))
               ? g_strndup(at, length)
               : NULL;
}

static void
find_by_words(Finder *finder, guint index)
{
    const char *words = host_words[index].words;
    gsize length = strlen(words);
    bool bare = host_words[index].surety == SURE_COMMAND || *words == '-';
    for (const char *at = finder->flat; (at = strcasestr(at, words)); at += length) {
        bool edge = at == finder->flat || (guchar)*at >= 0x80 || !g_ascii_isalnum(at[-1]);
        g_autofree char *name = edge ? name_behind(at + length, bare) : NULL;
        if (name && host_words[index].word == WORD_OTHER)
            finder_add_host(finder, name);
        else if (name)
            finder_offer(finder, (End)host_words[index].word, host_words[index].surety,
                         name);
    }
}

/* How people say it: "migrating VM1 from HV01 to HV02". */

#define SAID_WITHIN 160 /* bytes behind the verb */
#define SIDES_WITHIN 90 /* bytes between the words for the two sides */

static const char *const moving[] = {"migrat", "move",  "moving", "verschieb", "migrier",
                                     "migr",   "mover", "déplac", "spost"};

static const struct {
    const char *word;
    End end;
} sides[] = {
    {" from ", END_SOURCE},   {" to ", END_TARGET},   {" onto ", END_TARGET},
    {" von ", END_SOURCE},    {" nach ", END_TARGET}, {" auf ", END_TARGET},
    {" depuis ", END_SOURCE}, {" vers ", END_TARGET}, {" desde ", END_SOURCE},
    {" hacia ", END_TARGET},  {" da ", END_SOURCE},
};

/* The end of the sentence, or of what still belongs to the verb. */
static gsize
said_until(const char *at)
{
    gsize length = 0;
    while (length < SAID_WITHIN && at[length] &&
           !(strchr(".!?;", at[length]) && (at[length + 1] == ' ' || !at[length + 1])))
        length++;
    return length;
}

static void
find_by_verb(Finder *finder, const char *verb)
{
    for (const char *at = finder->flat; (at = strcasestr(at, verb)); at += strlen(verb)) {
        g_autofree char *said = g_strndup(at, said_until(at));
        if (at > finder->flat && g_ascii_isalnum(at[-1]))
            continue;
        for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
            const char *side = strcasestr(said, sides[i].word);
            g_autofree char *name =
                side ? name_behind(side + strlen(sides[i].word), false) : NULL;
            if (name)
                finder_offer(finder, sides[i].end, SURE_SESSION, name);
        }
    }
}

/* "live migration HV01 to HV02", "HV01 -> HV02": two hosts, and what joins them. */

static const struct {
    const char *sign;
    bool arrow;
} joints[] = {{"->", true}, {"=>", true}, {"\xe2\x86\x92", true}, {" to ", false}};

static bool
is_of_name(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* Whether a word that begins so stands within reach of the place. */
static bool
is_moved_near(const Finder *finder, const char *at)
{
    gsize before = MIN((gsize)(at - finder->flat), SAID_WITHIN);
    gsize after = strnlen(at, SAID_WITHIN);
    g_autofree char *near = g_strndup(at - before, before + after);
    for (guint i = 0; i <= G_N_ELEMENTS(moving); i++) {
        const char *word = i < G_N_ELEMENTS(moving) ? moving[i] : "live";
        for (const char *found = near; (found = strcasestr(found, word)); found++)
            if (found == near || !g_ascii_isalnum(found[-1]))
                return true;
    }
    return false;
}

/* Whether the name at `name` is what the word before it moves: "move SQL01", "migration
 * of SQL01", "VM SQL01". */
static bool
is_object(const Finder *finder, const char *name)
{
    static const char *const words[] = {"of", "vm", "vms", "machine", "named", "called"};
    const char *end = name;
    while (end > finder->flat && strchr(" \"'", end[-1]))
        end--;
    const char *start = end;
    while (start > finder->flat && g_ascii_isalpha(start[-1]))
        start--;
    g_autofree char *word = g_ascii_strdown(start, end - start);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    bool noun = g_str_has_prefix(word, "migration");
    for (guint i = 0; !noun && i < G_N_ELEMENTS(moving); i++)
        if (g_str_has_prefix(word, moving[i]))
            return true;
    return false;
}

/* Whether both are numbered, or named, after the same word: no virtual machine is named
 * as its host. */
static bool
are_alike(const char *a, const char *b)
{
    return g_ascii_isalnum(a[0]) && g_ascii_isalnum(a[1]) &&
           g_ascii_strncasecmp(a, b, 2) == 0;
}

/* The name that ends before `end` (transfer full); NULL: none.  *ret_start: where. */
static char *
name_before(const Finder *finder, const char *end, const char **ret_start)
{
    for (guint i = 0; i < GAP_MAX && end > finder->flat && strchr(" \"'-=", end[-1]); i++)
        end--;
    const char *start = end;
    while (start > finder->flat && is_of_name(start[-1]))
        start--;
    *ret_start = start;
    gsize length = (gsize)(end - start);
    return length > 2 && g_ascii_isalpha(*start) && finder_host_length(start) == length &&
                   finder_looks_like_host(start, length)
               ? g_strndup(start, length)
               : NULL;
}

static void
find_by_joint(Finder *finder, const char *sign, bool arrow)
{
    gsize length = strlen(sign);
    for (const char *at = finder->flat; (at = strstr(at, sign)); at += length) {
        const char *start = NULL;
        g_autofree char *left = name_before(finder, at, &start);
        g_autofree char *right = left ? name_behind(at + length, false) : NULL;
        if (!right || !g_ascii_isalpha(*right) || !is_moved_near(finder, at))
            continue;
        bool alike = are_alike(left, right);
        if (arrow ? alike || !is_object(finder, start)
                  : alike && !is_object(finder, start)) {
            finder_offer(finder, END_SOURCE, SURE_SESSION, left);
            finder_offer(finder, END_TARGET, SURE_SESSION, right);
        }
    }
}

/* The name of a host behind the word, and "is", ":" or "=" (transfer full); NULL: there
 * is none. */
static char *
name_behind_word(const char *at)
{
    static const char *const between[] = {"host", "server", "node", "computer", "is"};
    at += strspn(at, " :=(");
    for (guint i = 0; i < G_N_ELEMENTS(between); i++) {
        gsize length = strlen(between[i]);
        if (g_ascii_strncasecmp(at, between[i], length) == 0 && strchr(" :=", at[length]))
            at += length + strspn(at + length, " :=");
    }
    return name_behind(at, false);
}

/* "Source HV1.contoso.com, destination HV2": a side alone may be the source of an event.
 */
static void
find_by_sides(Finder *finder)
{
    static const char source[] = "source", *const targets[] = {"destination", "target"};
    for (const char *at = finder->flat; (at = strcasestr(at, source));) {
        bool edge = at == finder->flat || !g_ascii_isalnum(at[-1]);
        at += strlen(source);
        g_autofree char *left = edge ? name_behind_word(at) : NULL;
        g_autofree char *said = g_strndup(at, strnlen(at, SIDES_WITHIN));
        for (guint i = 0; left && i < G_N_ELEMENTS(targets); i++) {
            const char *other = strcasestr(said, targets[i]);
            g_autofree char *right =
                other ? name_behind_word(other + strlen(targets[i])) : NULL;
            if (!right || finder_is_same_host(left, right) ||
                (!strpbrk(left, ".0123456789") && !are_alike(left, right)))
                continue;
            finder_offer(finder, END_SOURCE, SURE_SESSION, left);
            finder_offer(finder, END_TARGET, SURE_SESSION, right);
        }
    }
}

/* "SNameString: cifs", "SNameString: hv02.contoso.com": an SPN as Wireshark writes it, in
 * parts. */
static void
find_by_parts(Finder *finder)
{
    static const char part[] = "SNameString: ";
    const char *first = finder->text;
    while ((first = strcasestr(first, part)) != NULL) {
        first += strlen(part);
        gsize length = strcspn(first, " \n");
        const char *second = first + length + strspn(first + length, " \n");
        if (g_ascii_strncasecmp(second, part, strlen(part)) != 0)
            continue;
        second += strlen(part);
        g_autofree char *spn = g_strdup_printf("%.*s/%.*s", (int)length, first,
                                               (int)strcspn(second, " \n"), second);
        finder_take_spn(finder, spn);
    }
}

/* "HTTP/www@CORP.TEST for ldap/dc@CORP.TEST", as a KDC logs who asked for what. */
static void
find_by_log(Finder *finder)
{
    static const char sign[] = " for ";
    for (const char *at = finder->text; (at = strstr(at, sign)); at += strlen(sign)) {
        const char *start = at;
        while (start > finder->text && !g_ascii_isspace(start[-1]))
            start--;
        const char *slash = memchr(start, '/', (gsize)(at - start));
        if (slash && memchr(slash, '@', (gsize)(at - slash)))
            finder_take_spn(finder, at + strlen(sign));
    }
}

/* The SPN, of whatever class, for which a ticket was asked, as programs say it: of the
 * others in a text most are those of who asks. */
static void
find_by_asking(Finder *finder)
{
    static const char *const asking[] = {
        "while getting credentials for ",
        "requesting tickets for ",
        "when requesting for ",
        "ticket for server ",
        "ticket for spn ",
        "ticket for ",
        "svcname ",
        "sname is ",
        "to target spn '",
        "s4u2proxy request for service: '",
        "/msdsspn:",
        "-spn ",
        "(server ",
    };
    for (guint i = 0; i < G_N_ELEMENTS(asking); i++)
        for (const char *at = finder->text; (at = strcasestr(at, asking[i])) != NULL;) {
            at += strlen(asking[i]);
            at += strspn(at, "\"'");
            bool whole = at[strcspn(at, " \n/")] == '/' ||
                         g_ascii_strncasecmp(at, "microsoft ", 10) == 0 ||
                         g_ascii_strncasecmp(at, "hyper-v ", 8) == 0;
            if (whole)
                finder_take_spn(finder, at);
        }
}

static void
find_by_signs(Finder *finder)
{
    for (gsize at = 0; at < finder->length; at++) {
        switch (finder->text[at]) {
        case ':':
        case '=':
        case '>':
            take_sign(finder, at);
            break;
        case '[':
            finder_take_prompt(finder, at);
            break;
        case '/':
            finder_take_slash(finder, at);
            break;
        case '\\':
            at = finder_take_unc(finder, at) - 1;
            break;
        default:
            break;
        }
    }
    for (gsize at = 0; at < finder->length; at++)
        if (finder->text[at] == '$')
            finder_take_dollar(finder, at);
}

void
input_find_names(Input *input, const char *lines)
{
    static const char *const of_a_kdc[] = {"4768", "4769", "4771",
                                           "Kerberos-Key-Distribution-Center", "Kdcsvc"};
    g_autofree char *flat = g_strdelimit(g_strdup(lines), "\n", ' ');
    Finder finder = {.input = input,
                     .text = lines,
                     .flat = flat,
                     .length = strlen(lines),
                     .ends = {SURE_NOT, SURE_NOT}};
    /* A message that the target wrote. */
    if (strcasestr(flat, "migration at the destination host"))
        finder.written = END_TARGET;
    for (guint i = 0; i < G_N_ELEMENTS(of_a_kdc); i++)
        finder.of_kdc = finder.of_kdc || strcasestr(lines, of_a_kdc[i]);
    for (guint i = 0; i < G_N_ELEMENTS(host_words); i++)
        find_by_words(&finder, i);
    for (guint i = 0; i < G_N_ELEMENTS(moving); i++)
        find_by_verb(&finder, moving[i]);
    for (guint i = 0; i < G_N_ELEMENTS(joints); i++)
        find_by_joint(&finder, joints[i].sign, joints[i].arrow);
    find_by_asking(&finder);
    find_by_log(&finder);
    find_by_parts(&finder);
    find_by_sides(&finder);
    find_by_signs(&finder);
    finder_settle(&finder);
}
