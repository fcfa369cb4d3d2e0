/* RBC-07: who may write what an account may do, who may act on it, and what it signs in
 * with. */
#include "checks.h"

#include "context.h"
#include "model/wellknown.h"

/* What an account gains by writing each (MS-ADA1 - MS-ADA3 for the GUIDs). */
typedef struct {
    const char *attribute;
    const char *guid; /* schemaIDGUID */
    const char *set;  /* attributeSecurityGUID; NULL: in none */
    guint32 right;
    Tri managed; /* whether of managed service accounts alone; unknown: of all */
    const char *words;
} Target;

#define ACCOUNT_RESTRICTIONS "4c164200-20c0-11d0-a768-00aa006e0529"
#define PUBLIC_INFORMATION "e48d0154-bcf8-11d1-8702-00c04fb96050"

static const Target targets[] = {
    {"msDS-AllowedToActOnBehalfOfOtherIdentity", "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79",
     ACCOUNT_RESTRICTIONS, RIGHT_WRITE_PROPERTY, TRI_UNKNOWN,
     "write its RBCD descriptor"},
    {"servicePrincipalName", "f3a64788-5306-11d1-a9c5-0000f80367c1", PUBLIC_INFORMATION,
     RIGHT_WRITE_PROPERTY, TRI_UNKNOWN, "write its SPNs"},
    {"servicePrincipalName", "f3a64788-5306-11d1-a9c5-0000f80367c1", NULL, RIGHT_SELF,
     TRI_UNKNOWN, "write its SPNs (validated)"},
    {"msDS-AllowedToDelegateTo", "800d94d7-b7a1-42a1-b14d-7cae1423d07f",
     PUBLIC_INFORMATION, RIGHT_WRITE_PROPERTY, TRI_UNKNOWN, "write its delegation list"},
    {"msDS-KeyCredentialLink", "5b47d60f-6090-40b2-9f37-2a4de88f3063", NULL,
     RIGHT_WRITE_PROPERTY, TRI_UNKNOWN, "add keys it signs in with"},
    {"User-Force-Change-Password", "00299570-246d-11d0-a768-00aa006e0529", NULL,
     RIGHT_CONTROL_ACCESS, TRI_NO, "reset its password"},
    {"msDS-GroupMSAMembership", "888eedd6-ce04-df40-b462-b8a50e41ba38", NULL,
     RIGHT_WRITE_PROPERTY, TRI_YES, "name who may read its password"},
};

/* Those that may, by Windows' own design. */
static bool
is_expected(const Audit *audit, const Account *host, const Sid *sid)
{
    /* A Creator Owner stands for whoever creates below. */
    static const char *const expected[] = {SID_SELF, SID_CREATOR_OWNER, SID_LOCAL_SYSTEM,
                                           SID_ENTERPRISE_DCS, NULL};
    if (sid_equal(sid, &host->sid) || sid_among(sid, expected) || sid_is_tier0(sid))
        return true;
    const Account *account = estate_bearer(audit->estate, sid);
    return account && estate_is_tier0(audit->estate, account) == TRI_YES;
}

static bool
has_right(const SecDesc *descriptor, GHashTable *token, const Target *target)
{
    Guid attribute, set;
    bool parsed = guid_parse(target->guid, &attribute);
    g_assert(parsed);
    parsed = !target->set || guid_parse(target->set, &set);
    g_assert(parsed);
    return secdesc_check_property(descriptor, token, target->right, &attribute,
                                  target->set ? &set : NULL) == ACCESS_GRANTED;
}

static bool
has_plain(const SecDesc *descriptor, GHashTable *token, guint32 right)
{
    return secdesc_check(descriptor, token, right).access == ACCESS_GRANTED;
}

/* What a trustee may do, "write its SPNs, change its permissions" (transfer
 * full); NULL: nothing that matters. */
static char *
powers_of(bool managed, const SecDesc *descriptor, const Sid *sid)
{
    Tri other = managed ? TRI_NO : TRI_YES;
    g_autoptr(GHashTable) token = g_hash_table_new(sid_hash, sid_equal);
    g_hash_table_add(token, (gpointer)sid);
    GString *powers = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
        /* A full write covers the validated one. */
        bool covered = i > 0 && targets[i].right == RIGHT_SELF &&
                       has_right(descriptor, token, &targets[i - 1]);
        if (!covered && targets[i].managed != other &&
            has_right(descriptor, token, &targets[i]))
            g_string_append_printf(powers, "%s%s", powers->len ? ", " : "",
                                   targets[i].words);
    }
    bool owner = sid_is_set(&descriptor->owner) && sid_equal(sid, &descriptor->owner);
    if (owner)
        g_string_append_printf(powers, "%sowns it", powers->len ? ", " : "");
    else if (has_plain(descriptor, token, RIGHT_WRITE_DACL))
        g_string_append_printf(powers, "%schange its permissions",
                               powers->len ? ", " : "");
    if (has_plain(descriptor, token, RIGHT_WRITE_OWNER))
        g_string_append_printf(powers, "%stake ownership", powers->len ? ", " : "");
    bool any = powers->len > 0;
    char *text = g_string_free(powers, FALSE);
    if (any)
        return text;
    g_free(text);
    return NULL;
}

static void
tell_writer(Finding *finding, const Host *host, const char *name, const char *powers)
{
    const char *account = host->account->name;
    if (host->outside)
        finding_say(
            finding,
            host->delegates
                ? "Somebody outside Tier 0 may write an account that delegates"
                : "Somebody outside Tier 0 may write an account that others "
                  "act on",
            "%s may: %s. Whoever may do that can take %s over%s. Take the right away "
            "(Security tab, or dsacls), unless it is meant.",
            name, powers, account,
            host->delegates ? ", and act for every user for whom it may"
                            : ", or act on it as any user");
    else
        finding_say(
            finding, "Somebody outside Tier 0 may write the host's delegation",
            "%s may: %s. Whoever may write the RBCD descriptor or the SPNs of %s can act "
            "on it as any user. Often that is the account that joined it to the domain. "
            "Take the right away (Security tab, or dsacls), unless it is meant.",
            name, powers, account);
}

/* The ACEs of each SID, as descriptors of their own: of a token that is one SID, no
 * others decide.  The owner's alone may. */
static GHashTable *
split_by_sid(const SecDesc *descriptor)
{
    GHashTable *parts =
        g_hash_table_new_full(sid_hash, sid_equal, NULL, (GDestroyNotify)secdesc_free);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        SecDesc *part = g_hash_table_lookup(parts, &ace->sid);
        if (!part) {
            part = g_new(SecDesc, 1);
            *part = *descriptor;
            part->aces = g_array_new(FALSE, FALSE, sizeof(Ace));
            g_hash_table_insert(parts, (gpointer)&ace->sid, part);
        }
        g_array_append_val(part->aces, *ace);
    }
    return parts;
}

/* Somebody whom a descriptor lets write. */
typedef struct {
    Sid sid;
    char *powers;
} Writer;

static void
writer_free(gpointer data)
{
    g_free(((Writer *)data)->powers);
    g_free(data);
}

static void
add_writer(GPtrArray *writers, bool managed, const SecDesc *descriptor, const Sid *sid)
{
    char *powers = sid_is_set(sid) ? powers_of(managed, descriptor, sid) : NULL;
    if (!powers)
        return;
    Writer *writer = g_new(Writer, 1);
    *writer = (Writer){*sid, powers};
    g_ptr_array_add(writers, writer);
}

/* Of each SID once, the owner first (transfer full). */
static GPtrArray *
writers_in(const SecDesc *descriptor, bool managed)
{
    GPtrArray *writers = g_ptr_array_new_with_free_func(writer_free);
    g_autoptr(GHashTable) parts = split_by_sid(descriptor);
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    g_hash_table_add(told, (gpointer)&descriptor->owner);
    add_writer(writers, managed, descriptor, &descriptor->owner);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Sid *sid = &g_array_index(descriptor->aces, Ace, i).sid;
        if (g_hash_table_add(told, sid))
            add_writer(writers, managed, g_hash_table_lookup(parts, sid), sid);
    }
    return writers;
}

/* Most hosts have the descriptor of others, which is kept once. NULL: it is damaged. */
static const GPtrArray *
writers_of(VerdictContext *context, const Account *account, GError **error)
{
    bool managed = (account->kinds & KIND_MANAGED) != 0;
    GHashTable **known = &context->writers[managed];
    if (!*known)
        *known = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)g_bytes_unref,
                                       (GDestroyNotify)g_ptr_array_unref);
    GPtrArray *writers = g_hash_table_lookup(*known, account->security);
    if (writers)
        return writers;
    gsize length = 0;
    const void *data = g_bytes_get_data(account->security, &length);
    g_autoptr(SecDesc) descriptor = NULL;
    if (!secdesc_parse(data, length, &descriptor, error))
        return NULL;
    writers = writers_in(descriptor, managed);
    g_hash_table_insert(*known, g_bytes_ref(account->security), writers);
    return writers;
}

static void
judge_writer(const Audit *audit, const Host *of, const Writer *writer, Sink *sink)
{
    const Account *host = of->account;
    const Sid *sid = &writer->sid;
    if (is_expected(audit, host, sid))
        return;
    g_autofree char *name = estate_sid_name(audit->estate, sid);
    g_autofree char *text = sid_format(sid);
    Finding *finding = sink_fail(sink, SEVERITY_WARNING,
                                 (About){.account = host,
                                         .target = estate_bearer(audit->estate, sid),
                                         .target_name = name});
    tell_writer(finding, of, name, writer->powers);
    g_autofree char *key = g_strdup_printf("nTSecurityDescriptor of %s", host->name);
    g_autofree char *value = g_strdup_printf("%s (%s): %s", name, text, writer->powers);
    finding_evidence(finding, key, value);
    if (sid_is_set(&host->creator) && sid_equal(&host->creator, sid)) {
        g_autofree char *creator = g_strdup_printf("mS-DS-CreatorSID of %s", host->name);
        finding_evidence(finding, creator, text);
    }
}

/* A managed password is for the machines that run the service, which no rule knows; but
 * it is not for everybody. */
static void
judge_readers(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    gsize length = 0;
    const void *data = account->password_readers
                           ? g_bytes_get_data(account->password_readers, &length)
                           : NULL;
    g_autoptr(SecDesc) descriptor = NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL))
        return;
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Sid *sid = &g_array_index(descriptor->aces, Ace, i).sid;
        g_autoptr(GHashTable) token = g_hash_table_new(sid_hash, sid_equal);
        g_hash_table_add(token, sid);
        if (!sid_is_set(sid) || !sid_is_crowd(sid) ||
            !has_plain(descriptor, token, RIGHT_READ_PROPERTY) ||
            !g_hash_table_add(told, sid))
            continue;
        g_autofree char *name = estate_sid_name(audit->estate, sid);
        Finding *finding = sink_fail(sink, SEVERITY_CRITICAL,
                                     (About){.account = account, .target_name = name});
        finding_say(
            finding,
            "Nearly everybody may read the password of an account that delegates",
            "%s may read the managed password of %s, and so sign in as it%s. Name the "
            "machines that run the service, and no others: Set-ADServiceAccount %s "
            "-PrincipalsAllowedToRetrieveManagedPassword MACHINE1$,MACHINE2$.",
            name, account->name,
            host->delegates ? " and act for every user for whom it may" : "",
            account->name);
        g_autofree char *key =
            g_strdup_printf("msDS-GroupMSAMembership of %s", account->name);
        finding_evidence(finding, key, name);
    }
}

void
check_rbcd_writable(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    if (host->outside && (host->delegates | host->receives) == 0) {
        sink_not_applicable(sink);
        return;
    }
    judge_readers(audit, host, sink);
    g_autofree char *unknown = g_strdup_printf(
        "Who may write the %s's delegation was not determined", host_noun(host));
    if (!account->security) {
        /* An export without descriptors was never meant to answer this. */
        if (audit_is_offline(audit))
            sink_not_asked(sink);
        else
            finding_say(sink_unknown(sink, about(account)), unknown,
                        "nTSecurityDescriptor of %s could not be read.", account->name);
        return;
    }
    g_autoptr(GError) error = NULL;
    const GPtrArray *writers = writers_of(audit->context, account, &error);
    if (!writers) {
        finding_say(sink_unknown(sink, about(account)), unknown,
                    "nTSecurityDescriptor of %s is damaged: %s.", account->name,
                    error->message);
        return;
    }
    for (guint i = 0; i < writers->len; i++)
        judge_writer(audit, host, writers->pdata[i], sink);
}
