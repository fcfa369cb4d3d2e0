/* The attributes of an account: how each is parsed, and what decides whether
 * the reader may read it. */
#ifndef COLLECT_ATTRIBUTES_H
#define COLLECT_ATTRIBUTES_H

#include "model/estate.h"

#include <ldap.h>

/* One attribute as it came: raw values, borrowed. */
typedef struct {
    Estate *estate;
    Account *account;
    const struct berval *values;
    guint count;
} Taking;

typedef struct Attribute {
    /* Stores the values; false, and nothing stored, where they are not what
     * the attribute's syntax says (a gap then names the first bad one). */
    bool (*parse)(const struct Attribute *attribute, const Taking *taking,
                  const char **ret_why);
    gsize field;              /* offset in Account, for parsers that share code */
    const char *guid;         /* schemaIDGUID (MS-ADA1, MS-ADA2, MS-ADA3) */
    const char *property_set; /* attributeSecurityGUID; NULL: in none */
    guint kinds;              /* AccountKind bits of accounts that may carry it */
    bool always;              /* on every account of those kinds: absent is unread */
    bool single;              /* single-valued */
    bool constructed;         /* made by the DC, only when asked for by name */
    bool in_gc;               /* in the partial attribute set (MS-ADA) */
    bool extra;               /* an audit is complete without it: never a gap */
} Attribute;

const Attribute *
attribute_of(AttrId attr);

/* The attribute of an LDAP name without options, of `length` bytes. */
bool
attribute_find(const char *name, gsize length, AttrId *ret_attr);

/* The bit of an attribute in a set. */
static inline guint64
attribute_bit(AttrId attr)
{
    return G_GUINT64_CONSTANT(1) << attr;
}

/* Stores values; those of a list are added to what the account holds.  What
 * does not parse becomes a gap that names the account and the value; false:
 * the attribute as a whole has to count as unread. */
bool
attribute_take(AttrId attr, const Taking *taking);

/* A gap that names the account and its first value. */
void
attribute_refuse(AttrId attr, const Taking *taking, const char *why);

/* Empties a list before it is read anew. */
void
attribute_clear(AttrId attr, Account *account);

/* Whether two accounts hold the same values, in whatever order and case. */
bool
attribute_same(AttrId attr, const Account *a, const Account *b);

/* Leaves the account as if it had never been read; its name stays. */
void
attribute_forget(AttrId attr, Account *account);

/* Integers as AD writes them: decimal, 32 bits, signed or not. */
bool
attribute_integer(const struct berval *value, gint64 low, gint64 high,
                  gint64 *ret_number);

/* Whether it is this word, in whatever case, blanks behind it aside. */
bool
attribute_says(const struct berval *value, const char *text);

/* A SID as a directory sends it, or as text, as ldbsearch writes it. */
bool
attribute_sid(const struct berval *value, Sid *ret_sid);

/* GeneralizedTime in UTC or with an offset, as microseconds since 1970. */
bool
attribute_time(const struct berval *value, gint64 *ret_us);

/* Bytes of a value for a message: valid UTF-8, shortened (transfer full). */
char *
attribute_show(const struct berval *value);

#endif
