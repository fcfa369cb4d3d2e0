/* Where an estate's data comes from, and of when it is: for whoever has to trust it. */
#ifndef MODEL_ORIGIN_H
#define MODEL_ORIGIN_H

#include <glib.h>
#include <stdbool.h>

/* What tells the time of the data. */
typedef enum {
    DATED_NOT,    /* nothing */
    DATED_READ,   /* it was read at once: this machine's clock */
    DATED_CLOCK,  /* the DC's clock, in the rootDSE of a file */
    DATED_SAVED,  /* the file says when it was saved */
    DATED_NEWEST, /* its newest change: the file may have been made later */
    DATED_COUNT
} Dated;

/* "read", "clock", "saved", "newest-change"; NULL for DATED_NOT. */
extern const char *const dated_names[DATED_COUNT];

typedef struct {
    char *path;   /* as it was given; "-": standard input */
    char *sha256; /* of the bytes as they were read, in hexadecimal */
    guint64 bytes;
} OriginFile;

/* A DC, or files that are read as one directory. */
typedef struct {
    const char *kind; /* "ldap" | "ldif" | "adexplorer" */
    char *uri;        /* the URI, or the names of the files */
    char *dc;         /* NULL: not known */
    char *domain;     /* its DNS name; NULL: not known */
    gint64 data_us;   /* 0: nothing tells */
    Dated dated;
    bool snapshot;    /* kcdaudit wrote the file */
    GPtrArray *files; /* of OriginFile *; empty: "ldap" */
} Origin;

Origin *
origin_new(const char *kind);
void
origin_free(Origin *origin);

/* Adds a file of so many bytes; its name is added to the URI. */
void
origin_add_file(Origin *origin, const char *path, const char *name, guint64 bytes,
                const char *sha256);

#endif
