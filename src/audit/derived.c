/* Says which findings follow from others: they end with these, and count with these. */
#include "derived.h"

#include "audit/grouping.h"
#include "audit/rules.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* How what a rule found bears on what another one did. */
typedef enum {
    BY_SUBJECT, /* both are of one account */
    BY_TARGET,  /* it is of the account that is the other's target */
    BY_SPN,     /* both are of one account and one SPN, or of one that stands in for it */
    BY_PAIR,    /* whatever decides what the subject does towards the target */
    BY_RETURN,  /* whatever decides the way back */
} Bearing;

#define ANY_RULE ((guint)RULE_COUNT)

static const struct {
    RuleId rule;
    guint from; /* a RuleId, or ANY_RULE */
    Bearing how;
} rows[] = {
    {RULE_ACC_05, RULE_ACC_06, BY_SUBJECT}, {RULE_ACC_05, RULE_ACC_06, BY_TARGET},
    {RULE_DEL_01, RULE_DEL_04, BY_SUBJECT}, {RULE_DEL_02, RULE_DEL_04, BY_SUBJECT},
    {RULE_DEL_06, RULE_ACC_01, BY_TARGET},  {RULE_DEL_09, ANY_RULE, BY_RETURN},
    {RULE_DEL_12, RULE_DEL_04, BY_SUBJECT}, {RULE_RBC_05, RULE_DEL_03, BY_SUBJECT},
    {RULE_SPN_10, RULE_SPN_03, BY_SPN},     {RULE_TKT_01, RULE_ACC_01, BY_SUBJECT},
    {RULE_TKT_01, RULE_SPN_01, BY_SPN},     {RULE_TKT_01, RULE_SPN_02, BY_SPN},
    {RULE_TKT_01, RULE_SPN_03, BY_SPN},     {RULE_TKT_02, RULE_ACC_06, BY_SUBJECT},
    {RULE_TKT_03, RULE_SPN_05, BY_SPN},     {RULE_TKT_05, RULE_ACC_02, BY_SUBJECT},
    {RULE_TKT_05, RULE_ACC_03, BY_SUBJECT}, {RULE_TKT_05, RULE_DEL_03, BY_SUBJECT},
    {RULE_TKT_06, ANY_RULE, BY_PAIR},
};

/* Of one rule about one account, or of any that decides pairs: towards one account, or
 * by itself. */
typedef struct {
    guint rule;
    const Account *subject;
    const Account *target;
} Key;

typedef struct {
    const Audit *audit;
    GHashTable *index;     /* Key * -> GPtrArray of Finding * */
    GPtrArray *everywhere; /* of Finding *: they decide all pairs */
    GHashTable *causes;    /* Finding * -> Finding * */
} Derive;

static guint
key_hash(gconstpointer data)
{
    const Key *key = data;
    return key->rule * 31 + g_direct_hash(key->subject) * 17 + g_direct_hash(key->target);
}

static gboolean
key_equal(gconstpointer a, gconstpointer b)
{
    const Key *left = a, *right = b;
    return left->rule == right->rule && left->subject == right->subject &&
           left->target == right->target;
}

static const GPtrArray *
found(const Derive *derive, guint rule, const Account *subject, const Account *target)
{
    return g_hash_table_lookup(derive->index, &(Key){rule, subject, target});
}

static void
index_add(Derive *derive, guint rule, const Account *subject, const Account *target,
          Finding *finding)
{
    Key key = {rule, subject, target};
    GPtrArray *among = g_hash_table_lookup(derive->index, &key);
    if (!among) {
        among = g_ptr_array_new();
        g_hash_table_insert(derive->index, g_memdup2(&key, sizeof key), among);
    }
    g_ptr_array_add(among, finding);
}

/* Weak types decide a pair together with those of the other end. */
static bool
decides(RuleId rule)
{
    return rules[rule].order > 0 || rule == RULE_ACC_06;
}

static void
index_deciding(Derive *derive, Finding *finding)
{
    guint bits = finding_concern_bits(derive->audit, finding);
    const Account *subject = finding->subject_account;
    const Account *target = finding->target_account;
    if ((bits & (CONCERNS_OPERATOR | CONCERNS_DOMAIN | CONCERNS_GROUP)) != 0)
        g_ptr_array_add(derive->everywhere, finding);
    else if ((bits & CONCERNS_PAIR) != 0 && target)
        index_add(derive, ANY_RULE, subject, target, finding);
    else if ((bits & CONCERNS_TURNED) != 0 && target)
        index_add(derive, ANY_RULE, target, subject, finding);
    else if (subject)
        index_add(derive, ANY_RULE, subject, NULL, finding);
}

static void
index_all(Derive *derive)
{
    const GPtrArray *findings = derive->audit->findings;
    for (guint i = 0; i < findings->len; i++) {
        Finding *finding = findings->pdata[i];
        if (finding->status != STATUS_FAIL)
            continue;
        if (finding->subject_account)
            index_add(derive, finding->rule, finding->subject_account, NULL, finding);
        if (decides(finding->rule))
            index_deciding(derive, finding);
    }
}

/* Whether the cause's SPN is this one, or stands in for it. */
static bool
is_same_spn(const Finding *finding, const Finding *cause)
{
    g_autoptr(Spn) own = finding->spn ? spn_parse(finding->spn) : NULL;
    g_autoptr(Spn) other = cause->spn ? spn_parse(cause->spn) : NULL;
    return own && other && text_equal(own->host, other->host) &&
           (text_equal(own->class, other->class) ||
            (text_equal(other->class, SPN_HOST) &&
             !text_equal(own->class, SPN_MIGRATION)));
}

/* What is less grave would hide the other. */
static bool
may_carry(const Finding *cause, const Finding *finding)
{
    return cause != finding &&
           (cause->severity >= finding->severity || finding->status == STATUS_UNKNOWN);
}

static Finding *
first_of(const GPtrArray *among, const Finding *finding, bool by_spn)
{
    for (guint i = 0; among && i < among->len; i++)
        if (may_carry(among->pdata[i], finding) &&
            (!by_spn || is_same_spn(finding, among->pdata[i])))
            return among->pdata[i];
    return NULL;
}

static guint
place_of(const Finding *finding)
{
    return rules[finding->rule].order > 0 ? rules[finding->rule].order : G_MAXUINT;
}

/* The one that is to be fixed first, of those that bear on the pair. */
static void
take_first(const Derive *derive, const GPtrArray *among, const Pair *pair,
           const Finding *finding, Finding **best)
{
    for (guint i = 0; among && i < among->len; i++) {
        Finding *cause = among->pdata[i];
        if (may_carry(cause, finding) && finding_concerns(derive->audit, cause, pair) &&
            (!*best || place_of(cause) < place_of(*best)))
            *best = cause;
    }
}

static Finding *
decider_of(const Derive *derive, const Account *source, const Account *target,
           const Finding *finding)
{
    const Pair *pair =
        source && target ? audit_pair(derive->audit, source, target) : NULL;
    Finding *best = NULL;
    if (!pair)
        return NULL;
    take_first(derive, derive->everywhere, pair, finding, &best);
    take_first(derive, found(derive, ANY_RULE, target, NULL), pair, finding, &best);
    take_first(derive, found(derive, ANY_RULE, source, NULL), pair, finding, &best);
    take_first(derive, found(derive, ANY_RULE, source, target), pair, finding, &best);
    return best;
}

static Finding *
cause_by(const Derive *derive, gsize row, const Finding *finding)
{
    const Account *subject = finding->subject_account;
    const Account *target = finding->target_account;
    switch (rows[row].how) {
    case BY_SUBJECT:
        return first_of(found(derive, rows[row].from, subject, NULL), finding, false);
    case BY_TARGET:
        return target
                   ? first_of(found(derive, rows[row].from, target, NULL), finding, false)
                   : NULL;
    case BY_SPN:
        return first_of(found(derive, rows[row].from, subject, NULL), finding, true);
    case BY_PAIR:
        return decider_of(derive, subject, target, finding);
    case BY_RETURN:
        return decider_of(derive, target, subject, finding);
    }
    g_assert_not_reached();
}

static void
find_cause(Derive *derive, Finding *finding)
{
    for (gsize i = 0; finding->subject_account && i < G_N_ELEMENTS(rows); i++) {
        Finding *cause =
            rows[i].rule == finding->rule ? cause_by(derive, i, finding) : NULL;
        if (!cause)
            continue;
        g_hash_table_insert(derive->causes, finding, cause);
        return;
    }
}

/* The one at the end: what a finding follows from may itself follow. */
static const Finding *
root_of(const Derive *derive, const Finding *finding)
{
    const Finding *cause = g_hash_table_lookup(derive->causes, finding);
    for (gsize i = 0; cause && i < G_N_ELEMENTS(rows); i++) {
        const Finding *next = g_hash_table_lookup(derive->causes, cause);
        if (!next)
            break;
        cause = next;
    }
    return cause;
}

/* Who accepts the cause accepts what follows.  What was not read cannot be accepted. */
static void
inherit_waiver(Finding *finding, const Finding *root)
{
    const Waived *waived = root->waived;
    if (waived && !finding->waived && finding->status == STATUS_FAIL)
        finding_waive(finding, waived->by, waived->reason, waived->until);
}

static void
settle(const Derive *derive)
{
    const GPtrArray *findings = derive->audit->findings;
    /* Set for now, so that what follows is listed apart; the ids come after. */
    for (guint i = 0; i < findings->len; i++) {
        Finding *finding = findings->pdata[i];
        const Finding *root = root_of(derive, finding);
        if (!root)
            continue;
        inherit_waiver(finding, root);
        finding->because = text_intern(root->id);
    }
    findings_name(findings);
    for (guint i = 0; i < findings->len; i++) {
        Finding *finding = findings->pdata[i];
        const Finding *root = root_of(derive, finding);
        if (!root)
            continue;
        text_release(finding->because);
        finding->because = text_intern(root->id);
    }
}

void
findings_derive(const Audit *audit)
{
    Derive derive = {
        .audit = audit,
        .index = g_hash_table_new_full(key_hash, key_equal, g_free,
                                       (GDestroyNotify)g_ptr_array_unref),
        .everywhere = g_ptr_array_new(),
        .causes = g_hash_table_new(NULL, NULL),
    };
    index_all(&derive);
    for (guint i = 0; i < audit->findings->len; i++)
        find_cause(&derive, audit->findings->pdata[i]);
    settle(&derive);
    g_hash_table_unref(derive.causes);
    g_ptr_array_unref(derive.everywhere);
    g_hash_table_unref(derive.index);
}
