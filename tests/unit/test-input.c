/* What a pasted text holds: which numbers are codes, and whose names are in it. */
#include "diagnose/diagnosis.h"

#include <string.h>

#define HRESULT (1u << ERROR_HRESULT)
#define WIN32 (1u << ERROR_WIN32)
#define KERBEROS (1u << ERROR_KERBEROS)
#define EVENT (1u << ERROR_EVENT)
#define SMALL_MOST 0x60
/* Under a sanitizer, which finds no more in the next number, some: it takes seven times
 * as long. */
#if defined(__clang__) || defined(__SANITIZE_ADDRESS__)
#define SMALL_STEP 16
#else
#define SMALL_STEP 1
#endif

static Input *
input_of(const char *text)
{
    Input *input = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(input_read(text, strlen(text), &input, &error));
    g_assert_no_error(error);
    return input;
}

/* The kinds that the first number of that value may be. */
static guint
kinds_of(const Input *input, gint64 value)
{
    for (guint i = 0; i < input->numbers->len; i++)
        if (g_array_index(input->numbers, InputNumber, i).value == value)
            return g_array_index(input->numbers, InputNumber, i).may;
    g_error("%" G_GINT64_FORMAT " was not read in %s", value, input->text);
}

static void
test_labels(void)
{
    static const struct {
        const char *text;
        gint64 value;
        guint may;
    } cases[] = {
        {"Failure Code: 0xD", 13, KERBEROS},
        {"\"FailureCode\": \"0xd\"", 13, KERBEROS},
        {"{\\\"failure_code\\\":\\\"0xd\\\"}", 13, KERBEROS},
        {"additional_information.failure_code=0xd", 13, KERBEROS},
        {"<Data Name='Status'>0xd</Data><Data Name='TicketEncryptionType'>", 13,
         KERBEROS},
        {"<Data Name=\"Status\">0xd</Data><Data Name=\"PreAuth\">", 13, WIN32},
        {"Event ID: 4771 ... Error: 0x18", 0x18, KERBEROS},
        {"Event ID: 3\nA Kerberos error message was received:\n Error Code: 0xd KDC_ERR",
         13, KERBEROS},
        {"Ereignis-ID: 4769\nFehlercode: 0xD", 13, KERBEROS},
        {"事件 ID：4769\n失败代码：0xD", 13, KERBEROS},
        {"KRB-ERROR (13) : KDC_ERR_BADOPTION", 13, KERBEROS},
        {"it fails with KDC_ERR_BADOPTION (error 13)", 13, KERBEROS},
        {"it fails with KDC_ERR_BADOPTION (13)", 13, KERBEROS},
        {"it fails with 1326 ERROR_LOGON_FAILURE", 1326, WIN32},
        {"S4U2Proxy fails on every attempt: error 13", 13, KERBEROS},
        {"System error 5 has occurred.", 5, WIN32},
        {"System error 5 from the Kerberos client", 5, WIN32},
        {"the copy ended with error 13 at last", 13, WIN32},
        {"error 13", 13, KERBEROS | WIN32},
        {"Error (12700)\nVMM cannot complete", 12700, WIN32 | EVENT},
        {"AcceptSecurityContext error, data 52e, v3839", 0x52e, WIN32},
        {"(GetTicket substatus): 0x6fb", 0x6fb, WIN32},
        {"the move failed: 0x6fb", 0x6fb, WIN32},
        {"Event ID: 25", 25, EVENT},
        {"Event IDs: 20406, 280", 280, EVENT},
        {"<EventID Qualifiers='32768'>3</EventID>", 3, EVENT},
        {"Message : it failed\nId      : 21024", 21024, EVENT},
        {"Ereignis-ID:   20306", 20306, EVENT},
        {"ID de l’événement : 14050", 14050, EVENT},
        {"Id. de evento: x, Evento 14050", 14050, EVENT},
        {"イベント ID: 14050", 14050, EVENT},
        {"settings. (21502)", 21502, EVENT},
        /* no codes */
        {"Ticket Encryption Type: 0x12", 0x12, 0},
        {"\"TicketEncryptionType\": \"0x12\"", 0x12, 0},
        {"<Data Name='TicketEncryptionType'>0x12</Data>", 0x12, 0},
        {"Ticketverschlüsselungstyp: 0x12", 0x12, 0},
        {"Pre-Authentication Type: 2", 2, 0},
        {"Ticket Options: 0xD", 13, 0},
        {"Cache Flags: 0x8 -> FAST", 8, 0},
        {"Process ID: 0x14", 0x14, 0},
        {"Process ID: 14050", 14050, 0},
        {"Client Port: 49741", 49741, 0},
        {"Version 0x7", 7, 0},
        {"line 13", 13, 0},
        {"At line:1 char:13", 13, 0},
        {"klist purge -li 0x3e7", 0x3e7, 0},
        {"KLIN(7)", 7, 0},
        {"HTTP status code 403", 403, 0},
        {"LDAP error code 49", 49, 0},
        {"ldap_modify_s failed: 0x13 0x57", 0x13, 0},
        {"on 13 machines (0x12)", 0x12, 0},
        {"at 10:13 from 10.0.20.417", 20, 0},
        {"EventRecordID>14050<", 14050, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Input) input = input_of(cases[i].text);
        if (kinds_of(input, cases[i].value) != cases[i].may)
            g_error("%s: %x, not %x", cases[i].text, kinds_of(input, cases[i].value),
                    cases[i].may);
    }
}

/* An HRESULT is one however it is written, and a part of a GUID is none. */
static void
test_shapes(void)
{
    static const char *const codes[] = {
        "0x8009030E",  "8009030e",   "(Ox8009O3OE).",
        "-2146893042", "2148074254", "failed, result -2146893042 (…)"};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(Input) input = input_of(codes[i]);
        const InputNumber *number = &g_array_index(input->numbers, InputNumber, 0);
        g_assert_true(input_number_is_shaped(number));
        g_assert_cmphex((guint32)number->value, ==, 0x8009030E);
        g_assert_true(number->may & HRESULT);
    }
    g_autoptr(Input) guid = input_of("machine ID 8009030E-4F89-11D3-9A0C-8009030E3301");
    for (guint i = 0; i < guid->numbers->len; i++)
        g_assert_cmpuint(g_array_index(guid->numbers, InputNumber, i).may, ==, 0);
}

static void
test_names(void)
{
    static const struct {
        const char *text;
        const char *source;
        const char *target;
        const char *operator;
        const char *spn;
    } cases[] = {
        {"operation for 'VM1' failed at migration source 'HV01'. ... with host\n'HV02': "
         "No",
         "HV01", "HV02", NULL, NULL},
        {"à la source de migration « HOTE1 ». ... avec l’hôte « HOTE2 » : Aucune",
         "HOTE1", "HOTE2", NULL, NULL},
        {"an der Migrationsquelle „QUELLE1“. ... mit dem Host \"ZIEL1\" herstellen",
         "QUELLE1", "ZIEL1", NULL, NULL},
        {"en el origen de la migración 'HV01'. ... con el host HV02: no", "HV01", "HV02",
         NULL, NULL},
        {"移行元 'HV01' で失敗しました。ホスト 'HV02' との接続", "HV01", "HV02", NULL,
         NULL},
        {"迁移源“HV01”上的 ... 与主机“HV02”", "HV01", "HV02", NULL, NULL},
        {"Computer: HV01.contoso.com\nError Code: 0xd KDC_ERR_BADOPTION\n Server Name: "
         "Microsoft Virtual System Migration Service/HV02.contoso.com\n Target Name: "
         "Microsoft Virtual System Migration Service/HV02.contoso.com@CONTOSO.COM",
         "HV01.contoso.com", "HV02.contoso.com", NULL,
         "Microsoft Virtual System Migration Service/HV02.contoso.com"},
        {"on logon session ADATUM.TEST\\HOSTA$\n Server Name: cifs/HOSTB", "HOSTA",
         "HOSTB", NULL, "cifs/HOSTB"},
        {"Event ID: 4769\nComputer: DC1.contoso.com\nAccount Name:\t\tHV01$@CONTOSO.COM\n"
         "Service Name:\tHV02$\nFailure Code: 0xD",
         "HV01", "HV02", NULL, NULL},
        {"{\"event_id\":4769,\"computer_name\":\"DC1\",\"TargetUserName\":\"alice@"
         "CONTOSO."
         "COM\",\"ServiceName\":\"HV02$\",\"TransmittedServices\":\"HV01$@CONTOSO.COM\"}",
         "HV01", "HV02", "alice@CONTOSO.COM", NULL},
        {"<Data Name='TargetUserName'>HV01$@CONTOSO.COM</Data><Data Name='ServiceName'>"
         "cifs/HV02</Data>",
         "HV01", "HV02", NULL, "cifs/HV02"},
        {"[HV02] Connecting to remote server HV02 failed with the following error", NULL,
         "HV02", NULL, NULL},
        {"La connexion au serveur distant HV02 a échoué", NULL, "HV02", NULL, NULL},
        {"Move-VM -Name web1 -ComputerName HV01 -DestinationHost HV02", "HV01", "HV02",
         NULL, NULL},
        {"[HV01]: PS C:\\> Move-VM web1 hv02 -DestinationHost hv02", "HV01", "hv02", NULL,
         NULL},
        {"Set-VMDvdDrive -ComputerName HV01 -Path \\\\FS01\\iso\\a.iso", "HV01", "FS01",
         NULL, NULL},
        {"User: CONTOSO\\alice\nComputer: HV01\nwith host 'HV02'", "HV01", "HV02",
         "CONTOSO\\alice", NULL},
        {"ticket for WSMAN/HV02.contoso.com:5985 was refused", NULL, "HV02.contoso.com",
         NULL, "WSMAN/HV02.contoso.com:5985"},
        {"The Machine Account 'CONTOSO\\HV02$' has no access to '\\\\nas7\\vm\\a'",
         "HV02", "nas7", NULL, NULL},
        {"An authentication error has occurred.\nRemote computer: HV02", NULL, "HV02",
         NULL, NULL},
        {"сбой в источнике миграции \"HV-1\": не удалось установить подключение к узлу "
         "\"HV-2\"",
         "HV-1", "HV-2", NULL, NULL},
        {"無法建立與主機 'HV02' 的連線", NULL, "HV02", NULL, NULL},
        {"호스트 'HV02'에 연결하지 못했습니다", NULL, "HV02", NULL, NULL},
        {"sname-string: 2 items\n    SNameString: cifs\n    SNameString: "
         "hv02.contoso.com",
         NULL, "hv02.contoso.com", NULL, "cifs/hv02.contoso.com"},
        /* a hidden share is no account */
        {"net use \\\\hv02\\c$", NULL, "hv02", NULL, NULL},
        {"{\"path\":\"\\\\\\\\hv02\\\\vmstore$\"}", NULL, "hv02", NULL, NULL},
        /* none of these are names */
        {"User: NT-AUTORITÄT\\SYSTEM\nAccount Name: -\nUser: SYSTEM", NULL, NULL, NULL,
         NULL},
        {"at the source host: no suitable credentials. WSMAN/myserver.domain.com or "
         "WSMAN/*.domain.com, HTTP/1.1, and/or, http://a.b/c, \\\\contoso.com\\sysvol",
         NULL, NULL, NULL, NULL},
        {"Service Name: krbtgt/CONTOSO.COM\nAccount Name: krbtgt", NULL, NULL, NULL,
         NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Input) input = input_of(cases[i].text);
        g_test_message("%s", cases[i].text);
        g_assert_cmpstr(input->source, ==, cases[i].source);
        g_assert_cmpstr(input->target, ==, cases[i].target);
        g_assert_cmpstr(input->operator, ==, cases[i].operator);
        g_assert_cmpstr(input->spns->len ? input->spns->pdata[0] : NULL, ==,
                        cases[i].spn);
    }
}

/* Which error is meant */

static Errors *
table(void)
{
    Errors *errors = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(errors_load(NULL, &errors, &error));
    g_assert_no_error(error);
    return errors;
}

static const char *
first_cause(const Diagnosis *diagnosis)
{
    return diagnosis->causes->len == 0
               ? "none"
               : ((const CauseVerdict *)diagnosis->causes->pdata[0])->cause->id;
}

static const CauseVerdict *
find_cause(const Diagnosis *diagnosis, const char *id)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (strcmp(verdict->cause->id, id) == 0)
            return verdict;
    }
    return NULL;
}

static void
test_ranks(void)
{
    static const struct {
        const char *text;
        const char *entry;
    } cases[] = {
        {"Shared nothing live migration fails: (0x8009030E)", "no-credentials"},
        {"General access denied error (0x80070005). Error Code: 0xd KDC_ERR_BADOPTION "
         "Extended Error: 0xc00000bb KLIN(0)",
         "s4u-list-empty"},
        {"Status code: 0xC000006D Substatus code: 0xC0000133", "time-skew"},
        {"Migration check failed to create a planned virtual machine in the target host: "
         "(0x8007274D)",
         "vmm-planned"},
        {"KRB5KDC_ERR_BADOPTION while getting credentials", "badoption"},
        {"KRB5KRB_AP_ERR_SKEW", "krb-skew"},
    };
    g_autoptr(Errors) errors = table();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Input) input = input_of(cases[i].text);
        g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
        g_assert_cmpuint(diagnosis->matches->len, >, 0);
        g_assert_cmpstr(((const Match *)diagnosis->matches->pdata[0])->entry->id, ==,
                        cases[i].entry);
        g_assert_null(find_cause(diagnosis, MATCH_READ_ON));
    }
}

/* What was not read is not said: an entry known by its words has no code. */
static void
test_words_are_no_code(void)
{
    g_autoptr(Errors) errors = table();
    g_autoptr(Input) input = input_of("The target principal name is incorrect.");
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    const Match *match = diagnosis->matches->pdata[0];
    g_assert_cmpstr(match->entry->id, ==, "wrong-principal");
    g_assert_null(match->code);
    g_assert_nonnull(match->phrase);
}

/* Words around an error whose code nobody knows lead to the code, not to delegation. */
static void
test_unknown_code(void)
{
    static const char text[] =
        "The Virtual Machine Management Service failed to authenticate the connection "
        "for "
        "a Virtual Machine migration at the source host: (0x8004ABCD)";
    g_autoptr(Errors) errors = table();
    g_autoptr(Input) input = input_of(text);
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    g_assert_cmpuint(diagnosis->unknown->len, ==, 1);
    g_assert_nonnull(strstr(diagnosis->unknown->pdata[0], "0x8004ABCD is not in "));
    g_assert_nonnull(strstr(diagnosis->unknown->pdata[0], "facility 4"));
    g_assert_cmpstr(first_cause(diagnosis), ==, MATCH_READ_ON);
    for (guint i = 1; i < diagnosis->causes->len; i++)
        g_assert_cmpint(((CauseVerdict *)diagnosis->causes->pdata[i])->likelihood, !=,
                        LIKELY);

    /* beside a known one it stays visible */
    g_autoptr(Input) both = input_of("Access is denied (0x80070005), later 0x8004ABCD, "
                                     "KDC_ERR_FRESH, Ticket Encryption Type 0xFFFFFFFF, "
                                     "mask 0x80000000, error 0x0");
    g_autoptr(Diagnosis) known = diagnosis_new(errors, both);
    g_assert_cmpuint(known->unknown->len, ==, 2);
    g_assert_cmpstr(known->unknown->pdata[1], ==,
                    "KDC_ERR_FRESH is not in kcdaudit's tables");
}

/* Mutations */

static const char *const event_3 =
    "Event ID: 3\nSource: Security-Kerberos, 11/5/2025 3:10:31\n"
    "A Kerberos error message was received:\n on logon session \n"
    " Server Time: 15:10:31.0000 11/5/2025 Z\n Error Code: 0xd KDC_ERR_BADOPTION\n"
    " Extended Error: 0xc00000bb KLIN(0)\n File: 9\n Line: 12c2\n Cache Flags: 0x8\n";
static const char *const event_4769 =
    "A Kerberos service ticket was requested.\nClient Port: 49741\n"
    "Ticket Options: 0x40820000\nTicket Encryption Type: 0x12\nFailure Code: 0xD\n"
    "Process ID: 0x14\nVersion 0x7\nPre-Authentication Type: 2\n";
static const char *const vmms =
    "At line:1 char:1\nGet-VM in 2 of 13 sites, vlan 12, since 10:13:07, build 10.0.5\n"
    "failed to establish a connection with host 'HV02': (0x8009030E). [442]\n";

/* Whether a word is a number of the text that is neither called a code nor looks like
 * one, judged by nothing but its own line. */
static bool
is_loose_number(const char *text, int start, int end)
{
    static const char *const said[] = {"code",    "error", "status", "event", "fehler",
                                       "helpmsg", "_err_", "krb",    "错误"};
    const char *line = text + start;
    while (line > text && line[-1] != '\n')
        line--;
    g_autofree char *word = g_strndup(text + start, (gsize)(end - start));
    g_autofree char *before =
        g_ascii_strdown(line, (gssize)(text + start - line) + 3 + (end - start));
    bool hex = g_str_has_prefix(word, "0x");
    guint64 value = g_ascii_strtoull(word, NULL, hex ? 16 : 10);
    if (start >= 7 && strncmp(text + start - 7, "Server ", 7) == 0)
        return false; /* the name of a release */
    for (guint i = 0; i < G_N_ELEMENTS(said); i++)
        if (strstr(before, said[i]))
            return false;
    return value <= 0xFFF;
}

/* The text with every such number replaced. */
static gboolean
replace_number(const GMatchInfo *match, GString *out, gpointer data)
{
    int start = 0, end = 0;
    g_autofree char *word = g_match_info_fetch(match, 0);
    g_match_info_fetch_pos(match, 0, &start, &end);
    bool loose = is_loose_number(g_match_info_get_string(match), start, end);
    if (loose && g_str_has_prefix(word, "0x"))
        g_string_append_printf(out, "0x%x", GPOINTER_TO_UINT(data));
    else if (loose)
        g_string_append_printf(out, "%u", GPOINTER_TO_UINT(data));
    else
        g_string_append(out, word);
    return FALSE;
}

static void
mutate(const Errors *errors, const char *name, const char *text)
{
    g_autoptr(GRegex) number =
        g_regex_new("(?<![\\w])(?:0x[0-9a-fA-F]+|[0-9]+)(?![\\w])", 0, 0, NULL);
    g_autoptr(Input) input = input_of(text);
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    for (guint n = 1; n <= SMALL_MOST; n += SMALL_STEP) {
        g_autofree char *mutant = g_regex_replace_eval(
            number, text, -1, 0, 0, replace_number, GUINT_TO_POINTER(n), NULL);
        g_autoptr(Input) changed = input_of(mutant);
        g_autoptr(Diagnosis) other = diagnosis_new(errors, changed);
        if (strcmp(first_cause(diagnosis), first_cause(other)) != 0)
            g_error("%s: %s became %s with %u in\n%s", name, first_cause(diagnosis),
                    first_cause(other), n, mutant);
    }
}

static void
test_small_numbers_change_nothing(void)
{
    g_autoptr(Errors) errors = table();
    mutate(errors, "event 3", event_3);
    mutate(errors, "event 4769", event_4769);
    mutate(errors, "vmms", vmms);
    g_autoptr(GDir) dir = g_dir_open("tests/diagnose/reports", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename("tests/diagnose/reports", name, NULL);
        g_autofree char *whole = NULL;
        g_assert_true(g_file_get_contents(path, &whole, NULL, NULL));
        char *text = strstr(whole, "\n---\n");
        if (g_str_has_suffix(name, ".txt") && text)
            mutate(errors, name, text + 5);
    }
}

/* Without its label it is no code any more. */
static void
test_label_taken_away(void)
{
    static const struct {
        const char *text;
        const char *label;
        const char *entry;
    } cases[] = {
        {"Event 4769\nFailure Code: 0xD\n", "Failure Code:", "badoption"},
        {"Event 4768\nResult Code: 0x12\n", "Result Code:", "client-revoked"},
        {"{\"TicketEncryptionType\":\"0x12\",\"Status\":\"0x7\"}",
         "\"Status\":", "s-principal-unknown"},
        {"It did not work. System error 5 has occurred.", "error", "access-denied"},
        {"The TGS says so: KRB-ERROR (14)", "KRB-ERROR", "etype-nosupp"},
    };
    g_autoptr(Errors) errors = table();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Input) input = input_of(cases[i].text);
        g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
        g_assert_cmpuint(diagnosis->matches->len, >, 0);
        g_assert_cmpstr(((const Match *)diagnosis->matches->pdata[0])->entry->id, ==,
                        cases[i].entry);
        g_autoptr(GString) text = g_string_new(cases[i].text);
        g_string_replace(text, cases[i].label, "Options:", 0);
        g_autoptr(Input) changed = input_of(text->str);
        g_autoptr(Diagnosis) other = diagnosis_new(errors, changed);
        for (guint m = 0; m < other->matches->len; m++)
            g_assert_cmpstr(((const Match *)other->matches->pdata[m])->entry->id, !=,
                            cases[i].entry);
    }
}

static bool
has_code(const Diagnosis *diagnosis, gint64 value)
{
    for (guint m = 0; m < diagnosis->matches->len; m++) {
        const ErrorCode *code = ((const Match *)diagnosis->matches->pdata[m])->code;
        g_autofree char *name =
            code && code->name ? g_ascii_strdown(code->name, -1) : NULL;
        if (code && code->value == value &&
            !(name && strstr(diagnosis->input->plain, name)))
            return true;
    }
    return false;
}

/* In every report: a small number behind "Options:" instead of its label is no code,
 * wherever nothing else says it. */
static void
take_labels(const Errors *errors, const char *name, const char *text)
{
    g_autoptr(GRegex) label = g_regex_new(
        "(?:Error|Failure|Result) Code:(\\s+)(0x[0-9a-fA-F]{1,2})\\b", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *changed =
        g_regex_replace(label, text, -1, 0, "Options:\\1\\2", 0, NULL);
    g_autoptr(Input) input = input_of(changed);
    g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
    for (g_regex_match(label, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *number = g_match_info_fetch(match, 2);
        if (has_code(diagnosis, (gint64)g_ascii_strtoull(number, NULL, 16)))
            g_error("%s: %s is a code of\n%s", name, number, changed);
    }
}

static void
test_label_taken_from_reports(void)
{
    g_autoptr(Errors) errors = table();
    g_autoptr(GDir) dir = g_dir_open("tests/diagnose/reports", 0, NULL);
    take_labels(errors, "event 3", event_3);
    take_labels(errors, "event 4769", event_4769);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename("tests/diagnose/reports", name, NULL);
        g_autofree char *whole = NULL;
        g_assert_true(g_file_get_contents(path, &whole, NULL, NULL));
        char *text = strstr(whole, "\n---\n");
        if (g_str_has_suffix(name, ".txt") && text)
            take_labels(errors, name, text + 5);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/input/labels", test_labels);
    g_test_add_func("/input/shapes", test_shapes);
    g_test_add_func("/input/names", test_names);
    g_test_add_func("/input/ranks", test_ranks);
    g_test_add_func("/input/words-are-no-code", test_words_are_no_code);
    g_test_add_func("/input/unknown-code", test_unknown_code);
    g_test_add_func("/input/small-numbers", test_small_numbers_change_nothing);
    g_test_add_func("/input/label-taken-away", test_label_taken_away);
    g_test_add_func("/input/label-taken-from-reports", test_label_taken_from_reports);
    return g_test_run();
}
