"""A new customer: everybody is created by many connections, then groups are filled. A neighbour writes beside."""

import multiprocessing
import time

import people
from client import demand, percentile, share
from phases import Phase
from service import Workspace

CONNECTIONS = 16
GROUPS = 10
PACE = 0.01  # Seconds from one write of the neighbour to the next.


class Customer:
    """A new workspace that is provisioned: `create` for each of the keys, then `push` for each of the groups."""

    def __init__(self, service, name, number):
        self.workspace, self.half = Workspace(service, name), number // 2
        self.clients = self.workspace.clients(CONNECTIONS)
        self.keys, self.ids, self.groups = [f"q{one}" for one in range(number)], {}, {}

    def create(self, client, key):
        self.ids[key] = people.create(client, key)

    def push(self, client, place):
        """One of the groups, as Okta pushes it: created empty, then filled."""
        begin = place * self.half // GROUPS
        chosen = [self.ids[key] for key in self.keys[begin:begin + self.half]]
        group = people.create_group(client, f"Group {place}")
        people.fill_group(client, group, chosen)
        self.groups[group] = chosen

    def provision(self):
        share(self.clients, self.keys, self.create)
        share(self.clients[:GROUPS], range(GROUPS), self.push)

    def check(self):
        got = self.clients[0].call("GET", "/Users?startIndex=1&count=2")
        demand(got["totalResults"] == len(self.keys), f"the workspace must have {len(self.keys)} people", got)
        demand(len(self.groups) == GROUPS, "two groups got one id")
        for group, chosen in self.groups.items():
            people.check_group(self.clients[0], group, chosen)


def write_beside(workspace, person, stop, pipe):
    """The neighbour, a process: replaces one person at a steady pace until `stop`, then sends the latencies."""
    client, (key, user) = workspace.client(), person
    latencies, number = [], 0
    try:
        document = client.call("GET", f"/Users/{user}")
        while not stop.is_set():
            number += 1
            document["title"] = f"Neighbour {number}"
            begun = time.perf_counter()
            got = client.call("PUT", f"/Users/{user}", document)
            latencies.append(time.perf_counter() - begun)
            people.check_person(got, key, title=document["title"])
            stop.wait(max(0, PACE - latencies[-1]))
        pipe.send(sorted(latencies))
    except Exception as error:  # Told to the run, which ends.
        pipe.send(f"the neighbour's writes: {error!r}")


def beside(workspace, person, work):
    """The latencies of a neighbour's writes while `work` runs."""
    context = multiprocessing.get_context("fork")
    stop, (ours, theirs) = context.Event(), context.Pipe()
    process = context.Process(target=write_beside, args=(workspace, person, stop, theirs), daemon=True)
    process.start()
    try:
        work()
        stop.set()
        latencies = ours.recv()
    finally:
        stop.set()
        process.join(10)
        process.kill()
    demand(isinstance(latencies, list), str(latencies))
    return latencies


def provision(scene):
    """Yields phases, and rows of what is measured by the clock alone."""
    service, number = scene.service, scene.options.provision
    customer = Customer(service, "Filled", number)
    yield Phase(service, f"provision {number} people", customer.clients, customer.keys, customer.create, warm=0)
    yield Phase(
        service, f"provision {GROUPS * customer.half} memberships", customer.clients[:GROUPS], list(range(GROUPS)),
        customer.push, warm=0, each=customer.half,
    )
    customer.check()

    neighbour = scene.active[-1]
    quiet = beside(scene.workspace, neighbour, lambda: time.sleep(scene.options.seconds))
    yield by_the_clock("a write, quiet", quiet)
    customer = Customer(service, "Filled beside", number)
    busy = beside(scene.workspace, neighbour, customer.provision)
    customer.check()
    yield by_the_clock("a write, while another is filled", busy)


def by_the_clock(name, latencies):
    return {
        "operation": name, "requests": len(latencies),
        "p50_ms": percentile(latencies, 50) * 1e3, "p99_ms": percentile(latencies, 99) * 1e3,
    }
