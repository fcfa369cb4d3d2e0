/* Looks at --ca-file, --keytab and --prove-keytab before they are opened. */
#include "keys.h"

#include "base/fault.h"
#include "base/place.h"
#include "base/text.h"
#include "cli/cli.h"
#include "ticket/keytab.h"

#include <sys/stat.h>

static bool
is_sound(const char *option, const char *path, GError **error)
{
    g_autofree char *fault = path ? place_fault(path, PLACE_READ) : NULL;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path ? path : "");
    return !fault || fault_set(error, FAULT_CONFIG, "%s %s cannot be used: %s", option,
                               shown, fault);
}

static void
tell_of_readers(const char *option, const char *path)
{
    struct stat status;
    if (!path || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        !(status.st_mode & S_IROTH))
        return;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    g_autofree char *note = g_strdup_printf(
        "%s %s: everybody on this machine may read it, and sign in as whose keys it "
        "holds: chmod 600 %s",
        option, shown, shown);
    cli_note(note, NULL);
}

bool
keys_check(const Options *options, GError **error)
{
    const struct {
        const char *option;
        const char *path;
    } keytabs[] = {{"--keytab", options->keytab},
                   {"--prove-keytab", options->prove_keytab}};
    if (!is_sound("--ca-file", options->ca_file, error))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(keytabs); i++) {
        const char *path = keytabs[i].path ? keytab_file(keytabs[i].path) : NULL;
        if (!is_sound(keytabs[i].option, path, error))
            return false;
        tell_of_readers(keytabs[i].option, path);
    }
    return true;
}
