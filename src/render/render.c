#include "render/formats.h"

#include <string.h>

const Renderer renderers[] = {
    {"text", render_text},
    {"json", render_json},
    {NULL, NULL},
};

const Renderer *
renderer_find(const char *name)
{
    for (const Renderer *renderer = renderers; renderer->name != NULL; renderer++) {
        if (strcmp(renderer->name, name) == 0) {
            return renderer;
        }
    }
    return NULL;
}
