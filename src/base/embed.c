/* Finds a file of the source tree by its name in the generated table. */
#include "base/embed.h"

#include <string.h>

const char *
embed_find(const char *name)
{
    for (const Embedded *file = embedded_files; file->name != NULL; file++) {
        if (strcmp(file->name, name) == 0)
            return file->text;
    }
    return NULL;
}
