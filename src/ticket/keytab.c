/* Which file a keytab is. */
#include "ticket/keytab.h"

#include <glib.h>
#include <string.h>

const char *
keytab_file(const char *keytab)
{
    static const char *const types[] = {"FILE:", "WRFILE:"};
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_has_prefix(keytab, types[i]))
            return keytab + strlen(types[i]);
    return *keytab == '/' || !strchr(keytab, ':') ? keytab : NULL;
}
