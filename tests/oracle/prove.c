/*
 * What the KDC really answers: S4U2Self and S4U2Proxy with the source's own key, by
 * libkrb5 alone. Shares no line with the product.
 *
 *   prove KEYTAB <jobs >answers
 *
 * A job is a line of fields that a tab separates:
 *   source PRINCIPAL USER ETYPES DIRECT   ETYPES as 18,17,23; DIRECT 1: unconstrained
 *   target PRINCIPAL SPN                  of the source named last
 *
 * An answer is a line of JSON per source. Codes are those of RFC 4120; 0 is granted;
 * below 0 there was no answer. "s4u" is S4U2Self and S4U2Proxy; "forwarded" is S4U2Proxy
 * with a ticket that the user got himself, as when he is signed in on the source;
 * "direct" is the user's own ticket, as by a forwarded TGT. A ticket that the target's
 * key does not open is of somebody else: "ours" is false then.
 */
#define _GNU_SOURCE
#include <krb5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETYPES_MAX 8
#define ETYPE_NOSUPP 14 /* KDC_ERR_ETYPE_NOSUPP, RFC 4120 7.5.9 */
#define USAGE_TICKET 2  /* RFC 3961: a ticket's encrypted part */

/* Exported by libkrb5 and used by its GSS mechanism, but in no public header. */
krb5_error_code
krb5_get_credentials_for_user(krb5_context context, krb5_flags options,
                              krb5_ccache ccache, krb5_creds *in_creds,
                              krb5_data *subject_cert, krb5_creds **out_creds);

/* One source and what it has in hand. */
typedef struct {
    krb5_context context;
    krb5_keytab keytab;
    krb5_ccache ccache;      /* the source's TGT */
    krb5_ccache user_ccache; /* the user's own */
    krb5_principal self;
    krb5_principal user;
    krb5_creds *evidence;  /* by S4U2Self */
    krb5_creds *forwarded; /* by the user himself */
    int login, self_code, user_code;
    bool direct;
    bool any_target;
} Source;

static int
protocol_code(krb5_error_code code)
{
    long number = (long)code - ERROR_TABLE_BASE_krb5;

    if (code == 0) {
        return 0;
    }
    return number > 0 && number < 128 ? (int)number : -1;
}

static void
must(krb5_context context, krb5_error_code code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "prove: %s: %s\n", what, krb5_get_error_message(context, code));
        exit(2);
    }
}

static int
parse_etypes(char *text, krb5_enctype *etypes)
{
    int count = 0;

    for (char *part = strtok(text, ","); part != NULL && count < ETYPES_MAX;
         part = strtok(NULL, ",")) {
        etypes[count++] = (krb5_enctype)strtol(part, NULL, 10);
    }
    etypes[count] = 0;
    return count;
}

/* A TGT by the keytab, forwardable where the KDC lets it be. */
static krb5_error_code
login(Source *source, krb5_principal principal, krb5_enctype *etypes, int count,
      krb5_ccache *ret_ccache)
{
    krb5_get_init_creds_opt *options;
    krb5_creds creds = {0};

    must(source->context, krb5_cc_new_unique(source->context, "MEMORY", NULL, ret_ccache),
         "ccache");
    must(source->context, krb5_get_init_creds_opt_alloc(source->context, &options),
         "options");
    krb5_get_init_creds_opt_set_forwardable(options, 1);
    if (count > 0) {
        krb5_get_init_creds_opt_set_etype_list(options, etypes, count);
    }
    krb5_get_init_creds_opt_set_out_ccache(source->context, options, *ret_ccache);
    krb5_error_code code = krb5_get_init_creds_keytab(source->context, &creds, principal,
                                                      source->keytab, 0, NULL, options);
    krb5_get_init_creds_opt_free(source->context, options);
    krb5_free_cred_contents(source->context, &creds);
    return code;
}

static void
self_ticket(Source *source)
{
    krb5_creds wanted = {.client = source->user, .server = source->self};

    source->self_code = protocol_code(
        krb5_get_credentials_for_user(source->context, KRB5_GC_NO_STORE, source->ccache,
                                      &wanted, NULL, &source->evidence));
}

static bool
is_forwardable(const Source *source)
{
    return source->evidence != NULL &&
           (source->evidence->ticket_flags & TKT_FLG_FORWARDABLE) != 0;
}

/* The ticket that the user gets for the source itself. */
static void
user_ticket(Source *source)
{
    krb5_creds wanted = {.client = source->user, .server = source->self};
    krb5_error_code code = login(source, source->user, NULL, 0, &source->user_ccache);

    if (code == 0) {
        code = krb5_get_credentials(source->context, KRB5_GC_NO_STORE,
                                    source->user_ccache, &wanted, &source->forwarded);
    }
    source->user_code = protocol_code(code);
}

static void
source_open(Source *source, const char *keytab, char *principal, char *user, char *etypes,
            bool direct)
{
    krb5_enctype list[ETYPES_MAX + 1];
    int count = parse_etypes(etypes, list);

    memset(source, 0, sizeof *source);
    source->direct = direct;
    source->self_code = source->login = -1;
    must(NULL, krb5_init_context(&source->context), "krb5.conf");
    must(source->context, krb5_kt_resolve(source->context, keytab, &source->keytab),
         keytab);
    must(source->context, krb5_parse_name(source->context, principal, &source->self),
         principal);
    must(source->context, krb5_parse_name(source->context, user, &source->user), user);
    /* The user signs in elsewhere, with whatever that machine has. */
    user_ticket(source);
    if (count == 0) {
        source->login = source->self_code = ETYPE_NOSUPP;
    } else {
        must(source->context, krb5_set_default_tgs_enctypes(source->context, list),
             "enctypes");
        source->login =
            protocol_code(login(source, source->self, list, count, &source->ccache));
    }
    if (source->login == 0) {
        self_ticket(source);
    }
    printf("{\"source\": \"%s\", \"user\": \"%s\", \"login\": %d, \"self\": %d, "
           "\"forwardable\": %s, \"user_ticket\": %d, \"results\": [",
           principal, user, source->login, source->self_code,
           is_forwardable(source) ? "true" : "false", source->user_code);
}

static void
source_close(Source *source)
{
    if (source->context == NULL) {
        return;
    }
    printf("]}\n");
    fflush(stdout);
    krb5_free_creds(source->context, source->evidence);
    krb5_free_creds(source->context, source->forwarded);
    krb5_free_principal(source->context, source->self);
    krb5_free_principal(source->context, source->user);
    if (source->ccache != NULL) {
        krb5_cc_destroy(source->context, source->ccache);
    }
    krb5_cc_destroy(source->context, source->user_ccache);
    krb5_kt_close(source->context, source->keytab);
    krb5_free_context(source->context);
    source->context = NULL;
}

/* Whether the owner's key opens the ticket. */
static bool
opens(Source *source, krb5_principal owner, const krb5_ticket *ticket)
{
    krb5_keytab_entry entry;
    krb5_data plain = {.length = ticket->enc_part.ciphertext.length};

    if (krb5_kt_get_entry(source->context, source->keytab, owner, 0,
                          ticket->enc_part.enctype, &entry) != 0) {
        return false;
    }
    plain.data = malloc(plain.length);
    krb5_error_code code = krb5_c_decrypt(source->context, &entry.key, USAGE_TICKET, NULL,
                                          &ticket->enc_part, &plain);
    free(plain.data);
    krb5_free_keytab_entry_contents(source->context, &entry);
    return code == 0;
}

static void
answer_print(Source *source, const char *name, krb5_error_code code,
             const krb5_creds *got, krb5_principal owner)
{
    krb5_ticket *ticket = NULL;

    printf(", \"%s\": {\"code\": %d", name, protocol_code(code));
    if (code != 0) {
        printf("}");
        return;
    }
    must(source->context, krb5_decode_ticket(&got->ticket, &ticket), "ticket");
    printf(", \"etype\": %d, \"ours\": %s}", ticket->enc_part.enctype,
           opens(source, owner, ticket) ? "true" : "false");
    krb5_free_ticket(source->context, ticket);
}

/* S4U2Proxy with this evidence; the user's own ticket where there is none. */
static void
ask(Source *source, const char *name, krb5_ccache ccache, krb5_creds *evidence,
    krb5_principal server, krb5_principal owner)
{
    krb5_creds wanted = {.client = source->user, .server = server};
    krb5_creds *got = NULL;
    krb5_flags flags = KRB5_GC_NO_STORE;

    if (evidence != NULL) {
        wanted.client = source->self;
        wanted.second_ticket = evidence->ticket;
        flags |= KRB5_GC_CONSTRAINED_DELEGATION;
    }
    krb5_error_code code =
        krb5_get_credentials(source->context, flags, ccache, &wanted, &got);
    answer_print(source, name, code, got, owner);
    krb5_free_creds(source->context, got);
}

static void
target_prove(Source *source, char *principal, char *spn)
{
    krb5_principal owner, server;
    char *parts[4] = {0}, *rest = strdupa(spn);

    must(source->context, krb5_parse_name(source->context, principal, &owner), principal);
    /* Not parsed: there may be anything in it. NT_SRV_HST would be tried by other names,
     * too. */
    for (int i = 0; i < 3 && rest != NULL; i++) {
        parts[i] = strsep(&rest, "/");
    }
    must(source->context,
         krb5_build_principal(source->context, &server, source->self->realm.length,
                              source->self->realm.data, parts[0], parts[1], parts[2],
                              (char *)NULL),
         spn);
    server->type = KRB5_NT_SRV_INST;
    printf("%s{\"target\": \"%s\", \"spn\": \"%s\"", source->any_target ? ", " : "",
           principal, spn);
    source->any_target = true;
    if (source->evidence != NULL) {
        ask(source, "s4u", source->ccache, source->evidence, server, owner);
    }
    /* Where S4U2Self serves, nothing else is needed. */
    if (source->login == 0 && source->forwarded != NULL && !is_forwardable(source)) {
        ask(source, "forwarded", source->ccache, source->forwarded, server, owner);
    }
    if (source->direct && source->login == 0 && source->user_code == 0) {
        ask(source, "direct", source->user_ccache, NULL, server, owner);
    }
    printf("}");
    krb5_free_principal(source->context, owner);
    krb5_free_principal(source->context, server);
}

int
main(int argc, char **argv)
{
    Source source = {0};
    char *line = NULL;
    size_t size = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: prove KEYTAB <jobs\n");
        return 2;
    }
    while (getline(&line, &size, stdin) > 0) {
        char *fields[5] = {0}, *rest = line;
        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 5 && rest != NULL; i++) {
            fields[i] = strsep(&rest, "\t");
        }
        if (strcmp(fields[0], "source") == 0 && fields[4] != NULL) {
            source_close(&source);
            source_open(&source, argv[1], fields[1], fields[2], fields[3],
                        strcmp(fields[4], "1") == 0);
        } else if (strcmp(fields[0], "target") == 0 && fields[2] != NULL &&
                   source.context != NULL) {
            target_prove(&source, fields[1], fields[2]);
        } else {
            fprintf(stderr, "prove: not a job: %s\n", fields[0]);
            return 2;
        }
    }
    source_close(&source);
    free(line);
    return 0;
}
