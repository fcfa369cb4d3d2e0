/* Has libkrb5 take host names as they were given, whatever krb5.conf says. */
#include "ticket/names.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What MIT krb5 reads where KRB5_CONFIG is not set. */
#define KRB5_CONFIG_USUAL "/etc/krb5.conf:/usr/local/etc/krb5.conf"

static const char settings[] = "[libdefaults]\n"
                               "rdns = false\n"
                               "dns_canonicalize_hostname = false\n";

bool
names_take_as_given(void)
{
    /* A file of no directory, first in the list: what stands first wins. */
    int fd = memfd_create("krb5.conf", MFD_CLOEXEC);
    if (fd < 0)
        return false;
    if (write(fd, settings, strlen(settings)) != (ssize_t)strlen(settings)) {
        close(fd);
        return false;
    }
    const char *usual = g_getenv("KRB5_CONFIG");
    g_autofree char *list =
        g_strdup_printf("/proc/self/fd/%d:%s", fd, usual ? usual : KRB5_CONFIG_USUAL);
    return g_setenv("KRB5_CONFIG", list, TRUE);
}
