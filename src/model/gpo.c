/* Follows the links from an account upward, with blocking and enforcement. */
#include "model/gpo.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/dn.h"

#include <string.h>

#define LINK_DISABLED 1u /* of one link in gPLink */
#define LINK_ENFORCED 2u
#define BLOCKS_INHERITANCE 1u /* gPOptions */
#define COMPUTER_HALF_OFF 2   /* flags; MS-GPOL 3.2.5.1.6 */
#define FUNCTIONALITY 2

#define LINK_START "[LDAP://"

Container *
estate_add_container(Estate *estate, const char *dn, bool site)
{
    GHashTable *table = site ? estate->sites : estate->containers;
    g_autofree char *key = text_fold(dn);
    Container *container = g_hash_table_lookup(table, key);
    if (container)
        return container;
    container = g_new0(Container, 1);
    container->dn = estate_string(estate, dn);
    container->site = site;
    container->unread = TRI_UNKNOWN;
    if (!site)
        estate->longest_container = MAX(estate->longest_container, strlen(key));
    g_hash_table_insert(table, g_steal_pointer(&key), container);
    return container;
}

Gpo *
estate_add_gpo(Estate *estate, const char *dn)
{
    g_autofree char *key = text_fold(dn);
    Gpo *gpo = g_hash_table_lookup(estate->gpos, key);
    if (gpo)
        return gpo;
    gpo = g_new0(Gpo, 1);
    gpo->dn = estate_string(estate, dn);
    gpo->flags = gpo->version = gpo->functionality = -1;
    g_hash_table_insert(estate->gpos, g_steal_pointer(&key), gpo);
    return gpo;
}

static void
link_free(gpointer data)
{
    GpoLink *link = data;
    g_free(link->dn);
    g_free(link);
}

void
gpo_reach_free(GpoReach *reach)
{
    if (!reach)
        return;
    g_ptr_array_unref(reach->links);
    g_hash_table_unref(reach->linked);
    g_hash_table_unref(reach->names);
    g_ptr_array_unref(reach->unread);
    g_free(reach);
}

static void
say_unread(GpoReach *reach, const char *attribute, const char *dn)
{
    if (reach->unread->len < GPO_UNREAD_SHOWN)
        g_ptr_array_add(reach->unread, g_strdup_printf("%s of %s", attribute, dn));
}

static guint
namesakes(const GpoReach *reach, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(reach->names, key));
}

bool
gpo_is_namesake(const GpoReach *reach, const Gpo *gpo)
{
    g_autofree char *key = text_fold(gpo->name);
    return namesakes(reach, key) > 1;
}

static void
count_name(GpoReach *reach, const Gpo *gpo)
{
    char *key = text_fold(gpo->name);
    g_hash_table_replace(reach->names, key, GUINT_TO_POINTER(namesakes(reach, key) + 1));
}

/* A GPO that is linked twice counts where it is nearest. */
static void
add_link(const Estate *estate, GpoReach *reach, const Container *at, char *dn,
         bool enforced)
{
    char *key = text_fold(dn);
    if (!g_hash_table_add(reach->linked, key)) {
        g_free(dn);
        return;
    }
    GpoLink *link = g_new0(GpoLink, 1);
    link->dn = dn;
    link->gpo = g_hash_table_lookup(estate->gpos, key);
    link->at = at;
    link->enforced = enforced;
    if (link->gpo)
        count_name(reach, link->gpo);
    g_ptr_array_add(reach->links, link);
}

/* gPLink: [LDAP://DN;OPTIONS][LDAP://DN;OPTIONS]...  Editors leave
 * a single blank where the last link was taken away. */
static void
add_links(const Estate *estate, GpoReach *reach, const Container *at, bool blocked)
{
    const char *text = at->links ? at->links : "";
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        if (g_ascii_strncasecmp(text, LINK_START, strlen(LINK_START)) != 0)
            break;
        const char *dn = text + strlen(LINK_START), *end = strchr(dn, ']');
        const char *semicolon = end ? g_strrstr_len(dn, end - dn, ";") : NULL;
        char *rest;
        if (!semicolon || !g_ascii_isdigit(semicolon[1]))
            break;
        guint64 options = g_ascii_strtoull(semicolon + 1, &rest, 10);
        if (rest != end)
            break;
        bool enforced = (options & LINK_ENFORCED) != 0;
        if ((options & LINK_DISABLED) == 0 && (enforced || !blocked))
            add_link(estate, reach, at, g_strndup(dn, (gsize)(semicolon - dn)), enforced);
        text = end + 1;
    }
    if (*text)
        say_unread(reach, "gPLink (it does not parse)", at->dn);
}

/* Only OUs, domains and sites carry links. */
static bool
may_carry_links(const char *dn, bool head)
{
    return head || g_ascii_strncasecmp(dn, "OU=", 3) == 0;
}

/* Returns whether it blocks what is above.  `key` is the DN folded, of `length` bytes:
 * one that is longer than that of any container is not looked for. */
static bool
visit(const Estate *estate, GpoReach *reach, const char *dn, const char *key,
      gsize length, bool head, bool blocked)
{
    if (!may_carry_links(dn, head))
        return false;
    const Container *container = length > estate->longest_container
                                     ? NULL
                                     : g_hash_table_lookup(estate->containers, key);
    if (!container || container->unread != TRI_NO)
        say_unread(reach, "gPLink, gPOptions", dn);
    if (!container)
        return false;
    add_links(estate, reach, container, blocked);
    return (container->options & BLOCKS_INHERITANCE) != 0;
}

static int
by_dn(gconstpointer a, gconstpointer b)
{
    return strcmp(((const Container *)a)->dn, ((const Container *)b)->dn);
}

GpoReach *
gpo_reach(const Estate *estate, const Account *account)
{
    GpoReach *reach = g_new0(GpoReach, 1);
    reach->links = g_ptr_array_new_with_free_func(link_free);
    reach->linked = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    reach->names = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    reach->unread = g_ptr_array_new_with_free_func(g_free);
    const Domain *domain = estate_home_of(estate, account);
    bool blocked = false, top = false;
    /* Folding keeps what separates: the parents of both go up together. */
    g_autofree char *folded = text_fold(account->dn);
    const char *key = dn_parent(folded), *end = folded + strlen(folded);
    for (const char *dn = dn_parent(account->dn); dn && key && !top;
         dn = dn_parent(dn), key = dn_parent(key)) {
        top = domain && text_equal(dn, domain->dn);
        blocked =
            visit(estate, reach, dn, key, (gsize)(end - key), top, blocked) || blocked;
    }
    g_autoptr(GList) sites = g_list_sort(g_hash_table_get_values(estate->sites), by_dn);
    for (const GList *at = sites; at; at = at->next) {
        const Container *site = at->data;
        if (site->unread != TRI_NO)
            say_unread(reach, "gPLink", site->dn);
        add_links(estate, reach, site, blocked);
    }
    return reach;
}

const char *
gpo_idle(const Gpo *gpo)
{
    if (gpo->flags >= 0 && (gpo->flags & COMPUTER_HALF_OFF) != 0)
        return "its computer half is disabled (flags)";
    if (gpo->version >= 0 && (gpo->version & 0xFFFF) == 0)
        return "its computer half was never edited (versionNumber)";
    if (gpo->functionality >= 0 && gpo->functionality != FUNCTIONALITY)
        return "its gPCFunctionalityVersion is not 2";
    return NULL;
}

Tri
gpo_runs(const Gpo *gpo, const char *extension)
{
    if (!gpo->extensions)
        return TRI_UNKNOWN;
    g_autofree char *list = g_ascii_strup(gpo->extensions, -1);
    return strstr(list, extension) ? TRI_YES : TRI_NO;
}
