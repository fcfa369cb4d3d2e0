/* A thread of its own draws: most of what takes long (connecting, DNS, libkrb5)
 * calls nobody back meanwhile. */
#include "progress.h"

#include "base/text.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FIRST_US (500 * G_TIME_SPAN_MILLISECOND) /* a short run shows nothing */
#define EVERY_US (100 * G_TIME_SPAN_MILLISECOND)
#define SLOW_S 3 /* from here on a step says how long it has taken */
#define COLUMNS_USUAL 80
#define ERASE "\r\033[K"

/* What is going on; `what` NULL: nothing yet. */
typedef struct {
    const char *what;
    const char *unit; /* NULL: `done` of `all` */
    guint done;
    guint all;
    bool counted;
    gint64 since_us;
} Step;

static struct {
    bool wanted;
    GMutex lock; /* of what follows */
    GCond ended;
    GThread *thread;
    bool over;
    Step step;
    char *said; /* what step.what is, where it was made for the step */
    gint64 begun_us;
} state;

/* Held while the terminal is written to.  Nobody who works waits for it: a
 * terminal may be stopped (Ctrl-S). */
static GMutex screen;
static atomic_bool drawn;     /* something stands on the line */
static atomic_bool drawing;   /* just now */
static atomic_bool abandoned; /* draw nothing any more */

static bool
is_capable(void)
{
    const char *term = getenv("TERM");

    return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void
progress_begin(bool quiet)
{
    state.wanted = !quiet && is_capable();
    state.begun_us = g_get_monotonic_time();
}

static gsize
columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return COLUMNS_USUAL;
}

/* Behind "kcdaudit audit &" the terminal belongs to somebody else. */
static bool
is_ours(void)
{
    pid_t group = tcgetpgrp(STDERR_FILENO);

    return group < 0 || group == getpgrp();
}

static bool
is_writable(void)
{
    struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&wait, 1, 0) == 1 && (wait.revents & POLLOUT) != 0;
}

/* 1234567 as "1,234,567". */
static void
append_number(GString *out, guint number)
{
    g_autofree char *digits = g_strdup_printf("%u", number);
    gsize length = strlen(digits);

    for (gsize i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
}

static char *
step_text(const Step *step, gint64 now_us)
{
    GString *text = g_string_new(step->what);
    gint64 seconds = (now_us - step->since_us) / G_TIME_SPAN_SECOND;

    if (step->counted) {
        g_string_append(text, ": ");
        append_number(text, step->done);
        g_string_append(text, step->unit ? " " : " of ");
        if (step->unit)
            g_string_append(text, step->unit);
        else
            append_number(text, step->all);
    } else {
        g_string_append(text, "...");
        if (seconds >= SLOW_S)
            g_string_append_printf(text, " %" G_GINT64_FORMAT " s", seconds);
    }
    return g_string_free(text, FALSE);
}

/* As much as fits, one column less than there are: a full line would wrap. */
static void
append_fitting(GString *out, const char *text, gsize width)
{
    gsize used = 0;

    for (const char *at = text; *at;) {
        const char *next = g_utf8_next_char(at);
        g_autofree char *one = g_strndup(at, (gsize)(next - at));

        used += text_width(one);
        if (used >= width)
            return;
        g_string_append(out, one);
        at = next;
    }
}

/* The terminal may have gone: there is nobody to tell then. */
static void
put(const char *text, gsize length)
{
    ssize_t written = write(STDERR_FILENO, text, length);
    (void)written;
}

static void
draw(const char *text)
{
    g_autoptr(GString) line = g_string_new("\r");

    append_fitting(line, text, columns());
    g_string_append(line, "\033[K");
    g_mutex_lock(&screen);
    atomic_store(&drawing, true);
    if (!atomic_load(&abandoned) && is_ours() && is_writable()) {
        atomic_store(&drawn, true);
        put(line->str, line->len);
    }
    atomic_store(&drawing, false);
    g_mutex_unlock(&screen);
}

/* With the screen held. */
static void
erase(void)
{
    if (atomic_exchange(&drawn, false))
        put(ERASE, strlen(ERASE));
}

static gpointer
draw_on(gpointer unused)
{
    g_autofree char *shown = NULL;

    (void)unused;
    g_mutex_lock(&state.lock);
    while (!state.over) {
        gint64 now_us = g_get_monotonic_time();
        g_autofree char *text = NULL;

        if (state.step.what && now_us - state.begun_us >= FIRST_US)
            text = step_text(&state.step, now_us);
        g_mutex_unlock(&state.lock);
        if (text && (!atomic_load(&drawn) || g_strcmp0(text, shown) != 0)) {
            draw(text);
            g_free(shown);
            shown = g_steal_pointer(&text);
        }
        g_mutex_lock(&state.lock);
        if (!state.over)
            g_cond_wait_until(&state.ended, &state.lock, now_us + EVERY_US);
    }
    g_mutex_unlock(&state.lock);
    return NULL;
}

/* Signals are for the thread that works: a handler waits for this one. */
static GThread *
start(void)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GThread *thread = g_thread_try_new("progress", draw_on, NULL, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

/* With the lock held.  A step that only counts on keeps its beginning. */
static void
take(Step step, char *said)
{
    bool same = !said && state.step.what == step.what;

    step.since_us = same ? state.step.since_us : g_get_monotonic_time();
    state.step = step;
    g_free(state.said);
    state.said = said;
    if (!state.thread && !state.over)
        state.thread = start();
}

void
progress_say(const char *format, ...)
{
    va_list values;

    if (!state.wanted)
        return;
    va_start(values, format);
    g_autofree char *text = g_strdup_vprintf(format, values);
    va_end(values);
    /* The name of a DC is what DNS says it is. */
    char *said = text_quoted(QUOTE_TERMINAL, text);
    g_mutex_lock(&state.lock);
    take((Step){.what = said}, said);
    g_mutex_unlock(&state.lock);
}

void
progress_count(const char *what, guint count, const char *one, const char *many)
{
    if (!state.wanted)
        return;
    g_mutex_lock(&state.lock);
    take((Step){.what = what,
                .unit = count == 1 ? one : many,
                .done = count,
                .counted = true},
         NULL);
    g_mutex_unlock(&state.lock);
}

void
progress_of(const char *what, guint done, guint all)
{
    if (!state.wanted)
        return;
    g_mutex_lock(&state.lock);
    take((Step){.what = what, .done = done, .all = all, .counted = true}, NULL);
    g_mutex_unlock(&state.lock);
}

void
progress_hold(void)
{
    g_mutex_lock(&screen);
    erase();
}

void
progress_release(void)
{
    g_mutex_unlock(&screen);
}

void
progress_end(void)
{
    GThread *thread;

    g_mutex_lock(&state.lock);
    state.over = true;
    thread = g_steal_pointer(&state.thread);
    g_cond_signal(&state.ended);
    g_mutex_unlock(&state.lock);
    if (thread)
        g_thread_join(thread);
    g_mutex_lock(&screen);
    erase();
    g_mutex_unlock(&screen);
    g_mutex_lock(&state.lock);
    state.step.what = NULL;
    g_clear_pointer(&state.said, g_free);
    g_mutex_unlock(&state.lock);
}

void
progress_abandon(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    atomic_store(&abandoned, true);
    /* The drawing thread takes no signals, so it goes on; but not for long where
     * the terminal is stopped. */
    for (int i = 0; i < 20 && atomic_load(&drawing); i++)
        nanosleep(&moment, NULL);
    if (atomic_load(&drawn) && is_writable())
        put(ERASE, strlen(ERASE));
}
