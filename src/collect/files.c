/* Adds up what accounts carry by file and domain. */
#include "files.h"

/* What one file has of one domain. */
typedef struct {
    guint64 shown; /* attributes that some account carries */
} Part;

struct Files {
    const Builder *builder;
    guint rows;   /* files */
    guint places; /* domains, and whatever lies in none */
    Part *parts;  /* by file, and in it by domain */
};

static guint
place_of(const Files *files, const Account *account)
{
    const Estate *estate = files->builder->estate;
    const Domain *domain = estate_domain_of(estate, account->dn);
    guint place = 0;
    while (place < estate->domains->len && estate->domains->pdata[place] != domain)
        place++;
    return place;
}

static Part *
part_of(const Files *files, guint file, const Account *account)
{
    return &files->parts[file * files->places + place_of(files, account)];
}

static void
add_shown(const Files *files, guint file, const Taken *taken, guint64 shown)
{
    part_of(files, file, taken->account)->shown |= shown;
}

Files *
files_new(const Builder *builder)
{
    const Estate *estate = builder->estate;
    Files *files = g_new0(Files, 1);
    files->builder = builder;
    files->rows = builder->file + 1;
    files->places = estate->domains->len + 1;
    files->parts = g_new0(Part, (gsize)files->rows * files->places);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Taken *taken = builder_taken(builder, estate->accounts->pdata[i]);
        if (taken)
            add_shown(files, taken->file, taken, taken->shown);
    }
    for (guint i = 0; i < builder->shown->len; i++) {
        const Shown *shown = &g_array_index(builder->shown, Shown, i);
        add_shown(files, shown->file, shown->taken, shown->shown);
    }
    return files;
}

void
files_free(Files *files)
{
    if (!files)
        return;
    g_free(files->parts);
    g_free(files);
}

guint64
files_show(const Files *files, guint file, const Taken *taken)
{
    return part_of(files, file, taken->account)->shown;
}
