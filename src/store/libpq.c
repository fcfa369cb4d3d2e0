/* Finds the functions of libpq in the library that the machine has. */
#include "libpq.h"

#include "base/fault.h"

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
    void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fault_set(error, FAULT_CONFIG,
                         "--history: a PostgreSQL server is reached by libpq, which is "
                         "not here (%s): install libpq5 (Debian, Ubuntu) or libpq "
                         "(Fedora, RHEL)",
                         dlerror());
    union {
        gpointer in_order[G_N_ELEMENTS(names)];
        Libpq by_name;
    } found;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        found.in_order[i] = dlsym(library, names[i]);
        if (!found.in_order[i])
            return fault_set(error, FAULT_CONFIG,
                             "--history: " SONAME
                             " of this machine is too old: it has no %s",
                             names[i]);
    }
    libpq = found.by_name;
    loaded = true;
    return true;
}
