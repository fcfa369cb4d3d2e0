/* libldap, loaded by the first that asks for it.
 *
 * With SASL and GnuTLS behind it it takes half of the time in which the program starts,
 * and only who reads a directory needs it.  liblber, which needs nothing, is linked. */
#ifndef COLLECT_LIBLDAP_H
#define COLLECT_LIBLDAP_H

#include <glib.h>
#include <ldap.h>
#include <openldap.h>
#include <stdbool.h>
#include <stdio.h>

#include <ldif.h> /* wants FILE */

/* What is called of it, as libldap.NAME. */
#define LIBLDAP_FUNCTIONS(X)            \
    X(ldap, abandon_ext)                \
    X(ldap, control_find)               \
    X(ldap, control_free)               \
    X(ldap, controls_free)              \
    X(ldap, create_page_control)        \
    X(ldap, err2string)                 \
    X(ldap, first_entry)                \
    X(ldap, first_message)              \
    X(ldap, free_urldesc)               \
    X(ldap, get_attribute_ber)          \
    X(ldap, get_dn_ber)                 \
    X(ldap, get_option)                 \
    X(ldap, get_values_len)             \
    X(ldap, init_fd)                    \
    X(ldap, install_tls)                \
    X(ldap, memfree)                    \
    X(ldap, msgfree)                    \
    X(ldap, msgid)                      \
    X(ldap, msgtype)                    \
    X(ldap, next_message)               \
    X(ldap, parse_pageresponse_control) \
    X(ldap, parse_result)               \
    X(ldap, result)                     \
    X(ldap, sasl_interactive_bind)      \
    X(ldap, search_ext)                 \
    X(ldap, search_ext_s)               \
    X(ldap, set_option)                 \
    X(ldap, start_tls_s)                \
    X(ldap, unbind_ext)                 \
    X(ldap, url_parse)                  \
    X(ldap, value_free_len)             \
    X(ldap, whoami_s)                   \
    X(ldif, put)

typedef struct {
#define LIBLDAP_FIELD(family, name) __typeof__(family##_##name) *name;
    LIBLDAP_FUNCTIONS(LIBLDAP_FIELD)
#undef LIBLDAP_FIELD
} Libldap;
extern Libldap libldap;

/* Before any call, on the main thread; again it does nothing.  FAULT_CONFIG: it is not
 * there, or lacks something. */
bool
libldap_load(GError **error);

#endif
