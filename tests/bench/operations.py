"""The operations on one workspace. Each yields phases, which the caller measures, and then checks what they did."""

import random
import urllib.parse

import people
from client import demand, share
from phases import WARM, Phase
from service import Workspace

EDGE = 100  # The first and the last so many of a series of deactivations are measured by themselves.


class Scene:
    """A service with a workspace full of people, and what the operations have done to it."""

    def __init__(self, service, options):
        self.service, self.options = service, options
        service.start()
        self.workspace = Workspace(service, "Benchmark")
        keys = [f"p{number}" for number in range(options.users + options.changes)]
        ids, _ = people.create_all(self.workspace.clients(max(options.connections)), keys)
        everybody = list(zip(keys, ids))
        # The first half stays active and unchanged in its names; the second half is deactivated, a part in each round.
        self.active, self.rest = everybody[:options.users // 2], everybody[options.users // 2:options.users]
        self.outsiders = ids[options.users:]
        self.groups = {}
        if "members" in options.ops:
            for size in options.groups:
                self.groups[size] = self.make_groups(size, ids[:size])
        service.tidy()

    def make_groups(self, size, ids):
        """So many groups that the changes make none of them larger by more than a tenth."""
        client = self.workspace.client()
        groups = []
        for number in range(-(-self.options.changes // max(1, size // 10))):
            groups.append(people.create_group(client, f"Group of {size}, {number}"))
            people.fill_group(client, groups[-1], ids)
        self.members = ids if not self.groups or len(ids) > len(self.members) else self.members
        return groups

    def round(self, number):
        """Called before each round."""
        self.number = number
        self.service.tidy()
        self.service.meter.learn_idle()

    def phase(self, operation, clients, tasks, work, **more):
        """A phase. `clients` is a number of connections or the connections themselves."""
        if isinstance(clients, int):
            clients = self.workspace.clients(clients)
        return Phase(self.service, operation, clients, tasks, work, **more)

    def some(self):
        """People for a number of requests: all have their turn, in an order that is the same in each run."""
        order = random.Random(14).sample(self.active, len(self.active))
        return [order[number % len(order)] for number in range(self.options.count)]


def named(operation, connections):
    return f"{operation}, {connections} connection{'s' if connections > 1 else ''}"


def lookup(scene, connections):
    def work(client, person):
        key, user = person
        query = urllib.parse.quote(f'userName eq "{people.document(key)["userName"]}"')
        got = client.call("GET", f"/Users?filter={query}&startIndex=1&count=100")
        demand(people.LIST in got["schemas"], "a lookup is no ListResponse", got)
        demand(got["totalResults"] == 1 and len(got["Resources"]) == 1, "a lookup must find one person", got)
        demand(got["Resources"][0]["id"] == user, "a lookup found somebody else", got)
        people.check_person(got["Resources"][0], key)

    yield scene.phase(named("lookup", connections), connections, scene.some(), work, seconds=scene.options.seconds)


def get(scene, connections):
    def work(client, person):
        got = client.call("GET", f"/Users/{person[1]}")
        demand(got["id"] == person[1], "somebody else was returned", got)
        people.check_person(got, person[0])

    yield scene.phase(named("get", connections), connections, scene.some(), work, seconds=scene.options.seconds)


def create(scene, connections):
    keys = [f"n{scene.number}c{connections}x{number}" for number in range(scene.options.count)]
    made = {}

    def work(client, key):
        made[key] = people.create(client, key)

    yield scene.phase(named("create", connections), connections, keys, work, seconds=scene.options.seconds)
    demand(len(set(made.values())) == len(made), "two people got one id")
    client = scene.workspace.client()
    for key in list(made)[::max(1, len(made) // 10)]:
        people.check_person(client.call("GET", f"/Users/{made[key]}"), key)


def replace(scene, connections):
    """Okta's way: GET, which is not measured, then PUT of what was returned, with one other attribute."""
    clients = scene.workspace.clients(connections)
    title = f"Engineer {scene.number} {connections}"
    chosen, documents = list(dict.fromkeys(scene.some())), {}
    for key, user in chosen:
        documents[key] = clients[0].call("GET", f"/Users/{user}")
        documents[key]["title"] = title
    changed = []

    def work(client, person):
        key, user = person
        got = client.call("PUT", f"/Users/{user}", documents[key])
        demand(got["id"] == user, "somebody else was replaced", got)
        people.check_person(got, key, title=title)
        changed.append(person)

    yield scene.phase(named("replace", connections), clients, chosen, work, seconds=scene.options.seconds)
    for key, user in changed[::max(1, len(changed) // 10)]:
        people.check_person(clients[0].call("GET", f"/Users/{user}"), key, title=title)


def deactivate(scene):
    """A series: the last deactivations must cost what the first ones cost."""
    size = len(scene.rest) // scene.options.repeat
    series = scene.rest[scene.number * size:(scene.number + 1) * size][:scene.options.series]
    warm = min(WARM, len(series) // 4)
    edge = min(EDGE, (len(series) - warm) // 3)
    body = people.patch({"op": "replace", "value": {"active": False}})

    def work(client, person):
        got = client.call("PATCH", f"/Users/{person[1]}", body, status=(200, 204))
        demand(got is None or got["active"] is False, "a deactivated person is active", got)

    clients = scene.workspace.clients(1)
    share(clients, series[:warm], work)
    first, middle, last = series[warm:][:edge], series[warm:][edge:-edge], series[-edge:]
    for name, tasks in (
        (f"deactivate, first {edge}", first), (f"deactivate, {len(middle)} between", middle),
        (f"deactivate, last {edge}", last),
    ):
        yield scene.phase(name, clients, tasks, work, warm=0)
    for key, user in series[::max(1, len(series) // 10)]:
        people.check_person(clients[0].call("GET", f"/Users/{user}"), key, active=False)


def members(scene, size):
    """Adds outsiders to groups of one size, then removes them."""
    groups, clients = scene.groups[size], scene.workspace.clients(1)
    pairs = [(groups[number % len(groups)], outsider) for number, outsider in enumerate(scene.outsiders)]
    mine = [outsider for group, outsider in pairs if group == groups[0]]

    def add(client, pair):
        people.add_members(client, pair[0], [pair[1]])

    def remove(client, pair):
        people.remove_member(client, *pair)

    yield scene.phase(f"add to a group of {size}", clients, pairs, add)
    people.check_group(clients[0], groups[0], scene.members[:size] + mine)
    yield scene.phase(f"remove from a group of {size}", clients, pairs, remove)
    people.check_group(clients[0], groups[0], scene.members[:size])
