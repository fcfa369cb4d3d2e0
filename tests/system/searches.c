/* Preloaded into kcdaudit: writes each search that it asks to the file that SEARCHES names, "URI scope base filter",
 * each page of it once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *file;

/* Before the program shuts itself in. */
__attribute__((constructor)) static void
begin(void)
{
    file = fopen(getenv("SEARCHES"), "ae");
}

int
ldap_search_ext(LDAP *ldap, const char *base, int scope, const char *filter, char **attributes, int only,
                LDAPControl **server, LDAPControl **client, struct timeval *limit, int size, int *id)
{
    static int (*next)(LDAP *, const char *, int, const char *, char **, int, LDAPControl **, LDAPControl **,
                       struct timeval *, int, int *);
    char *uri = NULL;
    ldap_get_option(ldap, LDAP_OPT_URI, &uri);
    fprintf(file, "%s\t%d\t%s\t%s\n", uri ? uri : "", scope, base, filter);
    fflush(file);
    ldap_memfree(uri);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "ldap_search_ext");
    return next(ldap, base, scope, filter, attributes, only, server, client, limit, size, id);
}
