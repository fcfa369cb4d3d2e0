/* Security identifiers (MS-DTYP 2.4.2). */
#ifndef MODEL_SID_H
#define MODEL_SID_H

#include "base/bytes.h"

#include <glib.h>
#include <stdbool.h>

#define SID_SUB_MAX 15 /* MS-DTYP 2.4.2.2: SubAuthorityCount at most 15 */
#define SID_TEXT_MAX 200

typedef struct {
    guint64 authority;
    guint32 sub[SID_SUB_MAX];
    guint8 revision; /* 1; 0 marks "no SID" */
    guint8 count;    /* sub-authorities in use */
} Sid;

/* Reads one SID from `bytes`; on failure marks the reader as failed. */
bool
sid_read(Bytes *bytes, Sid *ret_sid);

/* The binary form as objectSid holds it: exactly `length` bytes. */
bool
sid_parse(const void *data, gsize length, Sid *ret_sid);

/* "S-1-5-21-..." */
bool
sid_parse_text(const char *text, Sid *ret_sid);

/* The text form (transfer full). */
char *
sid_format(const Sid *sid);

/* Appends the binary form. */
void
sid_write(const Sid *sid, GByteArray *out);

/* For GHashTable: keys are const Sid *. */
guint
sid_hash(gconstpointer sid);
gboolean
sid_equal(gconstpointer a, gconstpointer b);

static inline bool
sid_is_set(const Sid *sid)
{
    return sid->revision != 0;
}

/* The last sub-authority; 0 where there is none. */
guint32
sid_rid(const Sid *sid);

/* Whether `sid` is `domain` followed by exactly one RID. */
bool
sid_in_domain(const Sid *sid, const Sid *domain);

/* `domain` with `rid` appended. */
Sid
sid_of_rid(const Sid *domain, guint32 rid);

#endif
