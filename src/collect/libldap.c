/* Finds the functions of libldap in the library that the program was built for. */
#include "libldap.h"

#include "base/fault.h"

#include <dlfcn.h>

Libldap libldap;

G_STATIC_ASSERT(sizeof LIBLDAP_SONAME > 1);
static const char *const names[] = {
#define LIBLDAP_NAME(family, name) #family "_" #name,
    LIBLDAP_FUNCTIONS(LIBLDAP_NAME)
#undef LIBLDAP_NAME
};
G_STATIC_ASSERT(sizeof(Libldap) == sizeof(gpointer) * G_N_ELEMENTS(names));

bool
libldap_load(GError **error)
{
    static bool loaded;
    if (loaded)
        return true;
    /* As a library that is linked: found by its name in front of all others too. */
    if (!dlopen(LIBLDAP_SONAME, RTLD_NOW | RTLD_GLOBAL))
        return fault_set(error, FAULT_CONFIG,
                         "a directory is read by libldap, which is not here (%s): "
                         "install libldap-2.5-0 or libldap2 (Debian, Ubuntu) or openldap "
                         "(Fedora, RHEL)",
                         dlerror());
    union {
        gpointer in_order[G_N_ELEMENTS(names)];
        Libldap by_name;
    } found;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        found.in_order[i] = dlsym(RTLD_DEFAULT, names[i]);
        if (!found.in_order[i])
            return fault_set(error, FAULT_CONFIG,
                             LIBLDAP_SONAME " of this machine is not the one that "
                                            "kcdaudit was built for: it has no %s",
                             names[i]);
    }
    libldap = found.by_name;
    loaded = true;
    return true;
}
