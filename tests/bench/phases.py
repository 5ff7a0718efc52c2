"""Measures one step of an operation on one binary, or on two that take turns."""

import dataclasses
import time
import typing

import cpu
from client import demand, percentile, share

WARM = 50  # So many requests, or a quarter, are not measured: in them each database connection prepares its statements.
TURNS = 10  # The binaries take turns so often, each time with a part of the requests.


@dataclasses.dataclass
class Phase:
    """Requests of one kind: work(client, task) for each of the tasks, until `seconds` are over."""

    service: typing.Any
    operation: str
    clients: list
    tasks: list
    work: typing.Callable
    seconds: float = float("inf")
    warm: int = WARM
    turns: int = TURNS
    each: int = 1  # What one task counts, such as the members that it adds.
    latencies: list = dataclasses.field(default_factory=list)
    wall: float = 0.0

    def prepare(self):
        warm = min(self.warm, len(self.tasks) // 4)
        share(self.clients, self.tasks[:warm], self.work)
        self.tasks = self.tasks[warm:]
        # With few tasks for each connection, a part would end with connections that have nothing to do.
        turns = max(1, min(self.turns, len(self.tasks) // (10 * len(self.clients))))
        self.size = -(-len(self.tasks) // turns)

    def turn(self, number):
        """The next part of the tasks. Returns false if there is none."""
        tasks = self.tasks[number * self.size:(number + 1) * self.size]
        if not tasks or self.wall >= self.seconds:
            return False
        begun = time.monotonic()
        self.latencies += share(self.clients, tasks, self.work, self.seconds - self.wall)
        self.wall += time.monotonic() - begun
        return True

    def row(self, used, settled):
        """What it cost: `used` has the seconds of CPU of service and database."""
        done = len(self.latencies) * self.each
        demand(done > 0, f"{self.operation}: no request was made")
        return {
            "operation": self.operation, "requests": done, "settled": settled, "wall_s": self.wall,
            "service_us": used[0] / done * 1e6, "database_us": used[1] / done * 1e6,
            "p50_ms": percentile(self.latencies, 50) * 1e3, "p99_ms": percentile(self.latencies, 99) * 1e3,
        }


def measure(phases):
    """Runs the phases in turns and waits for what they left in the background. Returns a row for each."""
    meters = [phase.service.meter for phase in phases]
    for phase in phases:
        phase.prepare()
    cpu.settle(meters)
    before, begun = [meter.read() for meter in meters], time.monotonic()
    number, going = 0, True
    while going:
        # Who goes first changes, too. All have their turn before it ends.
        going = any([phase.turn(number) for phase in phases[::1 if number % 2 == 0 else -1]])
        number += 1
    settled = cpu.settle(meters)
    after, passed = [meter.read() for meter in meters], time.monotonic() - begun
    return [
        phase.row([max(0.0, b - a - idle * passed) for a, b, idle in zip(*cpus, meter.idle)], settled)
        for phase, meter, cpus in zip(phases, meters, zip(before, after))
    ]
