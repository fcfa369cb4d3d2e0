/* What the SYSVOL holds of group policies, as evidence. */
#include "audit/audit.h"

#include "gpo_case.h"

#include <string.h>

static void
right_free(gpointer data)
{
    PolicyRight *right = data;
    g_ptr_array_unref(right->principals);
    g_free(right->right);
    g_free(right);
}

GpoEvidence *
gpo_evidence_new(const Gpo *gpo)
{
    GpoEvidence *evidence = g_new0(GpoEvidence, 1);
    evidence->gpo = gpo;
    evidence->security.state = evidence->registry.state = POLICY_FILE_UNREAD;
    evidence->rights = g_ptr_array_new_with_free_func(right_free);
    return evidence;
}

static void
file_clear(PolicyFile *file)
{
    g_free(file->path);
    g_free(file->why);
}

void
gpo_evidence_free(GpoEvidence *evidence)
{
    if (!evidence)
        return;
    file_clear(&evidence->security);
    file_clear(&evidence->registry);
    g_ptr_array_unref(evidence->rights);
    g_free(evidence);
}

PolicyRight *
gpo_evidence_add_right(GpoEvidence *evidence, const char *right, guint line)
{
    PolicyRight *added = g_new0(PolicyRight, 1);
    added->right = g_strdup(right);
    added->line = line;
    added->principals = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(evidence->rights, added);
    return added;
}

static int
by_dn(gconstpointer a, gconstpointer b)
{
    const Gpo *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

GPtrArray *
audit_wanted_gpos(const Audit *audit)
{
    GPtrArray *wanted = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) reached = gpo_controllers(audit);
    for (guint i = 0; i < audit->hosts->len; i++)
        g_ptr_array_add(reached,
                        (gpointer)((const Host *)audit->hosts->pdata[i])->account);
    for (guint r = 0; r < reached->len; r++) {
        g_autoptr(GpoReach) reach = gpo_reach(audit->estate, reached->pdata[r]);
        for (guint i = 0; i < reach->links->len; i++) {
            const GpoLink *link = reach->links->pdata[i];
            if (link->gpo && !gpo_idle(link->gpo) &&
                g_hash_table_add(seen, (gpointer)link->gpo))
                g_ptr_array_add(wanted, (gpointer)link->gpo);
        }
    }
    g_ptr_array_sort(wanted, by_dn);
    return wanted;
}

void
audit_take_gpos(Audit *audit, GPtrArray *evidence)
{
    g_clear_pointer(&audit->gpos, g_hash_table_unref);
    audit->gpos =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)gpo_evidence_free);
    for (guint i = 0; i < evidence->len; i++) {
        GpoEvidence *one = evidence->pdata[i];
        g_hash_table_insert(audit->gpos, (gpointer)one->gpo, one);
    }
    if (audit->estate->policies_read && !audit->estate->sites_read)
        audit_add_gap(audit, "group policies linked to sites",
                      "no site was read (CN=Sites,CN=Configuration,...)");
    g_ptr_array_set_free_func(evidence, NULL);
    g_ptr_array_unref(evidence);
}
