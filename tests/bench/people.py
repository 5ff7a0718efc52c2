"""The people and groups of the benchmark, in the shape in which Okta sends them, and what an answer must hold."""

from client import demand, share

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

BATCH = 100  # Members in one of Okta's requests.


def document(key):
    """A person as Okta creates them."""
    name = f"person.{key}@acme.example"
    return {
        "schemas": [USER],
        "userName": name,
        "name": {"givenName": "Ada", "familyName": f"Lovelace {key}"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": f"Ada Lovelace {key}",
        "locale": "en-US",
        "externalId": f"00u{key}",
        "groups": [],
        "password": "correct horse battery staple",
        "active": True,
    }


def check_person(got, key, **changed):
    """The answer must be the person `key`, with the attributes `changed`."""
    wanted = document(key)
    del wanted["password"], wanted["groups"]
    wanted.update(changed)
    for name, value in wanted.items():
        if name == "schemas":
            demand(USER in got["schemas"], "a person lacks the User schema", got)
        elif name == "emails":
            values = [(email["value"], email.get("primary")) for email in got["emails"]]
            demand(values == [(value[0]["value"], True)], f"the email of {key} is wrong", got)
        elif name == "name":
            names = {part: got["name"].get(part) for part in value}
            demand(names == value, f"the name of {key} is wrong", got)
        else:
            demand(got.get(name) == value, f"{name} of {key} must be {value!r}", got)
    demand("password" not in got, "a password was returned", got)
    demand(got["meta"]["resourceType"] == "User", "the resource type is wrong", got)
    demand(got["meta"]["location"].endswith(f"/Users/{got['id']}"), "the location is wrong", got)


def create(client, key):
    got = client.call("POST", "/Users", document(key), status=201)
    check_person(got, key)
    return got["id"]


def create_all(clients, keys):
    """Creates people, shared among connections. Returns their ids in the order of `keys`, and the latencies."""
    ids = {}

    def one(client, key):
        ids[key] = create(client, key)

    latencies = share(clients, keys, one)
    return [ids[key] for key in keys], latencies


def create_group(client, name):
    got = client.call("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": []}, status=201)
    demand(got["displayName"] == name and not got.get("members"), "the new group is wrong", got)
    return got["id"]


def patch(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def change_group(client, group, *operations):
    """200 with the group or 204: Okta takes both."""
    return client.call("PATCH", f"/Groups/{group}", patch(*operations), status=(200, 204))


def add_members(client, group, ids):
    change_group(client, group, {"op": "add", "path": "members", "value": [{"value": one} for one in ids]})


def remove_member(client, group, member):
    change_group(client, group, {"op": "remove", "path": f'members[value eq "{member}"]'})


def fill_group(client, group, ids):
    for begin in range(0, len(ids), BATCH):
        add_members(client, group, ids[begin:begin + BATCH])


def check_group(client, group, ids):
    """The group must have these members and no others."""
    got = client.call("GET", f"/Groups/{group}")
    members = [member["value"] for member in got.get("members", [])]
    demand(len(members) == len(ids), f"a group must have {len(ids)} members and has {len(members)}")
    demand(set(members) == set(ids), "a group has the wrong members")
