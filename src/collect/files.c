/* Adds up what accounts carry by file and domain, and judges what is on none of them. */
#include "files.h"

#include "model/wellknown.h"

#define RID_ADMINISTRATOR 500
#define RID_DOMAIN_ADMINS 512

/* What one file has of one domain. */
typedef struct {
    guint64 shown; /* attributes that some account carries */
    guint64 never; /* those it was exported without */
    bool accounts; /* users or computers */
    bool computers;
    bool krbtgt; /* which every export of a domain holds */
    bool admins; /* the administrator or their group: somebody is in groups */
    bool owners; /* somebody besides krbtgt shows SPNs */
    bool lost;   /* somebody's SPNs were not exported */
} Part;

struct Files {
    const Builder *builder;
    guint rows;   /* files */
    guint places; /* domains, and whatever lies in none */
    Part *parts;  /* by file, and in it by domain */
};

static guint
place_of(const Files *files, const Account *account)
{
    const Estate *estate = files->builder->estate;
    const Domain *domain = estate_domain_of(estate, account->dn);
    guint place = 0;
    while (place < estate->domains->len && estate->domains->pdata[place] != domain)
        place++;
    return place;
}

static Part *
part_of(const Files *files, guint file, const Account *account)
{
    return &files->parts[file * files->places + place_of(files, account)];
}

static void
add_account(Part *part, const Account *account, guint64 shown)
{
    const Sid *sid = &account->sid;
    guint32 rid = sid_is_set(sid) && !sid_is_builtin(sid) ? sid_rid(sid) : 0;
    part->shown |= shown;
    part->admins |= rid == RID_ADMINISTRATOR || rid == RID_DOMAIN_ADMINS;
    if (account->kinds != 0 && (account->kinds & (KIND_COMPUTER | KIND_USER)) == 0)
        return;
    part->accounts = true;
    part->computers |= (account->kinds & KIND_COMPUTER) != 0;
    part->krbtgt |= rid == RID_KRBTGT;
    part->owners |= rid != RID_KRBTGT && (shown & attribute_bit(ATTR_SPN)) != 0;
}

Files *
files_new(const Builder *builder)
{
    const Estate *estate = builder->estate;
    Files *files = g_new0(Files, 1);
    files->builder = builder;
    files->rows = builder->file + 1;
    files->places = estate->domains->len + 1;
    files->parts = g_new0(Part, (gsize)files->rows * files->places);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        const Taken *taken = builder_taken(builder, account);
        if (taken)
            add_account(part_of(files, taken->file, account), account, taken->shown);
    }
    for (guint i = 0; i < builder->shown->len; i++) {
        const Shown *shown = &g_array_index(builder->shown, Shown, i);
        const Account *account = shown->taken->account;
        add_account(part_of(files, shown->file, account), account, shown->shown);
    }
    return files;
}

void
files_free(Files *files)
{
    if (!files)
        return;
    g_free(files->parts);
    g_free(files);
}

guint64
files_show(const Files *files, guint file, const Taken *taken)
{
    return part_of(files, file, taken->account)->shown;
}

static bool
lacks(const Part *part, AttrId attr)
{
    return (part->shown & attribute_bit(attr)) == 0;
}

/* As port 3268 answers: nothing but what a catalog holds.  It shows few memberships. */
static bool
is_catalog(const Part *part)
{
    guint64 others = 0;
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        if (!attribute_of(attr)->in_gc && attr != ATTR_MEMBER_OF && attr != ATTR_MEMBER &&
            attr != ATTR_SECURITY)
            others |= attribute_bit(attr);
    return part->accounts && (part->shown & others) == 0;
}

/* What some account there would carry if it had been exported: without pwdLastSet, which
 * all have, anything; else SPNs. */
static guint64
lost_of(const Part *part)
{
    if (part->accounts && lacks(part, ATTR_PASSWORD_SET))
        return ~part->shown;
    return part->computers || part->krbtgt ? attribute_bit(ATTR_SPN) & ~part->shown : 0;
}

/* A file of its own may have been exported in another way than the rest.  Computers have
 * their names and encryption types, the administrators are in groups; and what decides,
 * and is elsewhere, may be on nobody in a part of a domain that was exported by a list of
 * attributes.  A catalog shows memberships, and not all. */
static guint64
lost_beside(const Part *part, guint64 seen)
{
    static const AttrId deciding[] = {ATTR_DELEGATE_TO, ATTR_RBCD, ATTR_MEMBER_OF};
    bool listed = part->accounts && !part->krbtgt && (part->shown & SHOWN_WHOLE) == 0;
    guint64 lost = 0;
    if (part->computers)
        lost |= attribute_bit(ATTR_DNS_NAME) | attribute_bit(ATTR_ETYPES);
    if (part->admins)
        lost |= attribute_bit(ATTR_MEMBER_OF);
    for (guint i = 0; listed && i < G_N_ELEMENTS(deciding); i++)
        lost |= attribute_bit(deciding[i]) & seen;
    lost &= ~part->shown;
    return is_catalog(part) ? lost | attribute_bit(ATTR_MEMBER_OF) : lost;
}

/* Whether more than one file or domain holds accounts: else what all carry tells. */
static bool
are_several(const Files *files)
{
    guint count = 0;
    for (guint i = 0; i < files->rows * files->places; i++)
        count += files->parts[i].accounts;
    return count > 1;
}

/* What accounts that stand in several files miss in the earlier ones: Taken -> guint64 *.
 */
static GHashTable *
never_before(const Files *files)
{
    const GArray *all = files->builder->shown;
    GHashTable *before = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (guint i = 0; i < all->len; i++) {
        const Shown *shown = &g_array_index(all, Shown, i);
        guint64 never = part_of(files, shown->file, shown->taken->account)->never;
        guint64 *known = g_hash_table_lookup(before, shown->taken);
        if (known)
            *known &= never;
        else
            g_hash_table_insert(before, shown->taken, g_memdup2(&never, sizeof never));
    }
    return before;
}

/* Only a catalog's memberships are there and still not all. */
static guint64
mistrust_one(Part *part, Taken *taken, guint64 never)
{
    guint64 bit = attribute_bit(ATTR_SPN);
    bool bears = taken->account->kinds == 0 ||
                 (taken->account->kinds & (KIND_COMPUTER | KIND_USER)) != 0;
    never &= taken->asked;
    part->lost |= bears && (never & ~taken->seen & bit) != 0;
    taken->asked &= ~never;
    taken->seen &= ~(never & attribute_bit(ATTR_MEMBER_OF));
    return never;
}

guint64
files_mistrust(Files *files, guint64 seen)
{
    const GPtrArray *accounts = files->builder->estate->accounts;
    guint64 concerned = 0;
    if (!are_several(files))
        return 0;
    bool beside = files->builder->estate->files->len > 1;
    for (guint i = 0; i < files->rows * files->places; i++) {
        Part *part = &files->parts[i];
        part->never = lost_of(part) | (beside ? lost_beside(part, seen) : 0);
    }
    g_autoptr(GHashTable) before = never_before(files);
    for (guint i = 0; i < accounts->len; i++) {
        Taken *taken = builder_taken(files->builder, accounts->pdata[i]);
        Part *part = taken ? part_of(files, taken->file, taken->account) : NULL;
        const guint64 *more = taken ? g_hash_table_lookup(before, taken) : NULL;
        if (taken)
            concerned |= mistrust_one(part, taken, part->never & (more ? *more : ~0ULL));
    }
    return concerned;
}

bool
files_show_owners(const Files *files, guint domain)
{
    bool owners = false;
    for (guint row = 0; row < files->rows; row++) {
        const Part *part = &files->parts[row * files->places + domain];
        if (part->lost)
            return false;
        owners = owners || part->owners;
    }
    return owners;
}
