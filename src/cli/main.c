/* Finds the command, parses its options and runs it. */
#include "cli/cli.h"

#include "ambient.h"
#include "base/fault.h"
#include "base/pool.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "confine.h"
#include "descriptors.h"
#include "interrupt.h"
#include "journal.h"
#include "progress.h"
#include "spelling.h"
#include "ticket/names.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the operator can do decides the exit status. */
static const ExitStatus fault_exits[] = {
    [FAULT_CONFIG] = EXIT_USAGE,         [FAULT_CREDENTIALS] = EXIT_NO_AUDIT,
    [FAULT_UNREACHABLE] = EXIT_NO_AUDIT, [FAULT_DENIED] = EXIT_NO_AUDIT,
    [FAULT_MALFORMED] = EXIT_NO_AUDIT,   [FAULT_OUTPUT] = EXIT_USAGE,
};

void
cli_note(const char *message, void *unused)
{
    (void)unused;
    progress_hold();
    journal_write(JOURNAL_WARNING, message);
    progress_release();
}

int
cli_fail(const GError *error)
{
    progress_end();
    journal_write(JOURNAL_ERROR, error->message);
    g_assert(error->domain == FAULT_ERROR);
    return (int)fault_exits[error->code];
}

static int
run(const Command *command, int argc, char **argv)
{
    g_autoptr(Options) options = NULL;
    g_autoptr(GError) error = NULL;
    bool help = false;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < argc; i++)
        g_ptr_array_add(words, g_strdup(argv[i]));
    if (!spelling_settle(command, words, &error) ||
        !options_parse(command, (int)words->len, (char **)words->pdata, &options, &help,
                       &error))
        return cli_fail(error);
    if (help) {
        g_autoptr(GString) text = g_string_new(NULL);
        options_help(command, text);
        fputs(text->str, stdout);
        return EXIT_OK;
    }
    if (!confine(command, options, &error))
        return cli_fail(error);
    progress_begin(options->quiet);
    int status = command->run(options);
    progress_end();
    return status;
}

/* What was printed may not have got anywhere: a closed output, a full disk. */
static int
finish(int status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status == EXIT_USAGE)
        return status;
    g_autoptr(GError) error = NULL;
    fault_set(&error, FAULT_OUTPUT, "cannot write to standard output: %s",
              errno == EBADF ? "it is closed" : g_strerror(errno));
    return cli_fail(error);
}

/* With -v, what the kernel keeps it from, too. */
static void
print_version(const char *option)
{
    puts("kcdaudit " KCDAUDIT_VERSION);
    if (g_strcmp0(option, "-v") != 0 && g_strcmp0(option, "--verbose") != 0)
        return;
    int files = sandbox_files_version();
    if (files > 0)
        printf("files: held to what a run needs (Landlock, version %d)\n", files);
    else
        puts("files: not held, this kernel has no Landlock");
    puts(sandbox_holds_calls() ? "system calls: held to what a run needs (seccomp)"
                               : "system calls: not held, this kernel has no seccomp");
}

static int
begin(int argc, char **argv)
{
    if (argc < 2) {
        fputs("kcdaudit: no command given; see: kcdaudit help\n", stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 ||
        strcmp(argv[1], "version") == 0) {
        print_version(argv[2]);
        return finish(EXIT_OK);
    }
    const char *spelled = spelling_command(argv[1]);
    const char *name = spelled ? spelled : argv[1];
    const Command *command = command_find(name);
    if (!command) {
        return cli_no_command(name);
    }
    return run(command, argc - 1, argv + 1);
}

/* GLib ends the process by a signal where memory is refused; here by a line and a status
 * that can be told from a crash.  Nothing is allocated any more. */
static void
tell_refusal(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    static const char line[] = "kcdaudit: memory was refused (ulimit -v, a container's "
                               "limit): give it more, or audit fewer hosts at a time\n";
    if (!message || !strstr(message, "failed to allocate")) {
        g_log_default_handler(domain, level, message, data);
        return;
    }
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(EXIT_NO_AUDIT);
}

/* glibc takes its heap from the kernel 128 KiB at a time, and before each time goes
 * through all small pieces that were given back: a tenth of what a large audit took.
 * Where the kernel gives large pages on request alone, taking small ones was a twentieth.
 * Pages count where they are used; where there is no room for the first step, the
 * heap grows as it did. */
static void
take_heap_in_large_steps(void)
{
#if defined(M_TOP_PAD) && defined(MADV_HUGEPAGE)
    const int step = 16 << 20, first = 8 * step;
    mallopt(M_TRIM_THRESHOLD, 2 * first);
    mallopt(M_TOP_PAD, first);
    char *part = malloc(127 << 10); /* more than is left of what the loader took */
    char *end = sbrk(0);
    gsize page = (gsize)sysconf(_SC_PAGESIZE);
    char *from = part ? part - (guintptr)part % page : end;
    if (from < end)
        (void)madvise(from, (gsize)(end - from), MADV_HUGEPAGE);
    free(part);
    mallopt(M_TOP_PAD, step);
#endif
}

int
main(int argc, char **argv)
{
    take_heap_in_large_steps();
    if (!descriptors_hold())
        return EXIT_USAGE;
    sandbox_shut_in();
    g_log_set_handler("GLib", (GLogLevelFlags)(G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL),
                      tell_refusal, NULL);
    ambient_shed();
    setlocale(LC_CTYPE, "");
    interrupt_install();
    names_take_as_given();
    int status = finish(begin(argc, argv));
    /* No library ends under a thread that waits in it. */
    if (pool_left_any())
        _exit(status);
    return status;
}
