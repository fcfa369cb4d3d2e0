/* Puts /dev/null where a standard descriptor is closed. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool
descriptors_hold(void)
{
    /* Output opened for reading: each write fails, and is said. */
    static const int modes[] = {[STDIN_FILENO] = O_RDONLY,
                                [STDOUT_FILENO] = O_RDONLY,
                                [STDERR_FILENO] = O_WRONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        /* The lowest that is free, which is this one. */
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}
