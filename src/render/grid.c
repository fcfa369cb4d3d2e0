/* Sources by targets: who stands where, and how their pairs were judged. */
#include "grid.h"

#include "render/page.h"

#define GROUPS_WHOLE 3

static void
place(GPtrArray *list, GHashTable *placed, const GPtrArray *accounts)
{
    for (guint i = 0; accounts && i < accounts->len; i++)
        if (g_hash_table_add(placed, accounts->pdata[i]))
            g_ptr_array_add(list, accounts->pdata[i]);
}

Grid
grid_of(const Audit *audit, const Group *group)
{
    g_autoptr(GHashTable) placed = g_hash_table_new(NULL, NULL);
    Grid grid = {
        .audit = audit,
        .group = group,
        .rows = g_ptr_array_new(),
        .columns = g_ptr_array_new(),
    };

    place(grid.columns, placed, group->members);
    g_ptr_array_extend(grid.rows, grid.columns, NULL, NULL);
    place(grid.columns, placed, group->storage);
    for (guint row = 0; row < grid.rows->len; row++) {
        for (guint column = 0; column < grid.columns->len; column++) {
            const Pair *pair = grid_pair(&grid, row, column);

            if (pair) {
                grid.counts[pair->verdict]++;
                grid.pairs++;
            }
        }
    }
    return grid;
}

void
grid_clear(Grid *grid)
{
    g_clear_pointer(&grid->rows, g_ptr_array_unref);
    g_clear_pointer(&grid->columns, g_ptr_array_unref);
}

const Pair *
grid_pair(const Grid *grid, guint row, guint column)
{
    return audit_pair(grid->audit, grid->rows->pdata[row], grid->columns->pdata[column]);
}

bool
grid_is_ready(const Grid *grid)
{
    return grid->counts[VERDICT_READY] == grid->pairs;
}

char *
grid_about(const Grid *grid)
{
    static const char *const origins[] = {
        [ORIGIN_CONFIG] = "from the configuration",
        [ORIGIN_INFERRED] = "inferred from the delegation between them",
        [ORIGIN_HOSTS] = "named by --host",
    };
    static const char *const modes[] = {
        [MODE_EITHER] = "",
        [MODE_KCD] = ", by the sources' lists only (mode=kcd)",
        [MODE_RBCD] = ", by the targets' descriptors only (mode=rbcd)",
    };
    static const char *const names[] = {
        [NAMES_BOTH] = "",
        [NAMES_FQDN] = ", full names only",
        [NAMES_SHORT] = ", short names only",
    };
    const Group *group = grid->group;
    guint servers = grid->columns->len - grid->rows->len;
    g_autofree char *hosts = page_count(grid->rows->len, "host", "hosts");
    g_autofree char *storage = page_count(servers, "file server", "file servers");

    return g_strconcat(hosts, servers > 0 ? " and " : "", servers > 0 ? storage : "",
                       ", ", origins[group->origin], modes[group->mode],
                       names[group->names], NULL);
}

const char *
grid_emptiness(const Grid *grid)
{
    return grid->rows->len == 0 ? "No host: nothing matches the names of the group."
           : grid->group->services == 0
               ? "No migrations: its services= names others than cifs and migration."
               : "A single host: it has no partner to migrate to.";
}

bool
grid_is_brief(const Audit *audit)
{
    return audit->groups->len > GROUPS_WHOLE;
}
