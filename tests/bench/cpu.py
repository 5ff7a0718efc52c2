"""The CPU time of processes and of all their children, in user and system mode, as Linux counts it."""

import os
import time

TICK = 1 / os.sysconf("SC_CLK_TCK")


def read_stat(pid):
    """The fields of /proc/PID/stat from the third on; None if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def tree(root):
    """The process `root` and its living descendants, each with the fields of its stat file."""
    stats = {int(name): read_stat(name) for name in os.listdir("/proc") if name.isdigit()}
    found, parents = {}, [root]
    while parents:
        parent = parents.pop()
        if stats.get(parent) is not None and parent not in found:
            found[parent] = stats[parent]
            parents.extend(pid for pid, stat in stats.items() if stat is not None and int(stat[1]) == parent)
    return found


def own_time(pid, stat):
    """The process's own seconds: its CPU clock, which counts nanoseconds, else the clock ticks of the stat file."""
    try:
        # The number of the clock of a process, as the kernel's include/linux/posix-timers.h makes it.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return (int(stat[11]) + int(stat[12])) * TICK


def of(root):
    """Seconds of `root` and its descendants. Children that ended are in their parent's cutime and cstime."""
    return sum(own_time(pid, stat) + (int(stat[13]) + int(stat[14])) * TICK for pid, stat in tree(root).items())


class Meter:
    """The CPU of a service and of its database server, which is None where there is none or it can't be read."""

    def __init__(self, service, database):
        self.roots = [service, database]
        self.idle = [0.0, 0.0]

    def read(self):
        return [of(root) if root else 0.0 for root in self.roots]

    def learn_idle(self, seconds=2):
        """Measures what the processes use without requests."""
        settle([self], slack=0.03)
        before, begun = self.read(), time.monotonic()
        time.sleep(seconds)
        after, passed = self.read(), time.monotonic() - begun
        self.idle = [(b - a) / passed for a, b in zip(before, after)]


WINDOW = 1.5  # Background work has ended when the processes were idle for so long.
SLACK = 0.006  # What they may use in that window besides what they use when idle.
PATIENCE = 20  # Waits no longer for background work.


def settle(meters, slack=SLACK):
    """Waits until the background work of all has ended; returns false if it did not end in time."""
    until, samples = time.monotonic() + PATIENCE, []
    while time.monotonic() < until:
        now = time.monotonic()
        samples.append((now, [sum(meter.read()) for meter in meters]))
        old = [sample for sample in samples if sample[0] <= now - WINDOW]
        if old:
            begun, before = old[-1]
            if all(
                after - used <= sum(meter.idle) * (now - begun) + slack
                for meter, used, after in zip(meters, before, samples[-1][1])
            ):
                return True
        time.sleep(0.25)
    return False
