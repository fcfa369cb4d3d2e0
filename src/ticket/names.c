/* Has libkrb5 take host names and tickets as they were given, whatever krb5.conf and
 * ~/.k5identity say. */
#include "ticket/names.h"

#include "base/fault.h"
#include "base/place.h"
#include "base/text.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What MIT krb5 reads where KRB5_CONFIG is not set. */
#define KRB5_CONFIG_USUAL "/etc/krb5.conf:/usr/local/etc/krb5.conf"

static const char settings[] = "[libdefaults]\n"
                               "rdns = false\n"
                               "dns_canonicalize_hostname = false\n"
                               "allow_weak_crypto = false\n";

/* A file that the environment names says where KDCs are, and not which code to load:
 * the star ends a section for the files that follow.  A `module` in place of a profile
 * is taken of the first file alone, which is ours. */
static const char no_modules[] = "plugin_base_dir = %{LIBDIR}/krb5/plugins\n"
                                 "[plugins]*\n";

/* Whose tickets are shown was decided before: ~/.k5identity would have another user of
 * the collection sign in. */
static const char no_identities[] = "[plugins]\n"
                                    "ccselect = {\n"
                                    "disable = k5identity\n"
                                    "}\n";

bool
names_take_as_given(void)
{
    /* A file of no directory, first in the list: what stands first wins. */
    int fd = memfd_create("krb5.conf", MFD_CLOEXEC);
    if (fd < 0)
        return false;
    const char *usual = g_getenv("KRB5_CONFIG");
    g_autofree char *text =
        g_strconcat(settings, usual ? no_modules : "", no_identities, NULL);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        close(fd);
        return false;
    }
    g_autofree char *list =
        g_strdup_printf("/proc/self/fd/%d:%s", fd, usual ? usual : KRB5_CONFIG_USUAL);
    return g_setenv("KRB5_CONFIG", list, TRUE);
}

bool
names_are_own(GError **error)
{
    const char *list = g_getenv("KRB5_CONFIG");
    g_auto(GStrv) files = g_strsplit(list ? list : "", ":", -1);
    g_auto(GStrv) usual = g_strsplit(KRB5_CONFIG_USUAL, ":", -1);
    for (char **file = files; *file; file++) {
        bool looked_at = **file && !g_strv_contains((const char *const *)usual, *file);
        g_autofree char *fault = looked_at ? place_fault(*file, PLACE_READ) : NULL;
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, *file);
        if (fault)
            return fault_set(error, FAULT_CONFIG, "KRB5_CONFIG %s cannot be used: %s",
                             shown, fault);
    }
    return true;
}
