/* dlopen and dlsym. */
#include "base/library.h"

#include <dlfcn.h>

char *
library_find(const char *soname, int mode, const char *const *names, guint count,
             gpointer *ret_functions)
{
    void *library = dlopen(soname, mode);
    if (!library)
        return g_strdup(dlerror());
    /* For all: as where it is linked, what was loaded before it stands in front. */
    void *place = (mode & RTLD_GLOBAL) != 0 ? RTLD_DEFAULT : library;
    for (guint i = 0; i < count; i++) {
        ret_functions[i] = dlsym(place, names[i]);
        if (!ret_functions[i])
            return g_strdup_printf("%s has no %s", soname, names[i]);
    }
    return NULL;
}
