"""usage.py FILE COMMAND...: runs it and writes to FILE its seconds, CPU seconds and most memory in KiB. A process of its own, since a child's memory
begins with that of whom it is forked from."""
import os
import sys
import time

start = time.monotonic()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write("%f %f %d" % (time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
