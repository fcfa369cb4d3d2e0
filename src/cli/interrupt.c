/* Signal handlers that remove temporary files and end as the signal would. */
#include "interrupt.h"

#include "base/fileset.h"
#include "base/pool.h"
#include "cli/cli.h"
#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* The shell is to see which signal it was: the handler is gone by now
 * (SA_RESETHAND), and the same signal does what it usually does. */
static void
end_by(int number)
{
    fileset_forget();
    progress_abandon();
    signal(number, SIG_DFL);
    raise(number);
    /* Only where we are init, in a container: to init nothing is fatal. */
    _exit(128 + number);
}

static void
on_end(int number)
{
    end_by(number);
}

/* The pool's timer, where no thread is left that could say it otherwise; an alarm of
 * whoever started us does what it always does. */
static void
on_alarm(int number, siginfo_t *info, void *unused)
{
    static const char line[] =
        "kcdaudit: no answer came in time, and the system gives no thread that could be "
        "left waiting for it (ulimit -u, a limit on processes): allow more, or ask "
        "another domain controller with -H\n";
    (void)unused;
    if (info->si_code != SI_TIMER)
        end_by(number);
    fileset_forget();
    progress_abandon();
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(EXIT_NO_AUDIT);
}

static bool
is_broken(int fd)
{
    struct pollfd wait = {.fd = fd};

    return poll(&wait, 1, 0) == 1 && (wait.revents & POLLERR) != 0;
}

/* "| head" ends us quietly.  A DC that hangs up does not: libldap writes to its
 * socket as it is, and then says itself what became of it. */
static void
on_pipe(int number)
{
    int before = errno;

    if (is_broken(STDOUT_FILENO) || is_broken(STDERR_FILENO))
        end_by(number);
    errno = before;
}

static void
handle(int number, void (*handler)(int), int flags)
{
    struct sigaction now, before;

    if (sigaction(number, NULL, &before) != 0 || before.sa_handler == SIG_IGN)
        return;
    now = (struct sigaction){.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&now.sa_mask);
    sigaction(number, &now, NULL);
}

/* Whether or not it was ignored or held back when we were started. */
static void
handle_alarm(void)
{
    struct sigaction now = {.sa_sigaction = on_alarm,
                            .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_SIGINFO};
    sigset_t set;

    sigemptyset(&now.sa_mask);
    sigaction(POOL_SIGNAL, &now, NULL);
    sigemptyset(&set);
    sigaddset(&set, POOL_SIGNAL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void
interrupt_install(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        handle(ends[i], on_end, (int)SA_RESETHAND | SA_NODEFER);
    handle(SIGPIPE, on_pipe, SA_RESTART | SA_NODEFER);
    handle_alarm();
    /* Past a limit on file sizes (ulimit -f) write says so. */
    signal(SIGXFSZ, SIG_IGN);
}
