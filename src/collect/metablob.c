/* Reads the vector, and of it the entries that somebody asks about. */
#include "metablob.h"

#include "base/bytes.h"
#include "base/limits.h"

#include <string.h>

#define VERSION 1
#define EPOCH_S G_GINT64_CONSTANT(11644473600) /* 1970, in seconds since 1601 */
#define LATEST_S (EPOCH_S + G_GINT64_CONSTANT(0xffffffff))

/* ATTRTYP: by the table of prefixes that every DC begins with (MS-DRSR 5.16.4). */
static const struct {
    guint32 type;
    AttrId attr;
} types[] = {
    {0x00020119, ATTR_SECURITY},    /* 1.2.840.113556.1.2.281 */
    {0x00090008, ATTR_UAC},         /* 1.2.840.113556.1.4.8 */
    {0x0009026b, ATTR_DNS_NAME},    /* .619 */
    {0x00090303, ATTR_SPN},         /* .771 */
    {0x000906fb, ATTR_DELEGATE_TO}, /* .1787 */
    {0x000907ab, ATTR_ETYPES},      /* .1963 */
    {0x00090886, ATTR_RBCD},        /* .2182 */
};

static gint64
read_i64(Bytes *bytes)
{
    guint64 low = bytes_u32_le(bytes);
    return (gint64)(low | (guint64)bytes_u32_le(bytes) << 32);
}

static void
read_entry(Bytes *bytes, GArray *into)
{
    guint32 type = bytes_u32_le(bytes);
    AttrChange change = {.version = bytes_u32_le(bytes)};
    gint64 seconds = read_i64(bytes);
    const guint8 *dsa = bytes_span(bytes, sizeof change.dsa);
    bytes_span(bytes, 16); /* two USNs */
    if (!dsa || seconds <= EPOCH_S || seconds > LATEST_S)
        return;
    memcpy(change.dsa, dsa, sizeof change.dsa);
    change.changed_us = (seconds - EPOCH_S) * G_USEC_PER_SEC;
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (types[i].type == type) {
            change.attr = types[i].attr;
            g_array_append_val(into, change);
        }
}

bool
metablob_read(const void *data, gsize length, GArray *changes)
{
    Bytes bytes = bytes_of(data, length);
    guint32 version = bytes_u32_le(&bytes);
    bytes_u32_le(&bytes);
    guint32 count = bytes_u32_le(&bytes);
    bytes_u32_le(&bytes);
    if (bytes.failed || version != VERSION || count > MOST_METADATA_ENTRIES)
        return false;
    g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    for (guint32 i = 0; i < count && !bytes.failed; i++)
        read_entry(&bytes, read);
    if (bytes.failed)
        return false;
    g_array_append_vals(changes, read->data, read->len);
    return true;
}
