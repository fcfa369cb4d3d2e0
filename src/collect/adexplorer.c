/* Reads an AD Explorer snapshot object by object, every offset checked. */
#include "adexplorer.h"

#include "attributes.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "base/utf16.h"

#include <string.h>

#define SIGNATURE "win-ad-ob" /* with its NUL */
#define AT_TIME 14
#define AT_SERVER 542
#define AT_COUNTS 1062
#define AT_OBJECTS 0x43E
#define PROPERTY_GUIDS 36 /* bytes behind a property's names that are not needed */
#define NAME_MAX_BYTES 512

/* Values are shared between objects, so that a small file may stand for a large domain:
 * a real one holds about as much as its size. */
#define SHARED_TIMES 32
#define VALUE_COST 64 /* with its text, however short */

#define FILETIME_1970 G_GINT64_CONSTANT(116444736000000000)

/* ADSTYPEENUM (iads.h) */
typedef enum {
    TYPE_DN = 1,
    TYPE_CASE_EXACT,
    TYPE_CASE_IGNORE,
    TYPE_PRINTABLE,
    TYPE_NUMERIC,
    TYPE_BOOLEAN,
    TYPE_INTEGER,
    TYPE_OCTETS,
    TYPE_TIME,
    TYPE_LARGE_INTEGER,
    TYPE_OBJECT_CLASS = 12,
    TYPE_DESCRIPTOR = 25,
} AdsType;

typedef struct {
    char *name;
    guint32 type;
} Property;

typedef struct {
    const char *name; /* the file's */
    Bytes bytes;
    GArray *properties; /* of Property */
    gsize budget;       /* bytes of values that may still be made */
    /* Of the object at hand. */
    gsize object;
    GArray *attributes; /* of EntryAttribute, the values by index until all are there */
    GArray *values;     /* of struct berval */
    GPtrArray *owned;   /* of char * */
} Explorer;

static void
property_clear(gpointer data)
{
    g_free(((Property *)data)->name);
}

bool
adexplorer_is(const char *data, gsize length)
{
    return length >= sizeof SIGNATURE && memcmp(data, SIGNATURE, sizeof SIGNATURE) == 0;
}

static bool
refuse(const Explorer *file, gsize at, const char *what, GError **error)
{
    return fault_set(
        error, FAULT_MALFORMED,
        "%s: this AD Explorer snapshot does not parse at byte %" G_GSIZE_FORMAT
        " (%s): take it again, or export the domain with ldifde -f FILE -d "
        "DC=...",
        file->name, at, what);
}

static bool
is_cut(const Explorer *file, GError **error)
{
    return refuse(file, file->bytes.failed_at, "the file ends before it", error);
}

static guint64
u64(Bytes *bytes)
{
    guint64 low = bytes_u32_le(bytes);
    return low | (guint64)bytes_u32_le(bytes) << 32;
}

/* `length` bytes of a name of the table (transfer full); NULL: none that can be one. */
static char *
take_name(Bytes *bytes)
{
    guint32 length = bytes_u32_le(bytes);
    if (length > NAME_MAX_BYTES * 16)
        return NULL;
    const guint8 *text = bytes_span(bytes, length);
    return text ? utf16_decode(text, length >= 2 ? length - 2 : 0, false, NULL) : NULL;
}

static bool
is_sound_name(const char *name)
{
    gsize length = strlen(name);
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum(name[i]) && !strchr("-._", name[i]))
            return false;
    return length > 0 && length < NAME_MAX_BYTES / 2;
}

static bool
read_properties(Explorer *file, gsize at, GError **error)
{
    Bytes *bytes = &file->bytes;
    bytes_seek(bytes, at);
    guint32 count = bytes_u32_le(bytes);
    for (guint32 i = 0; i < count && !bytes->failed; i++) {
        gsize here = bytes->at;
        Property property = {.name = take_name(bytes)};
        bytes_u32_le(bytes);
        property.type = bytes_u32_le(bytes);
        g_autofree char *dn = take_name(bytes);
        bytes_span(bytes, PROPERTY_GUIDS);
        bool sound = property.name && dn && is_sound_name(property.name);
        g_array_append_val(file->properties, property);
        if (!bytes->failed && !sound)
            return refuse(file, here, "no property of a schema", error);
    }
    return !bytes->failed || is_cut(file, error);
}

/* Values */

static bool
charge(Explorer *file, gsize cost)
{
    bool enough = cost <= file->budget;
    file->budget -= enough ? cost : file->budget;
    return enough;
}

static void
add_value(Explorer *file, const void *text, gsize length)
{
    struct berval value = {length, (char *)(gpointer)(guintptr)text};
    g_array_append_val(file->values, value);
}

static void
add_text(Explorer *file, char *text)
{
    g_ptr_array_add(file->owned, text);
    add_value(file, text, strlen(text));
}

/* The string of UTF-16 that ends with a NUL at an offset from the start of the value. */
static const char *
add_string(Explorer *file, gsize start, guint32 offset)
{
    const Bytes *all = &file->bytes;
    gsize from = start + offset, to = from;
    if (from >= all->length)
        return "a text behind the end";
    while (to + 1 < all->length && (all->data[to] != 0 || all->data[to + 1] != 0))
        to += 2;
    if (to + 1 >= all->length)
        return "a text without end";
    if (!charge(file, to - from))
        return "its values are larger than any domain's";
    gsize bad;
    char *text = utf16_decode(all->data + from, to - from, false, &bad);
    add_text(file, text);
    return bad < to - from ? "a text that is no UTF-16" : NULL;
}

/* GeneralizedTime from a SYSTEMTIME. */
static const char *
add_time(Explorer *file, Bytes *value)
{
    guint part[8] = {0};
    for (guint i = 0; i < G_N_ELEMENTS(part); i++)
        part[i] = bytes_u16_le(value);
    if (part[1] < 1 || part[1] > 12 || part[3] < 1 || part[3] > 31 || part[4] > 23 ||
        part[5] > 59 || part[6] > 60 || part[0] > 9999)
        return value->failed ? NULL : "no time";
    add_text(file, g_strdup_printf("%04u%02u%02u%02u%02u%02u.0Z", part[0], part[1],
                                   part[3], part[4], part[5], part[6]));
    return NULL;
}

static const char *
add_strings(Explorer *file, Bytes *value, gsize start, guint32 count)
{
    const char *trouble = NULL;
    for (guint32 i = 0; i < count && !trouble && !value->failed; i++) {
        guint32 offset = bytes_u32_le(value);
        trouble = value->failed ? NULL : add_string(file, start, offset);
    }
    return trouble;
}

/* All lengths, then all values. */
static const char *
add_octets(Explorer *file, Bytes *value, guint32 count)
{
    Bytes lengths = *value;
    bytes_span(value, (gsize)count * 4);
    for (guint32 i = 0; i < count && !value->failed; i++) {
        guint32 length = bytes_u32_le(&lengths);
        const guint8 *octets = bytes_span(value, length);
        if (!charge(file, length))
            return "its values are larger than any domain's";
        if (octets)
            add_value(file, octets, length);
    }
    return NULL;
}

static const char *
add_descriptor(Explorer *file, Bytes *value)
{
    guint32 length = bytes_u32_le(value);
    const guint8 *octets = bytes_span(value, length);
    if (!charge(file, length))
        return "its values are larger than any domain's";
    if (octets)
        add_value(file, octets, length);
    return NULL;
}

static const char *
add_scalar(Explorer *file, Bytes *value, guint32 type)
{
    switch (type) {
    case TYPE_BOOLEAN:
        add_text(file, g_strdup(bytes_u32_le(value) != 0 ? "TRUE" : "FALSE"));
        return NULL;
    case TYPE_INTEGER:
        add_text(file, g_strdup_printf("%d", (gint32)bytes_u32_le(value)));
        return NULL;
    case TYPE_LARGE_INTEGER:
        add_text(file, g_strdup_printf("%" G_GINT64_FORMAT, (gint64)u64(value)));
        return NULL;
    case TYPE_DESCRIPTOR:
        return add_descriptor(file, value);
    default:
        return add_time(file, value);
    }
}

/* What is wrong with a value; NULL: nothing.  Types that no attribute of ours has are
 * left out. */
static const char *
read_values(Explorer *file, const Property *property, Bytes *value, gsize start)
{
    AttrId attr;
    guint32 count = bytes_u32_le(value);
    if (count > (value->length - value->at) / 4)
        return value->failed ? NULL : "more values than the file can hold";
    if (!charge(file, (gsize)count * VALUE_COST))
        return "its values are larger than any domain's";
    switch (property->type) {
    case TYPE_DN:
    case TYPE_CASE_EXACT:
    case TYPE_CASE_IGNORE:
    case TYPE_PRINTABLE:
    case TYPE_NUMERIC:
    case TYPE_OBJECT_CLASS:
        return add_strings(file, value, start, count);
    case TYPE_OCTETS:
        return add_octets(file, value, count);
    case TYPE_BOOLEAN:
    case TYPE_INTEGER:
    case TYPE_LARGE_INTEGER:
    case TYPE_TIME:
    case TYPE_DESCRIPTOR:
        for (guint32 i = 0; i < count && !value->failed; i++) {
            const char *trouble = add_scalar(file, value, property->type);
            if (trouble)
                return trouble;
        }
        return NULL;
    default:
        return attribute_find(property->name, strlen(property->name), &attr)
                   ? "a type that the attribute cannot have"
                   : NULL;
    }
}

/* A directory gives a long attribute in parts, of which the program may have kept the
 * first: then the rest was not read. */
static bool
may_be_cut(guint count)
{
    return count == 1500 || count == 5000;
}

static const char *
read_attribute(Explorer *file, guint32 index, gint32 offset, gsize *ret_at)
{
    gint64 at = (gint64)file->object + offset;
    if (index >= file->properties->len)
        return "a property that is not in the table";
    if (at < 0 || (guint64)at > file->bytes.length)
        return "a value outside of the file";
    const Property *property = &g_array_index(file->properties, Property, index);
    Bytes value = file->bytes;
    guint before = file->values->len;
    *ret_at = (gsize)at;
    bytes_seek(&value, (gsize)at);
    const char *trouble = read_values(file, property, &value, (gsize)at);
    if (trouble || value.failed)
        return trouble ? trouble : "a value behind the end";
    EntryAttribute attribute = {.count = file->values->len - before};
    char *name = property->name;
    if (may_be_cut(attribute.count)) {
        name = g_strdup_printf("%s;range=0-%u", property->name, attribute.count - 1);
        g_ptr_array_add(file->owned, name);
    }
    attribute.name = (struct berval){strlen(name), name};
    if (attribute.count > 0)
        g_array_append_val(file->attributes, attribute);
    return NULL;
}

/* Objects */

static bool
give_entry(Explorer *file, const LdifHandler *handler, GError **error)
{
    struct berval *next = (struct berval *)(void *)file->values->data;
    for (guint i = 0; i < file->attributes->len; i++) {
        EntryAttribute *attribute = &g_array_index(file->attributes, EntryAttribute, i);
        attribute->values = next;
        next += attribute->count;
    }
    Entry entry = {.attributes = (const EntryAttribute *)(void *)file->attributes->data,
                   .count = file->attributes->len};
    const EntryAttribute *dn = entry_find(&entry, "distinguishedName");
    if (!dn || dn->values[0].bv_len == 0)
        return refuse(file, file->object, "an object without distinguishedName", error);
    entry.dn = dn->values[0];
    handler->entry(&entry, NULL, handler->data);
    return true;
}

/* *ret_size: to the next object. */
static bool
read_object(Explorer *file, const LdifHandler *handler, guint32 *ret_size, GError **error)
{
    Bytes *bytes = &file->bytes;
    g_array_set_size(file->attributes, 0);
    g_array_set_size(file->values, 0);
    g_ptr_array_set_size(file->owned, 0);
    file->object = bytes->at;
    guint32 size = bytes_u32_le(bytes), count = bytes_u32_le(bytes);
    if (!bytes->failed && (size < 8 || count > (size - 8) / 8))
        return refuse(file, file->object, "an object smaller than its list", error);
    for (guint32 i = 0; i < count && !bytes->failed; i++) {
        gsize at = bytes->at;
        guint32 index = bytes_u32_le(bytes);
        gint32 offset = (gint32)bytes_u32_le(bytes);
        const char *trouble =
            bytes->failed ? NULL : read_attribute(file, index, offset, &at);
        if (trouble)
            return refuse(file, at, trouble, error);
    }
    *ret_size = size;
    return bytes->failed ? is_cut(file, error) : give_entry(file, handler, error);
}

/* What is left before the table: a stub or two of a DN alone are usual there.  More is an
 * object that the header does not count, and that nobody would read. */
static bool
is_rest_empty(Explorer *file, gsize at, gsize end, GError **error)
{
    while (at + 8 < end) {
        bytes_seek(&file->bytes, at);
        guint32 size = bytes_u32_le(&file->bytes), count = bytes_u32_le(&file->bytes);
        if (size < 8)
            return true;
        if (count > 1)
            return refuse(file, at, "more objects than the header says", error);
        at += size;
    }
    return true;
}

static bool
read_objects(Explorer *file, guint32 count, gsize end, const LdifHandler *handler,
             GError **error)
{
    gsize at = AT_OBJECTS;
    for (guint32 i = 0; i < count; i++) {
        guint32 size = 0;
        if (at >= end)
            return refuse(file, at, "fewer objects than the header says", error);
        bytes_seek(&file->bytes, at);
        if (!read_object(file, handler, &size, error))
            return false;
        at += size;
    }
    return is_rest_empty(file, at, end, error);
}

/* `copy /b` of two: the second would not be read. */
static bool
is_alone(const Explorer *file, gsize table, GError **error)
{
    const char *data = (const char *)file->bytes.data;
    if (!memmem(data + table, file->bytes.length - table, SIGNATURE, sizeof SIGNATURE))
        return true;
    return fault_set(
        error, FAULT_MALFORMED,
        "%s: two AD Explorer snapshots were joined: give each to a --ldif of "
        "its own",
        file->name);
}

/* The name that somebody connected to (transfer full); NULL: none. */
static char *
server_of(const Explorer *file)
{
    const guint8 *text = file->bytes.data + AT_SERVER;
    gsize length = 0;
    while (length < AT_COUNTS - AT_SERVER && (text[length] || text[length + 1]))
        length += 2;
    return length > 0 ? utf16_decode(text, length, false, NULL) : NULL;
}

static bool
read_all(Explorer *file, const LdifHandler *handler, ExplorerHead *ret_head,
         GError **error)
{
    Bytes *bytes = &file->bytes;
    bytes_seek(bytes, AT_TIME);
    guint64 time = u64(bytes);
    bytes_seek(bytes, AT_COUNTS);
    guint32 objects = bytes_u32_le(bytes);
    bytes_u32_le(bytes);
    guint64 table = u64(bytes);
    if (bytes->failed)
        return is_cut(file, error);
    if (table < AT_OBJECTS || table > bytes->length)
        return refuse(file, AT_COUNTS, "the table of properties is outside of the file",
                      error);
    if (objects == 0)
        return refuse(file, AT_COUNTS, "it holds no object", error);
    if (!is_alone(file, table, error) || !read_properties(file, table, error) ||
        !read_objects(file, objects, table, handler, error))
        return false;
    ret_head->saved_us = time > FILETIME_1970 && time < G_MAXINT64
                             ? ((gint64)time - FILETIME_1970) / 10
                             : 0;
    ret_head->server = server_of(file);
    return true;
}

bool
adexplorer_walk(const char *name, const char *data, gsize length,
                const LdifHandler *handler, ExplorerHead *ret_head, GError **error)
{
    Explorer file = {
        .name = name,
        .bytes = bytes_of(data, length),
        .properties = g_array_new(FALSE, FALSE, sizeof(Property)),
        .budget = length * SHARED_TIMES,
        .attributes = g_array_new(FALSE, FALSE, sizeof(EntryAttribute)),
        .values = g_array_new(FALSE, FALSE, sizeof(struct berval)),
        .owned = g_ptr_array_new_with_free_func(g_free),
    };
    g_array_set_clear_func(file.properties, property_clear);
    bool sound = read_all(&file, handler, ret_head, error);
    g_array_unref(file.properties);
    g_array_unref(file.attributes);
    g_array_unref(file.values);
    g_ptr_array_unref(file.owned);
    return sound;
}
