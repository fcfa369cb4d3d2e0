/* Self-relative security descriptors (MS-DTYP 2.4.4 - 2.4.6) and the access
 * check a KDC makes with one (MS-DTYP 2.5.3.2, MS-SFU 3.2.5.2.3). */
#ifndef MODEL_SECDESC_H
#define MODEL_SECDESC_H

#include "model/sid.h"
#include "model/tri.h"

/* Rights (MS-ADTS 5.1.3.2). */
#define RIGHT_SELF 0x00000008u /* validated write */
#define RIGHT_READ_PROPERTY 0x00000010u
#define RIGHT_WRITE_PROPERTY 0x00000020u
#define RIGHT_CONTROL_ACCESS 0x00000100u /* what RBCD asks for */
#define RIGHT_READ_CONTROL 0x00020000u
#define RIGHT_WRITE_DACL 0x00040000u
#define RIGHT_WRITE_OWNER 0x00080000u
#define RIGHT_GENERIC_ALL 0x10000000u
#define RIGHT_GENERIC_EXECUTE 0x20000000u
#define RIGHT_GENERIC_WRITE 0x40000000u
#define RIGHT_GENERIC_READ 0x80000000u
#define RIGHT_RBCD_USUAL 0x000F01FFu /* what Windows writes */

typedef enum {
    ACE_ALLOW = 0,
    ACE_DENY = 1,
    ACE_ALLOW_OBJECT = 5,
    ACE_DENY_OBJECT = 6,
    ACE_ALLOW_CALLBACK = 9, /* callback ACEs hold a condition: not evaluated */
    ACE_DENY_CALLBACK = 10,
    ACE_ALLOW_CALLBACK_OBJECT = 11,
    ACE_DENY_CALLBACK_OBJECT = 12,
} AceType; /* other values are kept as they are: not evaluated */

#define ACE_FLAG_INHERIT_ONLY 0x08
#define ACE_FLAG_INHERITED 0x10

typedef struct {
    guint8 data[16];
} Guid;

typedef struct {
    guint8 type; /* AceType, or any other value */
    guint8 flags;
    guint32 mask;
    bool has_object; /* object ACE with an ObjectType GUID */
    Guid object;
    bool has_inherited_object; /* with an InheritedObjectType GUID */
    Sid sid;                   /* not set where the type is not known, and where a
                                * callback or audit ACE holds none */
    gsize at;                  /* its offset in the descriptor */
} Ace;

typedef enum {
    DACL_ABSENT, /* SE_DACL_PRESENT clear: everyone has every right */
    DACL_NULL,   /* present, offset 0: everyone has every right */
    DACL_LIST,   /* present; may be empty: nobody has any right */
} DaclState;

typedef struct {
    guint16 control;
    Sid owner; /* revision 0: none */
    DaclState dacl;
    GArray *aces; /* of Ace, in order */
} SecDesc;

/* (transfer full) FAULT_MALFORMED: at which byte and why. */
bool
secdesc_parse(const void *data, gsize length, SecDesc **ret_descriptor, GError **error);

void
secdesc_free(SecDesc *descriptor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SecDesc, secdesc_free)

typedef enum { ACCESS_DENIED, ACCESS_GRANTED } Access;

typedef struct {
    Access access;
    int ace;          /* the ACE that decided; -1: none did (implicit deny, or
                       * no DACL) */
    bool unevaluated; /* an object, callback or unknown ACE that names the token
                       * was passed over: say so */
    bool named;       /* some effective ACE names a SID of the token */
    bool by_generic;  /* the answer hangs on generic rights in ACEs: a KDC that
                       * does not map them gives the other one */
} AccessResult;

/* Whether the token (a set of Sid: GHashTable of const Sid *) has every right
 * of `wanted`, by the ACEs in order; inherit-only ACEs and object ACEs are not
 * applied; generic rights in ACEs are mapped as for AD objects. */
AccessResult
secdesc_check(const SecDesc *descriptor, GHashTable *token, guint32 wanted);

/* The same for one property of an AD object: object ACEs count where their
 * ObjectType is absent, `attribute` or `property_set` (either may be NULL). */
Access
secdesc_check_property(const SecDesc *descriptor, GHashTable *token, guint32 wanted,
                       const Guid *attribute, const Guid *property_set);

/* Whether a SID is in a token. */
typedef Tri (*TokenHas)(const Sid *sid, gpointer token);

/* What a KDC's answer hangs on that cannot be seen. */
typedef enum {
    DOUBT_NONE,
    DOUBT_MEMBER,    /* whether the SID of the ACE is in the token */
    DOUBT_CONDITION, /* whether the condition of a callback ACE holds */
    DOUBT_OBJECT,    /* an object ACE without an object: plain by MS-DTYP 2.5.3.2,
                      * and passed over by Samba */
    DOUBT_GENERIC,   /* a denial of a generic right, which KDCs need not map */
    DOUBT_KIND,      /* an ACE of a type that is not known */
    DOUBT_NO_OWNER,  /* a KDC may refuse a descriptor without owner */
    DOUBT_NO_DACL,   /* without a list Windows grants, and Samba refuses */
    DOUBT_OLD_KDCS,  /* no KDC that is known of is new enough for RBCD */
} Doubt;

typedef struct {
    Tri granted;
    Doubt doubt;      /* the first one that turns the answer; DOUBT_NONE: decided */
    int ace;          /* the ACE of the doubt, else the one that decided; -1: none */
    bool otherwise;   /* in doubt: granted as long as nothing doubtful applies */
    bool named;       /* some effective ACE names a SID that is in the token */
    bool inherits;    /* an inherit-only one would let it in */
    bool unevaluated; /* an ACE that names the token was passed over: say so */
    bool by_generic;  /* it hangs on a generic right: see secdesc_check */
} Decision;

/* Whether a KDC grants RIGHT_CONTROL_ACCESS by the descriptor to a token that is
 * known in part: YES and NO hold whichever doubtful SIDs are in it and whichever
 * doubtful ACEs apply. */
Decision
secdesc_decide(const SecDesc *descriptor, TokenHas has, gpointer token);
/* The same by the ACEs at `places` (of guint, in order; NULL: all), where the token has
 * none of the others' SIDs. */
Decision
secdesc_decide_by(const SecDesc *descriptor, const GArray *places, TokenHas has,
                  gpointer token);

/* Whether a token that is known in part has one right to a property of an AD object, as
 * secdesc_check_property: unknown where it hangs on who is in the token, or on an ACE
 * that nobody but a DC evaluates. */
Tri
secdesc_decide_property(const SecDesc *descriptor, TokenHas has, gpointer token,
                        guint32 right, const Guid *attribute, const Guid *property_set);

/* Whose token an ACE of the descriptor's list is about; NULL: nobody's. */
const Sid *
ace_names(const SecDesc *descriptor, const Ace *ace);

/* Whether an ACE of this type denies, or may. */
bool
ace_denies(const Ace *ace);

/* A new descriptor (transfer full): `old` (may be NULL) with one more ACE
 * "allow RIGHT_RBCD_USUAL to `sid`" after all that stand; owner Builtin
 * Administrators where there is none.  *old_data must be a descriptor that
 * parses.  NULL where the ACL would pass 64 KiB, and where `old` has no list:
 * everybody is granted everything then, and a list would take that away. */
GByteArray *
secdesc_with_grant(const void *old_data, gsize old_length, const Sid *sid);

/* A new descriptor (transfer full): `old`, which must parse, without the ACEs
 * that name `sid`; with `denials` only without its plain deny ACEs.  Owner,
 * group, control, SACL and the other ACEs stay byte for byte.  NULL where
 * nothing would change.  The list may end up empty: nobody is granted. */
GByteArray *
secdesc_without(const void *old_data, gsize old_length, const Sid *sid, bool denials);

/* GUIDs are stored little-endian in the first three fields. */
bool
guid_parse(const char *text, Guid *ret_guid);

#endif
