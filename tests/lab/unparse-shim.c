/*
 * Preloaded into the lab's Samba DC, and into nothing else.
 *
 * Samba's KDC looks principals up by the text that Heimdal's krb5_unparse_name*() makes
 * of them, and Heimdal writes a space in a name as "\ ". Active Directory stores the SPN
 * "Microsoft Virtual System Migration Service/HV01" with plain spaces, so Samba finds it
 * neither as a ticket's target nor in a delegation list. A Windows KDC does. Taking "\ "
 * back to a space makes the lab answer as Windows does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

/* Heimdal's own declarations are not installed; only pointers pass through here. */
typedef int (*UnparseName)(void *context, const void *principal, char **name);
typedef int (*UnparseNameFlags)(void *context, const void *principal, int flags,
                                char **name);

static void
unescape_spaces(char *name)
{
    char *to = name;

    for (const char *from = name; *from != '\0'; from++) {
        if (from[0] == '\\' && from[1] == ' ')
            continue;
        *to++ = *from;
        /* An escaped backslash stays whole, so that its second half does not swallow a
         * space. */
        if (from[0] == '\\' && from[1] != '\0')
            *to++ = *++from;
    }
    *to = '\0';
}

static void *
next_symbol(const char *symbol)
{
    void *function = dlsym(RTLD_NEXT, symbol);

    if (function == NULL)
        abort();
    return function;
}

int
krb5_unparse_name(void *context, const void *principal, char **name)
{
    static UnparseName next;

    if (next == NULL)
        next = (UnparseName)next_symbol("krb5_unparse_name");

    int code = next(context, principal, name);

    if (code == 0)
        unescape_spaces(*name);
    return code;
}

int
krb5_unparse_name_flags(void *context, const void *principal, int flags, char **name)
{
    static UnparseNameFlags next;

    if (next == NULL)
        next = (UnparseNameFlags)next_symbol("krb5_unparse_name_flags");

    int code = next(context, principal, flags, name);

    if (code == 0)
        unescape_spaces(*name);
    return code;
}
