/* Finds the system's and the user's configuration. */
#include "config.h"

#include "base/text.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/kcdaudit/kcdaudit.conf"
#define USER_FILE "kcdaudit/kcdaudit.conf"

/* By the XDG Base Directory Specification, which ignores what is not absolute (transfer
 * full); NULL: there is no home. */
static char *
user_file(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config && g_path_is_absolute(config))
        return g_build_filename(config, USER_FILE, NULL);
    if (home && g_path_is_absolute(home))
        return g_build_filename(home, ".config", USER_FILE, NULL);
    return NULL;
}

static bool
is_ones_own(const struct stat *status)
{
    return status->st_uid == geteuid() || status->st_uid == 0;
}

/* *ret_read: whether it is there and to be read; what others may write is refused when it
 * is (base/place.h). */
static void
look_at_user_file(const char *path, bool *ret_read)
{
    struct stat file, place;
    g_autofree char *directory = g_path_get_dirname(path);
    *ret_read = false;
    if (stat(path, &file) != 0 || stat(directory, &place) != 0)
        return;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    if (!is_ones_own(&file) || !is_ones_own(&place)) {
        g_autofree char *note =
            g_strdup_printf("%s is not read: it belongs to another user", shown);
        cli_note(note, NULL);
        return;
    }
    *ret_read = true;
}

bool
config_load(const char *path, Policy **ret_policy, GError **error)
{
    if (path)
        return policy_load(path, ret_policy, error);
    g_autoptr(Policy) policy = NULL;
    g_autoptr(Policy) own = NULL;
    g_autofree char *user = user_file();
    bool read = false;
    if (access(SYSTEM_FILE, F_OK) != 0)
        policy = policy_new();
    else if (!policy_load(SYSTEM_FILE, &policy, error))
        return false;
    if (user)
        look_at_user_file(user, &read);
    if (read && !policy_load(user, &own, error))
        return false;
    if (own)
        policy_override(policy, own);
    *ret_policy = g_steal_pointer(&policy);
    return true;
}
