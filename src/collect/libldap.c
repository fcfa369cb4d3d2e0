/* Finds the functions of libldap in the library that the program was built for. */
#include "libldap.h"

#include "base/fault.h"
#include "base/library.h"

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
    union {
        gpointer in_order[G_N_ELEMENTS(names)];
        Libldap by_name;
    } found;
    g_autofree char *why = library_find(LIBLDAP_SONAME, RTLD_NOW | RTLD_GLOBAL, names,
                                        G_N_ELEMENTS(names), found.in_order);
    if (why)
        return fault_set(error, FAULT_CONFIG,
                         "a directory is read by libldap, which is not here (%s): "
                         "install libldap-2.5-0 or libldap2 (Debian, Ubuntu) or openldap "
                         "(Fedora, RHEL)",
                         why);
    libldap = found.by_name;
    loaded = true;
    return true;
}
