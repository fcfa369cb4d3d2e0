/* THE table of releases, and how people and directories write them. */
#include "diagnose/release.h"

#include "base/text.h"

#include <string.h>

const char *const release_words[] = {"2012", "2012r2", "2016",       "2019",
                                     "2022", "2025",   "azurelocal", NULL};

/* Folded; the first is written in titles as it stands there. */
static const struct {
    const char *release;
    const char *title;
    const char *names[6];
} releases[] = {
    {"2012", "Windows Server 2012", {"server 2012"}},
    {"2012r2", "Windows Server 2012 R2", {"server 2012 r2", "server 2012r2"}},
    {"2016",
     "Windows Server 2016",
     {"server 2016", "10.0.14393", "build 14393", "(14393"}},
    {"2019",
     "Windows Server 2019",
     {"server 2019", "10.0.17763", "build 17763", "(17763"}},
    {"2022",
     "Windows Server 2022",
     {"server 2022", "10.0.20348", "build 20348", "(20348"}},
    {"2025",
     "Windows Server 2025",
     {"server 2025", "10.0.26100", "build 26100", "(26100"}},
    {"azurelocal",
     "Azure Local",
     {"azure local", "azurelocal", "azure stack hci", "azurestackhci"}},
};

const char *
release_title(const char *release)
{
    for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
        if (strcmp(releases[i].release, release) == 0)
            return releases[i].title;
    return NULL;
}

bool
release_is_named(const char *release, const char *text)
{
    g_autofree char *folded = text_fold(text);
    for (guint i = 0; i < G_N_ELEMENTS(releases); i++) {
        if (strcmp(releases[i].release, release) != 0)
            continue;
        for (const char *const *name = releases[i].names; *name; name++)
            if (strstr(folded, *name))
                return true;
    }
    return false;
}

/* The longest name that fits: 2012 R2 is named by a part of it, too. */
const char *
release_parse(const char *given)
{
    const char *found = NULL;
    g_autofree char *folded = text_fold(given);
    for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
        if (strcmp(folded, releases[i].release) == 0 ||
            release_is_named(releases[i].release, given))
            found = releases[i].release;
    return found;
}
