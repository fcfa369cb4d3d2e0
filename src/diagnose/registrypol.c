/* Parses the records of one file, each field within its bounds. */
#include "registrypol.h"

#include "base/bytes.h"

#define SIGNATURE 0x67655250u /* "PReg", as MS-GPREG 2.2.1 writes it */
#define VERSION 1u
#define HEADER_SIZE 8u

static bool
wrong(RegistryPol *file, gsize at, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool
wrong(RegistryPol *file, gsize at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    file->at = at;
    file->why = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

static bool
ends_within(RegistryPol *file, const Bytes *bytes, const char *what)
{
    return wrong(file, bytes->failed_at, "the file ends within %s of record %u", what,
                 file->records + 1);
}

/* One of [ ; ] */
static bool
take_mark(RegistryPol *file, Bytes *bytes, char mark, const char *after)
{
    gsize at = bytes->at;
    guint16 got = bytes_u16_le(bytes);
    if (bytes->failed)
        return ends_within(file, bytes, after);
    if (got == (guint16)mark)
        return true;
    return wrong(file, at, "0x%04X where the \"%c\" after %s of record %u belongs", got,
                 mark, after, file->records + 1);
}

/* A text up to and with its NUL. */
static bool
take_text(RegistryPol *file, Bytes *bytes, const char *what)
{
    guint16 got;
    do
        got = bytes_u16_le(bytes);
    while (got != 0);
    /* A read past the end gives 0, too. */
    return !bytes->failed || ends_within(file, bytes, what);
}

static bool
take_number(RegistryPol *file, Bytes *bytes, const char *what, guint32 *ret_number)
{
    *ret_number = bytes_u32_le(bytes);
    return !bytes->failed || ends_within(file, bytes, what);
}

static bool
take_data(RegistryPol *file, Bytes *bytes, guint32 size)
{
    gsize at = bytes->at;
    if (bytes_span(bytes, size) || size == 0)
        return true;
    return wrong(file, at,
                 "record %u announces %u bytes of data, and the file has %" G_GSIZE_FORMAT
                 " more",
                 file->records + 1, size, bytes->length - at);
}

static bool
take_record(RegistryPol *file, Bytes *bytes)
{
    guint32 type, size;
    gsize at = bytes->at;
    guint16 got = bytes_u16_le(bytes);
    if (bytes->failed)
        return wrong(file, at, "one byte is left over after record %u", file->records);
    if (got != '[')
        return wrong(file, at, "0x%04X where the \"[\" of record %u belongs", got,
                     file->records + 1);
    return take_text(file, bytes, "the key") && take_mark(file, bytes, ';', "the key") &&
           take_text(file, bytes, "the value name") &&
           take_mark(file, bytes, ';', "the value name") &&
           take_number(file, bytes, "the type", &type) &&
           take_mark(file, bytes, ';', "the type") &&
           take_number(file, bytes, "the size", &size) &&
           take_mark(file, bytes, ';', "the size") && take_data(file, bytes, size) &&
           take_mark(file, bytes, ']', "the data");
}

bool
registrypol_check(const void *data, gsize length, RegistryPol *ret_file)
{
    RegistryPol *file = ret_file;
    Bytes bytes = bytes_of(data, length);
    *file = (RegistryPol){0};
    if (length == 0)
        return wrong(file, 0, "the file is empty");
    guint32 signature = bytes_u32_le(&bytes), version = bytes_u32_le(&bytes);
    if (length >= 4 && signature != SIGNATURE)
        return wrong(file, 0, "it does not start with \"PReg\"");
    if (bytes.failed)
        return wrong(file, length, "the file ends within its header of %u bytes",
                     HEADER_SIZE);
    if (version != VERSION)
        return wrong(file, 4, "its version is %u, not %u", version, VERSION);
    while (bytes.at < bytes.length) {
        if (!take_record(file, &bytes))
            return false;
        file->records++;
    }
    return true;
}

void
registrypol_clear(RegistryPol *file)
{
    g_clear_pointer(&file->why, g_free);
}
