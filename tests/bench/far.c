/* Runs a command in a network of its own, that reaches ours over a wire on which each
 * packet takes so long each way: DNS, connections and all. At last it writes how many
 * seconds the command took.
 *
 *     far MILLISECONDS COMMAND [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKETS 4096 /* on the wire at most; more are lost, as anywhere */
#define PACKET_MAX 2048

typedef struct {
    long long due_ns;
    int to;
    ssize_t length;
    char bytes[PACKET_MAX];
} Packet;

static Packet wire[PACKETS];
static unsigned first, count;

static long long
now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* An end of the wire, in the network that the process is in. */
static int
end_new(const char *name, const char *set_up)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
        err(125, "/dev/net/tun");
    if (system(set_up) != 0)
        errx(125, "failed: %s", set_up);
    return fd;
}

static void
take_in(int from, int to, long long delay_ns)
{
    while (count < PACKETS) {
        Packet *packet = &wire[(first + count) % PACKETS];
        packet->length = read(from, packet->bytes, sizeof packet->bytes);
        if (packet->length <= 0)
            return;
        packet->due_ns = now_ns() + delay_ns;
        packet->to = to;
        count++;
    }
}

static void
let_out(void)
{
    for (; count > 0 && wire[first].due_ns <= now_ns();
         first = (first + 1) % PACKETS, count--)
        if (write(wire[first].to, wire[first].bytes, (size_t)wire[first].length) < 0)
            continue; /* lost */
}

static void
ended(int number)
{
    (void)number;
}

int
main(int argc, char **argv)
{
    if (argc < 3)
        errx(125, "usage: far MILLISECONDS COMMAND [ARGUMENT...]");
    long long delay_ns = atoll(argv[1]) * 1000000, began_ns;
    int status = 0;
    sigset_t child, before;
    int there =
        end_new("far0", "ip address add 10.53.58.1/24 dev far0 && ip link set far0 up");
    if (unshare(CLONE_NEWNET) != 0)
        err(125, "unshare");
    int here =
        end_new("near0", "ip link set lo up && ip address add 10.53.58.2/24 dev near0 && "
                         "ip link set near0 up && ip route add default via 10.53.58.1");
    signal(SIGCHLD, ended);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    began_ns = now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(argv[2], argv + 2);
        err(127, "%s", argv[2]);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct pollfd ends[] = {{here, POLLIN, 0}, {there, POLLIN, 0}};
        long long left_ns = count > 0 ? wire[first].due_ns - now_ns() : 1000000000;
        struct timespec wait = {left_ns > 0 ? left_ns / 1000000000 : 0,
                                left_ns > 0 ? left_ns % 1000000000 : 0};
        ppoll(ends, 2, &wait, &before);
        take_in(here, there, delay_ns);
        take_in(there, here, delay_ns);
        let_out();
    }
    fprintf(stderr, "took %.3f\n", (double)(now_ns() - began_ns) / 1e9);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
