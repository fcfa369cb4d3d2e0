/* What each DC holds of the audited hosts (--all-dcs). */
#include "model/estate.h"

static void
view_free(gpointer data)
{
    ReplicaView *view = data;
    g_ptr_array_unref(view->spns);
    g_ptr_array_unref(view->delegate_to);
    g_clear_pointer(&view->rbcd, g_bytes_unref);
    g_free(view);
}

void
replica_free(Replica *replica)
{
    g_ptr_array_unref(replica->views);
    g_free(replica);
}

Replica *
estate_add_replica(Estate *estate, const char *dc)
{
    Replica *replica = g_new0(Replica, 1);
    replica->dc = estate_string(estate, dc);
    replica->views = g_ptr_array_new_with_free_func(view_free);
    g_ptr_array_add(estate->replicas, replica);
    return replica;
}

ReplicaView *
replica_add_view(Replica *replica, const Account *account)
{
    ReplicaView *view = g_new0(ReplicaView, 1);
    view->account = account;
    view->spns = g_ptr_array_new();
    view->delegate_to = g_ptr_array_new();
    g_ptr_array_add(replica->views, view);
    return view;
}
