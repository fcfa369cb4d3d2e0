/* Reads the DER around an NTSTATUS. */
#include "edata.h"

#include "base/bytes.h"
#include "base/limits.h"

/* DER tags used by KERB-ERROR-DATA (X.690 8.1.2). */
enum {
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_SEQUENCE = 0x30,
    TAG_CONTEXT_1 = 0xa1,
    TAG_CONTEXT_2 = 0xa2,
};

/* KERB_ERR_TYPE_EXTENDED: MS-KILE 2.2.1.  In METHOD-DATA the same number
 * reads as PA-PW-SALT, with the same content. */
#define TYPE_EXTENDED 3

/* KERB-EXT-ERROR: status, reserved, flags; 32 bits each. */
#define EXT_ERROR_LENGTH 12

/* Far more than any KDC sends here. */

/* One element with this tag, as a reader of its content.  Lengths must be
 * definite and minimal: X.690 10.1. */
static Bytes
der_element(Bytes *bytes, guint8 tag)
{
    if (bytes_u8(bytes) != tag) {
        bytes->failed = true;
    }
    gsize length = bytes_u8(bytes);
    if (length == 0x81) {
        length = bytes_u8(bytes);
        bytes->failed |= length < 0x80;
    } else if (length == 0x82) {
        length = bytes_u8(bytes);
        length = length << 8 | bytes_u8(bytes);
        bytes->failed |= length < 0x100;
    } else if (length >= 0x80) {
        bytes->failed = true;
    }
    const guint8 *content = bytes->failed ? NULL : bytes_span(bytes, length);
    Bytes element = bytes_of(content, content == NULL ? 0 : length);
    element.failed = content == NULL;
    return element;
}

static bool
at_end(const Bytes *bytes)
{
    return !bytes->failed && bytes->at == bytes->length;
}

/* The content of KERB-ERROR-DATA, its SEQUENCE already opened. */
static bool
read_error_data(Bytes *sequence, guint32 *ret_ntstatus)
{
    Bytes type_field = der_element(sequence, TAG_CONTEXT_1);
    Bytes type = der_element(&type_field, TAG_INTEGER);
    if (type.length != 1 || bytes_u8(&type) != TYPE_EXTENDED || !at_end(&type) ||
        !at_end(&type_field)) {
        return false;
    }
    Bytes value_field = der_element(sequence, TAG_CONTEXT_2);
    Bytes value = der_element(&value_field, TAG_OCTET_STRING);
    if (value.length != EXT_ERROR_LENGTH || !at_end(&value_field) || !at_end(sequence)) {
        return false;
    }
    guint32 status = bytes_u32_le(&value);
    if (value.failed) {
        return false;
    }
    *ret_ntstatus = status;
    return true;
}

bool
edata_ntstatus(const void *data, gsize length, guint32 *ret_ntstatus)
{
    if (data == NULL) {
        return false;
    }
    Bytes bytes = bytes_of(data, length);
    Bytes sequence = der_element(&bytes, TAG_SEQUENCE);
    if (!at_end(&bytes)) {
        return false;
    }
    if (sequence.length > 0 && sequence.data[0] == TAG_SEQUENCE) {
        Bytes inner = der_element(&sequence, TAG_SEQUENCE);
        return at_end(&sequence) && read_error_data(&inner, ret_ntstatus);
    }
    return read_error_data(&sequence, ret_ntstatus);
}
