/* The table of formats. */
#include "render/render.h"

#include "formats.h"

#include <string.h>

const Renderer renderers[] = {
    {"text", render_text, false},     {"json", render_json, false},
    {"csv", render_csv, false},       {"html", render_html, false},
    {"junit", render_junit, false},   {"prometheus", render_prometheus, true},
    {"jsonl", render_jsonl, false},   {"sarif", render_sarif, false},
    {"nagios", render_nagios, false}, {NULL, NULL, false},
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
