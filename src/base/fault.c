/* Sets a GError of one of the fault codes. */
#include "base/fault.h"

GQuark
fault_error_quark(void)
{
    return g_quark_from_static_string("fault-error");
}

gboolean
fault_set(GError **error, FaultCode code, const char *format, ...)
{
    va_list arguments;

    if (error != NULL) {
        va_start(arguments, format);
        *error = g_error_new_valist(FAULT_ERROR, (gint)code, format, arguments);
        va_end(arguments);
    }
    return FALSE;
}
