"""What the Python peers share: the clocks and the peak of memory, as support.hpp has them for C++."""

import resource
import time


class Usage:
    """CPU is that of the whole process, all threads, kernel time included."""

    def __init__(self):
        r = resource.getrusage(resource.RUSAGE_SELF)
        self.wall, self.user, self.system = time.monotonic(), r.ru_utime, r.ru_stime

    def since(self, before):
        return {
            "wall_s": round(self.wall - before.wall, 6),
            "user_s": round(self.user - before.user, 6),
            "sys_s": round(self.system - before.system, 6),
        }


def peak_rss_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
