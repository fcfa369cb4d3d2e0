/* Finds numbers and symbols, and what each may stand for: a code's family follows from
 * the words and symbols beside it.  A small number without them is no code.
 *
 * Longer than most: one walk, in which each number is read by those before it. */
#include "input_parts.h"

#include "base/limits.h"

#include <string.h>

#define KERBEROS_MOST 0x60 /* the largest error of RFC 4120 and its kin is below */
#define EVENT_LEAST 10000  /* a smaller number has to be called an event */
#define OWN_LEAST 1000     /* a smaller number in brackets is one of Windows */
#define BRIEF_MOST 60      /* bytes */
#define SMALL_MOST 0xFF    /* a hexadecimal number up to it has to be called a code */
#define NEAR 100           /* bytes to either side within which words count */

#define MAY(kind) (1u << (kind))
#define MAY_SHAPED \
    (MAY(ERROR_HRESULT) | MAY(ERROR_NTSTATUS) | MAY(ERROR_WIN32) | MAY(ERROR_KERBEROS))
#define MAY_ANY (MAY_SHAPED | MAY(ERROR_EVENT))

typedef enum {
    SAYS_CODE,     /* of a family that the rest of the text tells */
    SAYS_KERBEROS, /* Kerberos alone */
    SAYS_WIN32,
    SAYS_EVENT,
    SAYS_ID,     /* an event's where it begins a line or a field; else nothing */
    SAYS_NOTHING /* no code at all */
} Meaning;

/* What Windows, its tools and its logs write before numbers.  Other languages: as their
 * Event Viewer and Security log have it. */
static const Label labels[] = {
    {"error", SAYS_CODE, false},
    {"error code", SAYS_CODE, false},
    {"error number", SAYS_CODE, false},
    {"last error", SAYS_CODE, false},
    {"code", SAYS_CODE, false},
    {"rc", SAYS_CODE, false},
    {"hr", SAYS_CODE, false},
    {"hresult", SAYS_CODE, false},
    {"return code", SAYS_CODE, false},
    {"result code", SAYS_CODE, false},
    {"error received was", SAYS_CODE, false},
    {"status", SAYS_CODE, false},
    {"fehler", SAYS_CODE, false},
    {"fehlercode", SAYS_CODE, false},
    {"ergebniscode", SAYS_CODE, false},
    {"erreur", SAYS_CODE, false},
    {"code d'erreur", SAYS_CODE, false},
    {"code d'échec", SAYS_CODE, false},
    {"código", SAYS_CODE, false},
    {"código de error", SAYS_CODE, false},
    {"código de erro", SAYS_CODE, false},
    {"código de resultado", SAYS_CODE, false},
    {"código de falha", SAYS_CODE, false},
    {"código de fallo", SAYS_CODE, false},
    {"codice risultato", SAYS_CODE, false},
    {"code de résultat", SAYS_CODE, false},
    {"код результата", SAYS_CODE, false},
    {"結果コード", SAYS_CODE, false},
    {"エラー コード", SAYS_CODE, false},
    {"errore", SAYS_CODE, false},
    {"codice", SAYS_CODE, false},
    {"codice errore", SAYS_CODE, false},
    {"codice di errore", SAYS_CODE, false},
    {"erro", SAYS_CODE, false},
    {"foutcode", SAYS_CODE, false},
    {"код ошибки", SAYS_CODE, false},
    {"エラー", SAYS_CODE, false},
    {"コード", SAYS_CODE, false},
    {"错误", SAYS_CODE, false},
    {"代码", SAYS_CODE, false},
    {"failure code", SAYS_KERBEROS, false},
    {"krb", SAYS_KERBEROS, false},
    {"krb error", SAYS_KERBEROS, false},
    {"kerberos error", SAYS_KERBEROS, false},
    {"kerberos error code", SAYS_KERBEROS, false},
    {"kdc error", SAYS_KERBEROS, false},
    {"kdc error code", SAYS_KERBEROS, false},
    {"win32", SAYS_WIN32, false},
    {"win32 error", SAYS_WIN32, false},
    {"win32 error code", SAYS_WIN32, false},
    {"windows error", SAYS_WIN32, false},
    {"system error", SAYS_WIN32, false},
    {"systemfehler", SAYS_WIN32, false},
    {"os error", SAYS_WIN32, false},
    {"socket error", SAYS_WIN32, false},
    {"winsock error", SAYS_WIN32, false},
    {"winsock", SAYS_WIN32, false},
    {"net helpmsg", SAYS_WIN32, false},
    {"sub status", SAYS_WIN32, false},
    {"fully qualified error id", SAYS_WIN32, false},
    {"activedirectoryserver", SAYS_WIN32, false},
    {"event", SAYS_EVENT, false},
    {"events", SAYS_EVENT, false},
    {"event id", SAYS_EVENT, false},
    {"event ids", SAYS_EVENT, false},
    {"event code", SAYS_EVENT, false},
    {"ereignis", SAYS_EVENT, false},
    {"ereignis id", SAYS_EVENT, false},
    {"ereigniskennung", SAYS_EVENT, false},
    {"événement", SAYS_EVENT, false},
    {"id de l'événement", SAYS_EVENT, false},
    {"id d'événement", SAYS_EVENT, false},
    {"evento", SAYS_EVENT, false},
    {"id evento", SAYS_EVENT, false},
    {"gebeurtenis id", SAYS_EVENT, false},
    {"код события", SAYS_EVENT, false},
    {"イベント", SAYS_EVENT, false},
    {"イベント id", SAYS_EVENT, false},
    {"事件", SAYS_EVENT, false},
    {"事件 id", SAYS_EVENT, false},
    {"id", SAYS_ID, false},
    {"ids", SAYS_NOTHING, true},
    {"process id", SAYS_NOTHING, true},
    {"thread id", SAYS_NOTHING, true},
    {"logon id", SAYS_NOTHING, true},
    {"record id", SAYS_NOTHING, true},
    {"machine id", SAYS_NOTHING, true},
    {"session id", SAYS_NOTHING, true},
    {"activity id", SAYS_NOTHING, true},
    {"service id", SAYS_NOTHING, true},
    {"device id", SAYS_NOTHING, true},
    {"prozess id", SAYS_NOTHING, true},
    {"kennung", SAYS_NOTHING, true},
    {"pid", SAYS_NOTHING, true},
    {"process", SAYS_NOTHING, true},
    {"thread", SAYS_NOTHING, true},
    {"option", SAYS_NOTHING, true},
    {"options", SAYS_NOTHING, true},
    {"optionen", SAYS_NOTHING, true},
    {"type", SAYS_NOTHING, true},
    {"type krb error", SAYS_NOTHING, true},
    {"types", SAYS_NOTHING, true},
    {"typ", SAYS_NOTHING, true},
    {"type de chiffrement du ticket", SAYS_NOTHING, true},
    {"options du ticket", SAYS_NOTHING, true},
    {"tipo", SAYS_NOTHING, true},
    {"opciones", SAYS_NOTHING, true},
    {"opzioni", SAYS_NOTHING, true},
    {"オプション", SAYS_NOTHING, true},
    {"种类", SAYS_NOTHING, true},
    {"类型", SAYS_NOTHING, true},
    {"选项", SAYS_NOTHING, true},
    {"etype", SAYS_NOTHING, true},
    {"etypes", SAYS_NOTHING, true},
    {"etyp", SAYS_NOTHING, true},
    {"flag", SAYS_NOTHING, true},
    {"flags", SAYS_NOTHING, true},
    {"keywords", SAYS_NOTHING, true},
    {"qualifiers", SAYS_NOTHING, true},
    {"level", SAYS_NOTHING, true},
    {"task", SAYS_NOTHING, true},
    {"opcode", SAYS_NOTHING, true},
    {"category", SAYS_NOTHING, true},
    {"version", SAYS_NOTHING, true},
    {"versions", SAYS_NOTHING, true},
    {"build", SAYS_NOTHING, true},
    {"port", SAYS_NOTHING, true},
    {"ports", SAYS_NOTHING, true},
    {"address", SAYS_NOTHING, true},
    {"line", SAYS_NOTHING, true},
    {"lines", SAYS_NOTHING, true},
    {"zeile", SAYS_NOTHING, true},
    {"ligne", SAYS_NOTHING, true},
    {"char", SAYS_NOTHING, true},
    {"file", SAYS_NOTHING, true},
    {"length", SAYS_NOTHING, true},
    {"size", SAYS_NOTHING, true},
    {"count", SAYS_NOTHING, true},
    {"number", SAYS_NOTHING, true},
    {"index", SAYS_NOTHING, true},
    {"offset", SAYS_NOTHING, true},
    {"value", SAYS_NOTHING, true},
    {"li", SAYS_NOTHING, false},
    {"luid", SAYS_NOTHING, true},
    {"kvno", SAYS_NOTHING, true},
    {"lun", SAYS_NOTHING, false},
    {"vlan", SAYS_NOTHING, false},
    {"mask", SAYS_NOTHING, true},
    {"useraccountcontrol", SAYS_NOTHING, false},
    {"limit", SAYS_NOTHING, true},
    {"exit code", SAYS_NOTHING, false},
    {"http status", SAYS_NOTHING, false},
    {"http status code", SAYS_NOTHING, false},
    {"http error", SAYS_NOTHING, false},
    {"ldap error", SAYS_NOTHING, false},
    {"ldap error code", SAYS_NOTHING, false},
    {"ldap result code", SAYS_NOTHING, false},
};

/* Where the text is of Kerberos throughout. */
static const char *const kerberos_marks[] = {
    "4768",
    "4769",
    "4771",
    "kerberos error message was received",
    "kerberos service ticket",
    "kerberos authentication ticket",
    "kerberos pre-authentication",
    "ticketencryptiontype",
    "ticket encryption type",
    "security-kerberos",
    "ticketverschlüsselungstyp",
    "ticketoptionen",
    "kerberos-vorauthentifizierung",
    "kerberos-dienstticket",
    "kerberos-authentifizierungsticket",
    "ticket de service kerberos",
    "ticket d'authentification kerberos",
    "pré-authentification kerberos",
    "vale de servicio kerberos",
    "vale de servicio de kerberos",
    "vale de autenticación kerberos",
    "ticket di servizio kerberos",
    "ticket di autenticazione kerberos",
    "preautenticazione kerberos",
    "билет службы kerberos",
    "билет проверки подлинности kerberos",
    "kerberos サービス チケット",
    "kerberos 認証チケット",
    "kerberos 事前認証",
};

/* What makes a number near them one of Kerberos. */
static const char *const kerberos_words[] = {"kerberos", "kdc", "krb", "s4u"};

static const struct {
    const char *prefix;
    guint may;
} symbols[] = {
    {"kdc_err_", MAY(ERROR_KERBEROS)}, {"krb_ap_", MAY(ERROR_KERBEROS)},
    {"krb_err_", MAY(ERROR_KERBEROS)}, {"krb5", MAY(ERROR_KERBEROS)},
    {"status_", MAY(ERROR_NTSTATUS)},  {"error_", MAY(ERROR_WIN32)},
    {"wsae", MAY(ERROR_WIN32)},        {"sec_e_", MAY(ERROR_HRESULT)},
    {"e_", MAY(ERROR_HRESULT)},
};

/* A text being read. */
typedef struct {
    Input *input;
    const char *text;
    gsize length;
    bool kerberos; /* one of kerberos_marks is in it */
    gsize last_end;
    guint last_may; /* of the number that ended there, where it was said to be one */
} Reader;

static bool
is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The digits of a word as hexadecimal ones, the letter O for a zero, as people
 * type and guides print it; false where it is no such number. */
static bool
hex_value(const char *digits, gsize length, gint64 *ret_value)
{
    gint64 value = 0;
    if (length == 0 || length > 16)
        return false;
    for (gsize i = 0; i < length; i++) {
        char c = digits[i] == 'o' || digits[i] == 'O' ? '0' : digits[i];
        if (!g_ascii_isxdigit(c))
            return false;
        value = (gint64)((guint64)value << 4 | (guint64)g_ascii_xdigit_value(c));
    }
    *ret_value = value;
    return true;
}

static bool
decimal_value(const char *digits, gsize length, gint64 *ret_value)
{
    gint64 value = 0;
    if (length == 0 || length > 12)
        return false;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(digits[i]))
            return false;
        value = value * 10 + g_ascii_digit_value(digits[i]);
    }
    *ret_value = value;
    return true;
}

bool
input_number_is_shaped(const InputNumber *number)
{
    guint32 value = (guint32)number->value;
    return number->value >= G_MININT32 && number->value <= G_MAXUINT32 && value >> 31 &&
           (number->hex || number->value < 0 || number->value > G_MAXINT32);
}

/* Symbols */

/* What a word such as "kdc_err_badoption" says of a number beside it; 0: it is none. */
static guint
symbol_may(const char *word, gsize length)
{
    static const char *const no_symbols[] = {"error_code",  "error_id",   "error_message",
                                             "error_data",  "error_text", "status_code",
                                             "error_number"};
    for (guint i = 0; i < G_N_ELEMENTS(no_symbols); i++)
        if (strlen(no_symbols[i]) == length && memcmp(word, no_symbols[i], length) == 0)
            return 0;
    for (guint i = 0; i < G_N_ELEMENTS(symbols); i++) {
        gsize prefix = strlen(symbols[i].prefix);
        if (length > prefix && memcmp(word, symbols[i].prefix, prefix) == 0)
            return symbols[i].may;
    }
    return 0;
}

/* "(13) : KDC_ERR_BADOPTION" */
static guint
symbol_after(const Reader *reader, gsize at)
{
    gsize start = at, end;
    while (start - at < 5 && reader->text[start] &&
           strchr(" :=-()[],\"'", reader->text[start]))
        start++;
    for (end = start; is_word(reader->text[end]);)
        end++;
    return symbol_may(reader->text + start, end - start);
}

/* Wireshark's "eRR-BADOPTION", of which "badoption" begins there. */
static bool
is_of_wireshark(const Reader *reader, gsize start)
{
    static const char head[] = "err-";
    gsize length = strlen(head);
    while (start > 0 &&
           (is_word(reader->text[start - 1]) || reader->text[start - 1] == '-'))
        start--;
    return strncmp(reader->text + start, head, length) == 0;
}

/* "KDC_ERR_BADOPTION (error 13)" */
static guint
symbol_before(const Reader *reader, gsize at)
{
    gsize end = at;
    for (guint words = 0; words < 3; words++) {
        gsize most = end > 4 ? end - 4 : 0, start;
        while (end > most && strchr(" :=-()[],\"'", reader->text[end - 1]))
            end--;
        for (start = end; start > 0 && is_word(reader->text[start - 1]);)
            start--;
        if (is_of_wireshark(reader, start))
            return MAY(ERROR_KERBEROS);
        gsize length = end - start;
        guint may = symbol_may(reader->text + start, length);
        bool passed = (length == 5 && memcmp(reader->text + start, "error", 5) == 0) ||
                      (length == 4 && memcmp(reader->text + start, "code", 4) == 0);
        if (may != 0 || !passed)
            return may;
        end = start;
    }
    return 0;
}

/* Labels */

static bool
is_near_kerberos(const Reader *reader, gsize at)
{
    gsize from = at > NEAR ? at - NEAR : 0, to = MIN(at + NEAR, reader->length);
    for (guint i = 0; i < G_N_ELEMENTS(kerberos_words); i++)
        if (g_strstr_len(reader->text + from, (gssize)(to - from), kerberos_words[i]))
            return true;
    return false;
}

/* "error 13" and nothing else: of whatever family has it. */
static bool
is_nearly_alone(const Reader *reader, gsize at, gsize end)
{
    guint words = 0;
    for (gsize i = 0; i < at && words < 3; i++)
        words += is_word(reader->text[i]) && !is_word(reader->text[i + 1]);
    for (gsize i = end; i < reader->length; i++)
        if (is_word(reader->text[i]))
            return false;
    return words < 3;
}

static guint
may_be_code(const Reader *reader, gsize at, gsize end, const InputNumber *number)
{
    bool small = number->value >= 0 && number->value <= KERBEROS_MOST;
    if (input_number_is_shaped(number))
        return MAY_SHAPED;
    if (small && (reader->kerberos || is_near_kerberos(reader, at)))
        return MAY(ERROR_KERBEROS);
    if (small && is_nearly_alone(reader, at, end))
        return MAY(ERROR_KERBEROS) | MAY(ERROR_WIN32);
    /* "rc": 1 of a script that failed */
    if (number->value == 1 && !number->hex)
        return 0;
    /* "Error (2912)" of a program that numbers its messages */
    bool own = number->value >= EVENT_LEAST ||
               (number->value >= OWN_LEAST && at > 0 && reader->text[at - 1] == '(');
    return MAY(ERROR_WIN32) | (own ? MAY(ERROR_EVENT) : 0);
}

static bool
begins_field(const Reader *reader, gsize at)
{
    while (at > 0 && strchr(" :=>\"'", reader->text[at - 1]))
        at--;
    at -= MIN(at, 2); /* "id" */
    return at == 0 || strchr("\n\"'<{,", reader->text[at - 1]);
}

/* A part of an address, a version, a time, a path. */
static bool
is_loose(const Reader *reader, gsize at, gsize end)
{
    char before = at > 0 ? reader->text[at - 1] : ' ', after = reader->text[end];
    return strchr(".:/\\", before) != NULL ||
           (after != '\0' && strchr(".:/\\-", after) != NULL &&
            is_word(reader->text[end + 1]));
}

/* "4769 0x20": no more than the number of an event of the KDC's and its result code. */
static bool
is_result(const Reader *reader, const InputNumber *number)
{
    static const char *const events[] = {"4768", "4769", "4770", "4771"};
    bool brief = reader->length <= BRIEF_MOST && number->value <= KERBEROS_MOST;
    for (guint i = 0; brief && i < G_N_ELEMENTS(events); i++)
        if (strstr(reader->text, events[i]))
            return true;
    return false;
}

/* What a number without a label may be. */
static guint
may_be_unsaid(const Reader *reader, gsize at, gsize end, const InputNumber *number)
{
    if (input_number_is_shaped(number))
        return MAY_SHAPED;
    if (number->hex && is_result(reader, number))
        return MAY(ERROR_KERBEROS);
    if (is_loose(reader, at, end))
        return 0;
    if (number->hex)
        return number->value > SMALL_MOST ? MAY(ERROR_WIN32) : 0;
    return number->value >= EVENT_LEAST ? MAY(ERROR_EVENT) : 0;
}

/* "Event IDs: 20406, 280": as the number before it. */
static bool
goes_on(const Reader *reader, gsize at)
{
    static const char *const links[] = {", ", " and ", ", and ", "/", ","};
    if (reader->last_may == 0 || at <= reader->last_end)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(links); i++)
        if (strlen(links[i]) == at - reader->last_end &&
            memcmp(reader->text + reader->last_end, links[i], at - reader->last_end) == 0)
            return true;
    return false;
}

/* "[http-exec-3]": one word, as threads are called. */
static bool
is_thread(const char *text)
{
    gsize length = *text == '[' ? 1 + strcspn(text + 1, "[] \n") : 0;
    return length > 1 && text[length] == ']';
}

/* "10:22:01,444 ERROR 14 [main]", "ERROR 1 --- [main]": a logger's level, which its
 * process or thread follows, is no label of a code. */
static bool
is_logged(const Reader *reader, gsize at, gsize end)
{
    static const char level[] = "error ", rule[] = " --- ";
    const char *after = reader->text + end;
    gsize length = strlen(level);
    if (at < length || memcmp(reader->text + at - length, level, length) != 0)
        return false;
    if (g_str_has_prefix(after, rule))
        return is_thread(after + strlen(rule));
    gsize before = at - length;
    while (before > 0 && reader->text[before - 1] == ' ')
        before--;
    return before > 0 && g_ascii_isdigit(reader->text[before - 1]) && *after == ' ' &&
           is_thread(after + 1);
}

/* "krb5kdc[2331](info):", "nginx[900]:", "[error] 2211#2211:": processes of a log. */
static bool
is_process(const Reader *reader, gsize at, gsize end)
{
    static const char error[] = "error[";
    const char *text = reader->text;
    gsize length = strlen(error);
    if (text[end] == '#' && g_ascii_isdigit(text[end + 1]))
        return true;
    if (at >= length && memcmp(text + at - length, error, length) == 0)
        return false;
    return at > 1 && text[at - 1] == '[' && g_ascii_isalnum(text[at - 2]) &&
           text[end] == ']' && (text[end + 1] == ':' || text[end + 1] == '(');
}

static void
label_number(Reader *reader, gsize at, gsize end, InputNumber *number)
{
    static const Label process = {"process", SAYS_NOTHING, true};
    const Label *label =
        is_logged(reader, at, end) || is_process(reader, at, end)
            ? &process
            : label_before(reader->text, at, labels, G_N_ELEMENTS(labels));
    guint symbol = symbol_after(reader, end);
    symbol = symbol ? symbol : symbol_before(reader, at);
    bool event = label && label->meaning == SAYS_EVENT && !number->hex;
    number->said = true;
    if (symbol != 0 && !event &&
        label != &process) /* "Event 4: KRB_AP_ERR_MODIFIED" is event 4 */
        number->may = input_number_is_shaped(number) ? MAY_SHAPED : symbol;
    else if (label && label->meaning == SAYS_NOTHING) {
        number->said = false;
        number->idle = true;
        number->may = input_number_is_shaped(number) ? MAY_SHAPED : 0;
    } else if (label && label->meaning == SAYS_KERBEROS)
        number->may = input_number_is_shaped(number) ? MAY_SHAPED : MAY(ERROR_KERBEROS);
    else if (label && label->meaning == SAYS_WIN32)
        number->may = input_number_is_shaped(number) ? MAY_SHAPED : MAY(ERROR_WIN32);
    else if (label && label->meaning == SAYS_CODE)
        number->may = may_be_code(reader, at, end, number);
    else if (event || (label && !number->hex && begins_field(reader, at)))
        number->may = MAY(ERROR_EVENT);
    else if (goes_on(reader, at) && !number->hex)
        number->may = reader->last_may;
    else {
        number->said = false;
        number->may = may_be_unsaid(reader, at, end, number);
    }
    reader->last_end = end;
    reader->last_may = number->said ? number->may : 0;
}

static void
add_number(Reader *reader, gsize at, gsize length, gint64 value, bool hex)
{
    gsize end = at + length;
    InputNumber number = {
        .value = value,
        .hex = hex,
        .alone = strspn(reader->text, " \n([{\"'") == at &&
                 strspn(reader->text + end, " \n)]}\"'.,;:!?") == reader->length - end,
    };
    if (reader->input->numbers->len >= MOST_PASTE_NUMBERS) {
        reader->input->beyond[LIMIT_PASTE_NUMBERS] = true;
        return;
    }
    if (number.alone)
        number.may = hex ? MAY_SHAPED : MAY_ANY;
    else
        label_number(reader, at, end, &number);
    g_array_append_val(reader->input->numbers, number);
}

/* "-2146893042" */
static bool
is_negative(const char *text, gsize at)
{
    return at > 0 && text[at - 1] == '-' && (at == 1 || !is_word(text[at - 2]));
}

/* A part of a GUID or the like. */
static bool
is_hyphened(const Reader *reader, gsize at, gsize end)
{
    return (at > 1 && reader->text[at - 1] == '-' && is_word(reader->text[at - 2])) ||
           (reader->text[end] == '-' && is_word(reader->text[end + 1]));
}

/* "sec_e_no_credentials", and Winsock's, which have no underscore: "wsaeacces" */
static bool
is_symbol(const char *word, gsize length)
{
    return memchr(word, '_', length) || (length > 4 && memcmp(word, "wsae", 4) == 0);
}

/* "AcceptSecurityContext error, data 52e": hexadecimal without a sign of it. */
static bool
is_ldap_data(const Reader *reader, gsize at)
{
    static const char said[] = "error, data ";
    gsize length = strlen(said);
    return at > length && memcmp(reader->text + at - length, said, length) == 0;
}

/* RFC 4120's names as libkrb5 and Windows' events spell them. */
static const struct {
    const char *spelling, *name;
} spellings[] = {
    {"krb5kdc_", "kdc_"},    {"krb5krb_", "krb_"},    {"kdc_error_", "kdc_err_"},
    {"_notsupp", "_nosupp"}, {"_no_supp", "_nosupp"},
};

static void
add_symbol(GPtrArray *names, const char *word, gsize length)
{
    GString *name = g_string_new_len(word, (gssize)length);
    for (guint i = 0; i < G_N_ELEMENTS(spellings); i++)
        g_string_replace(name, spellings[i].spelling, spellings[i].name, 1);
    g_ptr_array_add(names, g_string_free(name, FALSE));
}

static void
take_word(Reader *reader, gsize at, gsize length)
{
    const char *word = reader->text + at;
    GPtrArray *names = reader->input->names;
    gint64 value = 0;
    bool prefixed = length > 2 && (word[0] == '0' || word[0] == 'o') && word[1] == 'x';
    if (prefixed && hex_value(word + 2, length - 2, &value)) {
        add_number(reader, at, length, value, true);
        return;
    }
    if (length <= 4 && is_ldap_data(reader, at) && hex_value(word, length, &value)) {
        InputNumber number = {
            .value = value, .hex = true, .said = true, .may = MAY(ERROR_WIN32)};
        g_array_append_val(reader->input->numbers, number);
        return;
    }
    if (length == 8 && hex_value(word, length, &value) &&
        (word[0] == '8' || word[0] == 'c') && !is_hyphened(reader, at, at + length))
        add_number(reader, at, length, value, true);
    if (decimal_value(word, length, &value)) {
        bool negative = is_negative(reader->text, at);
        add_number(reader, negative ? at - 1 : at, negative ? length + 1 : length,
                   negative ? -value : value, false);
    } else if (is_symbol(word, length) && names->len < MOST_PASTE_NUMBERS) {
        add_symbol(names, word, length);
    } else if (is_symbol(word, length)) {
        reader->input->beyond[LIMIT_PASTE_NUMBERS] = true;
    }
}

/* Whether the words stand in the text; a number, as one of its own. */
static bool
has_mark(const char *text, const char *mark)
{
    gsize length = strlen(mark);
    bool number = g_ascii_isdigit(*mark);
    for (const char *at = text; (at = strstr(at, mark)); at += length)
        if (!number || ((at == text || !is_word(at[-1])) && !is_word(at[length])))
            return true;
    return false;
}

void
input_find_numbers(Input *input, const char *lines)
{
    Reader reader = {.input = input, .text = lines, .length = strlen(lines)};
    for (guint i = 0; i < G_N_ELEMENTS(kerberos_marks); i++)
        reader.kerberos = reader.kerberos || has_mark(lines, kerberos_marks[i]);
    for (gsize at = 0; at < reader.length;) {
        gsize length = 0;
        while (is_word(lines[at + length]))
            length++;
        if (length > 0)
            take_word(&reader, at, length);
        at += length > 0 ? length : 1;
    }
}
