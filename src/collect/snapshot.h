/* Everything that was read, as LDIF from which the same estate comes again.
 *
 * An entry per DN, however many searches brought it.  "# requesting:" above it
 * says, as in ldapsearch's output, what was asked for; "(Global Catalog)" there
 * that it is known in part.  Group memberships that the DC searched are written
 * as msds-memberTransitive (MS-ADA2 2.489), with one empty value where the
 * search found nobody.  What else belongs to the estate stands in comments at
 * the head, one SnapshotMark each:
 *
 *     # kcdaudit snapshot: 1
 *     # read whole: spn-owners
 *     # not read: WHAT <tab> WHY
 *
 * with backslash escapes as in C.  The entries that other DCs hold follow at the
 * end, each DC's below a line "# replica: DC <tab> WHY IT WAS NOT READ"; the DC
 * that the first part comes from has no entries there.  "# read whole: entries",
 * which only a hand-made file has, says that what is absent is empty.
 */
#ifndef COLLECT_SNAPSHOT_H
#define COLLECT_SNAPSHOT_H

#include "entry.h"
#include "model/estate.h"

#define MEMBERS_ATTRIBUTE "msds-memberTransitive"
#define SNAPSHOT_CATALOG "(Global Catalog)"

typedef struct Snapshot Snapshot;

Snapshot *
snapshot_new(void);
void
snapshot_free(Snapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)

/* Keeps one entry as it came; `asked`: bits of AttrId. */
void
snapshot_take(Snapshot *snapshot, const Entry *entry, guint64 asked, bool catalog);

/* Writes all of it, when the estate is complete; `replicas`: of const Snapshot
 * *, in the order of estate->replicas. */
void
snapshot_write(const Snapshot *snapshot, const Estate *estate, const GPtrArray *replicas,
               GString *out);

/* What the head of a snapshot says. */
typedef struct {
    bool is_snapshot;
    bool owners; /* estate->spns_forest_wide */
    bool tier0;
    bool delegations;
    bool dcs;
    bool policies;
    bool sites;
    bool trusts;
    bool upns;     /* estate->upns_read */
    bool entries;  /* absent is empty: no descriptors to judge by */
    char *replica; /* the entries from here on are this DC's; NULL: none yet */
    char *why;     /* why it was not read */
} SnapshotMark;

void
snapshot_mark_clear(SnapshotMark *mark);

/* Takes one comment line, without its "# "; gaps go to the estate. */
void
snapshot_take_comment(const char *text, SnapshotMark *mark, Estate *estate);

#endif
