/* Finds the functions of libpq in the library that the machine has. */
#include "libpq.h"

#include "base/fault.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define SONAME "libpq.so.5"

Libpq libpq;

static const struct {
    const char *name;
    gsize place;
} functions[] = {
#define LIBPQ_ROW(name) {#name, offsetof(Libpq, name)},
    LIBPQ_FUNCTIONS(LIBPQ_ROW)
#undef LIBPQ_ROW
};

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
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            return fault_set(error, FAULT_CONFIG,
                             "--history: " SONAME
                             " of this machine is too old: it has no "
                             "%s",
                             functions[i].name);
        memcpy((char *)&libpq + functions[i].place, &function, sizeof function);
    }
    loaded = true;
    return true;
}
