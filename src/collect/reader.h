/* A reading under way: one connection per domain, and what its steps share. */
#ifndef COLLECT_READER_H
#define COLLECT_READER_H

#include "batches.h"
#include "search.h"

/* What all domains of a reading share. */
typedef struct {
    const LiveOptions *options;
    const CollectPlan *plan;
    const Queries *queries;
    Estate *estate;      /* borrowed */
    Builder *builder;    /* borrowed */
    GPtrArray *lives;    /* of Live *; the first is the domain audited */
    GPtrArray *members;  /* of MemberJobs * */
    GPtrArray *partners; /* of char *: hosts that lists name, and nothing else showed */
    GPtrArray *replica_pages; /* of Snapshot *, as estate->replicas; for a snapshot */
} Reader;

/* One domain, read over one connection. */
typedef struct {
    Reader *reader;
    Directory *directory;
    bool first_of_forest; /* its configuration stands for the forest's */
    bool owned;           /* the connection is ours to close */
    Engine *engine;
    const RootDse *root;
    bool lost;              /* the connection failed: nothing more is asked of it */
    GPtrArray *tier0;       /* of Job *: what tells who is Tier 0 */
    GPtrArray *owners;      /* of Job *: who holds the SPNs that matter */
    const Job *hosts;       /* the Hyper-V hosts; NULL: others were named */
    const Job *delegations; /* who delegates; NULL: not asked */
    const Job *dcs;         /* the DCs' accounts; NULL: not asked yet */
    const Job *trusts;      /* the domain's trusts; NULL: not asked */
} Live;

/* A group, and the searches that find its members. */
typedef struct {
    char *dn;
    const Job *list; /* its own list of them; NULL: not asked for, or of no use */
    GPtrArray *jobs; /* of const Job *: of those who say that they are in it */
    bool direct;     /* they find direct members; groups among them go on */
    bool listed;     /* those in the list were asked for */
    bool expanded;   /* the groups among the members were asked for */
    bool inner;      /* only asked for because it is in another */
    bool wanted;     /* its members are to be audited */
} MemberJobs;

void
reader_init(Reader *reader, const LiveOptions *options, const CollectPlan *plan,
            const Queries *queries, Estate *estate, Builder *builder);
void
reader_clear(Reader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

/* A domain over a bound connection, and its rootDSE; the first is the one
 * audited.  Takes the connection over where `owned`, also on failure.  FAULT_UNREACHABLE,
 * FAULT_CONFIG, FAULT_MALFORMED. */
bool
reader_add(Reader *reader, Directory *directory, bool owned, Live **ret_live,
           GError **error);

/* That `job` looks for members of the group, nested ones too. */
void
reader_note_members(Reader *reader, const char *group_dn, const Job *job, bool wanted);

/* Queues the search for the direct members of a group. */
void
reader_ask_members(Reader *reader, const char *group_dn);

/* Queues what the members' lists name, and the same for groups that were found in such
 * groups; false: none. */
bool
reader_ask_nested(Reader *reader);

/* Whether all direct members of the group were read, and the groups among them asked for
 * theirs. */
bool
reader_knows_members(const Reader *reader, const MemberJobs *members);

/* Whether groups may be asked for so many levels up; a gap where they are too many. */
bool
reader_may_go_up(const Reader *reader, guint level);

/* Who was found in the group (of Account *, transfer container), nested ones too: not all
 * of them where a search did not end well. */
GPtrArray *
reader_members_found(const Reader *reader, const char *group_dn);

/* Records in the estate who is in which group, where all searches for its
 * members ended well.  May be called again. */
void
reader_take_members(const Reader *reader);

/* Queues a query; `name` and `text` are the placeholder that it has beside
 * {domain}, {config} and {scope} (both may be NULL). */
Job *
live_ask(const Live *live, QueryId id, const char *name, const char *text);

/* The same for every batch of terms; the jobs are added to `jobs` (may be
 * NULL).  Frees the batches. */
void
live_ask_batches(const Live *live, QueryId id, const char *name, Batches *batches,
                 GPtrArray *jobs);

/* Queues the same for DNs (of const char *), each in the domain that holds it; whether
 * any does. */
bool
reader_ask_by_dn(const Reader *reader, QueryId id, const GPtrArray *dns);

/* Whether all of the jobs (of Job *) ended well. */
bool
jobs_complete(const GPtrArray *jobs);

/* The domain that is read there (transfer none). */
const Domain *
live_domain(const Live *live);

/* The account of the domain's RID among those read; NULL: it is not there. */
const Account *
live_find_rid(const Live *live, guint32 rid);

/* Whether a DN lies in the domain that is read there, and in none below it
 * that is read elsewhere. */
bool
live_holds(const Live *live, const char *dn);

/* Whether a container or group that somebody named is to be asked for there:
 * where it lies, else in the audited domain, whose DC says what is wrong. */
bool
live_is_place_for(const Live *live, const char *dn);

/* Whether somebody named a host, a person or a container in that domain (naming.c). */
bool
live_plan_names(const CollectPlan *plan, const Domain *domain);

#endif
