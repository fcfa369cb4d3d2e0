/* What reading LDIF files and settling what was read share. */
#ifndef COLLECT_OFFLINE_PARTS_H
#define COLLECT_OFFLINE_PARTS_H

#include "builder.h"
#include "snapshot.h"

/* Entries of another DC, kept apart. */
typedef struct {
    char *dc;
    char *why; /* why it was not read */
    Estate *estate;
    Builder *builder;
} Copy;

typedef struct {
    const CollectPlan *plan;
    bool audit;       /* else only names and SPNs matter */
    bool pasted;      /* each entry says what was asked for */
    const char *name; /* of the file at hand */
    Builder *builder;
    struct Again *again; /* of LDIF that is no snapshot: the builder's */
    /* The "# requesting:" line that `reading` was made from. */
    char *requesting;
    Reading reading;
    SnapshotMark mark;
    GPtrArray *copies; /* of Copy * */
    bool cut;          /* an export ends before its end */
    bool cut_entry;    /* so does the entry to come */
    Origin *origin;    /* of the file at hand (the estate's); NULL: of pasted text */
    Origin *ldif;      /* of all LDIF files; NULL: none so far */
    gint64 changed_us; /* the newest whenChanged in these; 0: none */
} Offline;

static inline bool
are_several(const Estate *estate)
{
    return estate->files->len > 1;
}

/* Judges what all files hold together, and what they do not. */
bool
offline_settle(Offline *offline, GError **error);

#endif
