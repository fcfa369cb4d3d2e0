/* Preloaded into kcdaudit: writes each search that it asks to the file that SEARCHES
 * names, "URI scope base filter", each page of it once, and how many entries it has
 * looked at since something came. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *file;
static int taken;

/* Before the program shuts itself in. */
__attribute__((constructor)) static void
begin(void)
{
    file = fopen(getenv("SEARCHES"), "ae");
}

int
ldap_search_ext(LDAP *ldap, const char *base, int scope, const char *filter,
                char **attributes, int only, LDAPControl **server, LDAPControl **client,
                struct timeval *limit, int size, int *id)
{
    static int (*next)(LDAP *, const char *, int, const char *, char **, int,
                       LDAPControl **, LDAPControl **, struct timeval *, int, int *);
    char *uri = NULL;
    ldap_get_option(ldap, LDAP_OPT_URI, &uri);
    fprintf(file, "%s\t%d\t%s\t%s\t%d\n", uri ? uri : "", scope, base, filter, taken);
    fflush(file);
    ldap_memfree(uri);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "ldap_search_ext");
    return next(ldap, base, scope, filter, attributes, only, server, client, limit, size,
                id);
}

int
ldap_result(LDAP *ldap, int id, int all, struct timeval *limit, LDAPMessage **result)
{
    static int (*next)(LDAP *, int, int, struct timeval *, LDAPMessage **);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "ldap_result");
    taken = 0;
    return next(ldap, id, all, limit, result);
}

int
ldap_get_dn_ber(LDAP *ldap, LDAPMessage *entry, BerElement **ber, struct berval *dn)
{
    static int (*next)(LDAP *, LDAPMessage *, BerElement **, struct berval *);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "ldap_get_dn_ber");
    taken++;
    return next(ldap, entry, ber, dn);
}
