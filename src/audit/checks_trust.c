/* TRU-*: what trusts let through, of tickets and of SIDs. */
#include "checks.h"

#include "base/text.h"
#include "model/trust.h"

/* A trust to another forest, as a rule is asked about it. */
typedef struct {
    const Audit *audit;
    const Trust *trust;
    const Domain *domain; /* whose trust it is; NULL: not known */
    Sink *sink;
} Case;

static const char *
home_of(const Case *of)
{
    return of->domain && of->domain->dns ? of->domain->dns : "this domain";
}

/* The partner; of another domain than the audited one with its name. */
static About
whom(const Case *of)
{
    bool elsewhere = of->domain && of->domain->dns && of->audit->estate->domain &&
                     !text_equal(of->domain->dns, of->audit->estate->domain);
    return (About){.name = of->trust->partner,
                   .target_name = elsewhere ? of->domain->dns : NULL};
}

static void
show(Finding *finding, const Trust *trust)
{
    g_autofree char *attributes = trust_attributes_text(trust);
    g_autofree char *key = g_strdup_printf("trustAttributes of %s", trust->dn);
    g_autofree char *direction = g_strdup_printf("trustDirection of %s", trust->dn);
    finding_evidence(finding, key, attributes);
    finding_evidence(finding, direction, trust_direction_text(trust));
}

/* The rule's question has no answer for this trust. */
static void
say_unread(const Case *of)
{
    const Trust *trust = of->trust;
    Finding *finding = sink_unknown(of->sink, whom(of));
    finding_say(finding, "What a trust lets through was not determined",
                "%s of the trust of %s with %s %s.",
                trust->attributes < 0 ? "trustAttributes" : "trustDirection", home_of(of),
                trust->partner, estate_unread(of->audit->estate));
    show(finding, trust);
}

/* One rule: what it looks for, and how it tells of it. */
typedef struct {
    guint32 direction;
    Tri (*lets)(const Trust *trust);
    void (*tell)(const Case *of);
} TrustRule;

static Tri
both(Tri a, Tri b)
{
    return a == TRI_NO || b == TRI_NO ? TRI_NO : a == TRI_YES ? b : TRI_UNKNOWN;
}

static Tri
opposite(Tri a)
{
    return a == TRI_UNKNOWN ? TRI_UNKNOWN : a == TRI_YES ? TRI_NO : TRI_YES;
}

/* Every trust to another forest.  Where trusts were not asked for, the rule does not
 * apply. */
static void
judge_trusts(const Audit *audit, Sink *sink, const TrustRule *rule)
{
    const Estate *estate = audit->estate;
    if (audit->policy->reach == REACH_HOSTS ||
        (!estate->trusts_read && audit_is_offline(audit))) {
        sink_not_asked(sink);
        return;
    }
    g_autoptr(GPtrArray) trusts = estate_trusts(estate);
    for (guint i = 0; i < trusts->len; i++) {
        const Trust *trust = trusts->pdata[i];
        const Case of = {audit, trust, estate_domain_of(estate, trust->dn), sink};
        Tri way = both(trust_leaves_forest(trust), trust_points(trust, rule->direction));
        Tri answer = both(way, rule->lets(trust));
        if (answer == TRI_YES)
            rule->tell(&of);
        else if (answer == TRI_UNKNOWN)
            say_unread(&of);
    }
    if (!estate->trusts_read)
        finding_say(sink_unknown(
                        sink, about_name(estate->domain ? estate->domain : "the domain")),
                    "The trusts were not determined",
                    "The trusts of the domain (trustedDomain, in CN=System) could not be "
                    "read to the end, so there may be more of them.");
}

/* TRU-01.  The flag counts on the side whose accounts use the trust (MS-KILE
 * 3.3.5.7.5). */
static Tri
lets_tgts(const Trust *trust)
{
    if (trust->type == TRUST_TYPE_DOWNLEVEL)
        return TRI_NO;
    return both(trust_flag(trust, TRUST_TGT_DELEGATION),
                opposite(trust_flag(trust, TRUST_NO_TGT_DELEGATION | TRUST_QUARANTINED)));
}

static void
tell_tgts(const Case *of)
{
    const Trust *trust = of->trust;
    Finding *finding = sink_fail(of->sink, SEVERITY_CRITICAL, whom(of));
    const char *home = home_of(of), *partner = trust->partner;
    finding_say(
        finding, "TGTs can be delegated over a trust",
        "Whoever of %s uses a service of %s that is trusted for unconstrained delegation "
        "hands over their TGT, by which they can be acted for everywhere. Every domain "
        "controller of %s is such a service, and the domain controllers of %s can be "
        "made to connect to one: whoever controls %s then controls %s, too. Use "
        "constrained or resource-based delegation, which do not need this, and switch it "
        "off on a domain controller of %s: netdom trust %s /domain:%s "
        "/EnableTGTDelegation:No",
        home, partner, partner, home, partner, home, home, partner, home);
    show(finding, trust);
}

void
check_trust_tgt_delegation(const Audit *audit, Sink *sink)
{
    judge_trusts(audit, sink, &(TrustRule){TRUST_INBOUND, lets_tgts, tell_tgts});
}

/* TRU-02.  Forest trusts are filtered unless that is relaxed, others only where they are
 * quarantined (MS-PAC 4.1.2.2). */
static Tri
lets_sids(const Trust *trust)
{
    if (trust->type == TRUST_TYPE_MIT)
        return TRI_NO;
    Tri open = trust_flag(trust, TRUST_FOREST_TRANSITIVE) == TRI_YES
                   ? trust_flag(trust, TRUST_TREAT_AS_EXTERNAL)
                   : TRI_YES;
    return both(open, opposite(trust_flag(trust, TRUST_QUARANTINED)));
}

static void
tell_sids(const Case *of)
{
    const Trust *trust = of->trust;
    const char *home = home_of(of), *partner = trust->partner;
    bool forest = trust_flag(trust, TRUST_FOREST_TRANSITIVE) == TRI_YES;
    bool pim = trust_flag(trust, TRUST_PIM) == TRI_YES;
    Finding *finding = sink_fail(of->sink, SEVERITY_WARNING, whom(of));
    finding_say(
        finding,
        forest ? "SID filtering of a forest trust is relaxed"
               : "SID filtering of an external trust is off",
        "%s trusts %s, and %s. Whoever controls %s can put the SIDs of groups and "
        "accounts of %s into a ticket and be taken for one of them: for an account that "
        "an RBCD descriptor names, for instance.%s Switch SID filtering on once nobody "
        "needs sIDHistory over this trust any more: netdom trust %s /domain:%s %s",
        home, partner,
        forest ? "lets SIDs of other domains in over this forest trust as over an "
                 "external one (TREAT_AS_EXTERNAL)"
               : "does not filter SIDs on this external trust (QUARANTINED_DOMAIN is "
                 "off)",
        partner, home,
        pim ? " The trust is one for privileged access (PIM): if that is your bastion "
              "forest, this is meant, and can be waived."
            : "",
        home, partner, forest ? "/EnableSIDHistory:No" : "/Quarantine:Yes");
    show(finding, trust);
}

void
check_trust_sid_filter(const Audit *audit, Sink *sink)
{
    judge_trusts(audit, sink, &(TrustRule){TRUST_OUTBOUND, lets_sids, tell_sids});
}

/* TRU-03: edges whose source is an account of the partner. */
static guint
show_edges(const Case *of, Finding *finding)
{
    const GPtrArray *edges = of->audit->edges;
    guint count = 0;
    for (guint i = 0; i < edges->len; i++) {
        const Edge *edge = edges->pdata[i];
        if (!sid_is_set(&of->trust->sid) || edge->way != LEG_RBCD || edge->missing ||
            !sid_in_domain(&edge->source.sid, &of->trust->sid))
            continue;
        if (finding) {
            g_autofree char *key =
                g_strdup_printf("RBCD of %s names", edge->target.account->name);
            finding_evidence(finding, key, edge->source.name);
        }
        count++;
    }
    return count;
}

static Tri
is_selective(const Trust *trust)
{
    return trust_flag(trust, TRUST_CROSS_ORGANIZATION);
}

static void
tell_selective(const Case *of)
{
    const Trust *trust = of->trust;
    guint count = show_edges(of, NULL);
    Finding *finding =
        sink_fail(of->sink, count > 0 ? SEVERITY_WARNING : SEVERITY_INFO, whom(of));
    finding_say(
        finding, "A trust with selective authentication",
        "Accounts of %s get tickets in %s only to computers and services that grant them "
        "Allowed-To-Authenticate; else the KDC answers KDC_ERR_POLICY, to delegation as "
        "well (KB 2959395). %s Grant it on each account that they are to reach, to a "
        "group: Active Directory Users and Computers, Security, \"Allowed to "
        "authenticate\".",
        trust->partner, home_of(of),
        count > 0 ? "Delegation is granted to accounts of it: it fails where the target "
                    "does not let them in."
                  : "It is a safeguard; keep it.");
    show(finding, trust);
    show_edges(of, finding);
}

void
check_trust_selective(const Audit *audit, Sink *sink)
{
    judge_trusts(audit, sink, &(TrustRule){TRUST_OUTBOUND, is_selective, tell_selective});
}

/* TRU-04.  The home's DCs encrypt tickets to the partner by what the trust says; without
 * a word of it they have a default of their own. */
static Tri
lacks_aes(const Trust *trust)
{
    if (trust->etypes <= 0 || trust->type == TRUST_TYPE_DOWNLEVEL)
        return TRI_NO;
    guint32 bits = (guint32)trust->etypes;
    return (bits & ETYPE_BITS) != 0 && (bits & ETYPE_BITS_AES) == 0 ? TRI_YES : TRI_NO;
}

static void
tell_etypes(const Case *of)
{
    const Trust *trust = of->trust;
    const char *home = home_of(of), *partner = trust->partner;
    Finding *finding = sink_fail(of->sink, SEVERITY_WARNING, whom(of));
    g_autofree char *names = flags_format(etype_flags, (guint32)trust->etypes);
    g_autofree char *key =
        g_strdup_printf("msDS-SupportedEncryptionTypes of %s", trust->dn);
    g_autofree char *value = g_strdup_printf("%u (%s)", (guint32)trust->etypes, names);
    finding_say(
        finding, "A trust without AES",
        "Domain controllers of %s encrypt tickets to %s with RC4 or DES alone. Whoever "
        "records one can search for the key of the trust, and every delegation over the "
        "trust ends when domain controllers on either side stop using RC4. Allow AES: "
        "Active Directory Domains and Trusts, the properties of the trust, \"The other "
        "domain supports Kerberos AES Encryption\", on both sides.",
        home, partner);
    finding_evidence(finding, key, value);
    show(finding, trust);
}

void
check_trust_etypes(const Audit *audit, Sink *sink)
{
    judge_trusts(audit, sink, &(TrustRule){TRUST_INBOUND, lacks_aes, tell_etypes});
}
