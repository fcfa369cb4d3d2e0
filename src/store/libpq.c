/* Finds the functions of libpq in the library that the machine has. */
#include "libpq.h"

#include "base/fault.h"
#include "base/library.h"

#include <dlfcn.h>

#define SONAME "libpq.so.5"

Libpq libpq;

static const char *const names[] = {
#define LIBPQ_NAME(name) #name,
    LIBPQ_FUNCTIONS(LIBPQ_NAME)
#undef LIBPQ_NAME
};
G_STATIC_ASSERT(sizeof(Libpq) == sizeof(gpointer) * G_N_ELEMENTS(names));

bool
libpq_load(GError **error)
{
    static bool loaded;
    if (loaded)
        return true;
    union {
        gpointer in_order[G_N_ELEMENTS(names)];
        Libpq by_name;
    } found;
    g_autofree char *why = library_find(SONAME, RTLD_NOW | RTLD_LOCAL, names,
                                        G_N_ELEMENTS(names), found.in_order);
    if (why)
        return fault_set(error, FAULT_CONFIG,
                         "--history: a PostgreSQL server is reached by libpq, which is "
                         "not here (%s): install libpq5 (Debian, Ubuntu) or libpq "
                         "(Fedora, RHEL)",
                         why);
    libpq = found.by_name;
    loaded = true;
    return true;
}
