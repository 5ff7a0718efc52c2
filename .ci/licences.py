#!/usr/bin/env python3
"""Holds the dependencies to deny.toml where cargo-deny isn't installed.

Reads the same policy (licences, bans, duplicates, sources) and checks it against `cargo metadata`. It believes what
each crate says of its licence; cargo-deny reads the licence texts too. Advisories are not checked.
"""

import collections
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATES_IO = {
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
}


def main():
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    crates, parents, members = resolve(policy["graph"]["targets"])
    errors, warnings = [], []

    check_licences(policy["licenses"], crates, errors)
    check_bans(policy["bans"], crates, members, errors)
    known = check_duplicates(policy["bans"], crates, parents, errors, warnings)
    for crate in crates.values():
        if crate["source"] is not None and crate["source"] not in CRATES_IO:
            errors.append(f"{label(crate)} comes from {crate['source']}; only crates.io is allowed")

    for text in warnings:
        print(f"warning: {text}")
    for text in errors:
        print(f"error: {text}")
    print(
        f"{len(crates)} crates: {len(errors)} against deny.toml, {len(warnings)} warnings, "
        f"{known} known duplicates (by what each crate says of its licence)"
    )
    return 1 if errors else 0


def resolve(targets):
    """The crates that are built for `targets`, who needs each, and the ids of our own."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    for target in targets:
        command += ["--filter-platform", target]
    printed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    metadata = json.loads(printed)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: [dep["pkg"] for dep in node["deps"]] for node in metadata["resolve"]["nodes"]}
    members = set(metadata["workspace_members"])

    crates, parents, todo = {}, collections.defaultdict(set), list(members)
    while todo:
        this = todo.pop()
        if this in crates:
            continue
        crates[this] = packages[this]
        for dep in nodes[this]:
            parents[dep].add(this)
            todo.append(dep)
    return crates, parents, members


def check_licences(policy, crates, errors):
    allowed = set(policy["allow"])
    exceptions = [(entry["crate"], set(entry["allow"])) for entry in policy.get("exceptions", [])]
    for crate in crates.values():
        here = allowed.union(*(extra for spec, extra in exceptions if matches(spec, crate)))
        expression = crate["license"]
        if not expression:
            errors.append(f"{label(crate)} states no licence")
            continue
        try:
            met = is_met(expression, here)
        except ValueError as problem:
            errors.append(f"{label(crate)}: licence `{expression}` can't be read: {problem}")
            continue
        if not met:
            errors.append(f"{label(crate)}: licence `{expression}` isn't met by the list in deny.toml")


def is_met(expression, allowed):
    """Whether an SPDX expression can be met. AND binds tighter than OR; `/` is crates.io's old spelling of OR."""
    tokens = re.findall(r"[()/]|[A-Za-z0-9.+:-]+", expression)
    if "".join(tokens) != re.sub(r"\s", "", expression):
        raise ValueError("unknown characters")

    def peek():
        return tokens[0].upper() if tokens else None

    def either():
        met = both()
        while peek() in ("OR", "/"):
            tokens.pop(0)
            other = both()
            met = met or other
        return met

    def both():
        met = one()
        while peek() == "AND":
            tokens.pop(0)
            other = one()
            met = met and other
        return met

    def one():
        if peek() in (None, ")", "/", "AND", "OR", "WITH"):
            raise ValueError("a licence is missing")
        token = tokens.pop(0)
        if token == "(":
            met = either()
            if peek() != ")":
                raise ValueError("a parenthesis isn't closed")
            tokens.pop(0)
            return met
        if peek() == "WITH":
            tokens.pop(0)
            if peek() in (None, "(", ")", "/", "AND", "OR", "WITH"):
                raise ValueError("an exception is missing")
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    met = either()
    if tokens:
        raise ValueError(f"`{tokens[0]}` wasn't expected")
    return met


def check_bans(policy, crates, members, errors):
    for entry in policy.get("deny", []):
        spec = entry if isinstance(entry, str) else entry["crate"]
        for crate in crates.values():
            if matches(spec, crate):
                errors.append(f"{label(crate)} is banned: {'' if isinstance(entry, str) else entry.get('reason', '')}")
    if policy.get("wildcards") == "deny":
        for member in members:
            for dep in crates[member]["dependencies"]:
                if dep["req"] == "*" and dep["source"] is not None:
                    errors.append(f"{crates[member]['name']} asks for any version of {dep['name']}")


def check_duplicates(policy, crates, parents, errors, warnings):
    level = policy.get("multiple-versions", "warn")
    skips = [entry if isinstance(entry, str) else entry["crate"] for entry in policy.get("skip", [])]
    versions = collections.defaultdict(list)
    for key, crate in crates.items():
        versions[crate["name"]].append(key)

    known, used = 0, set()
    for name, keys in sorted(versions.items()):
        left = []
        for key in sorted(keys):
            hits = [spec for spec in skips if matches(spec, crates[key])]
            used.update(hits if len(keys) > 1 else [])
            if not hits:
                left.append(key)
        known += len(keys) > 1 and len(left) < 2
        if len(left) > 1 and level != "allow":
            who = "; ".join(
                f"{crates[key]['version']} for {', '.join(sorted({crates[up]['name'] for up in parents[key]}))}"
                for key in left
            )
            (errors if level == "deny" else warnings).append(f"{name} is there {len(left)} times: {who}")
    for spec in skips:
        if spec not in used:
            warnings.append(f"deny.toml skips {spec}, which is no duplicate any more")
    return known


def matches(spec, crate):
    """cargo-deny's package specs: `name`, `name@1.2.3`, `name:<predicates>`."""
    name, separator, wanted = re.match(r"([^@:]+)([@:]?)(.*)", spec).groups()
    if name != crate["name"]:
        return False
    if not separator:
        return True
    if separator == "@":
        return crate["version"].split("+")[0] == wanted.split("+")[0]
    return all(satisfies(crate["version"], part.strip()) for part in wanted.split(","))


def satisfies(version, predicate):
    operator, wanted = re.fullmatch(r"(<=|>=|<|>|=|\^|~|)\s*([0-9][0-9.]*)", predicate).groups()
    given = [int(part) for part in re.split(r"[-+]", version)[0].split(".")]
    parts = [int(part) for part in wanted.split(".")]
    low = parts + [0] * (3 - len(parts))
    if operator in ("<", "<=", ">", ">="):
        return {"<": given < low, "<=": given <= low, ">": given > low, ">=": given >= low}[operator]
    if operator == "=":
        return given[: len(parts)] == parts
    if operator == "~":
        fixed = min(len(parts), 2)
    else:  # caret: up to the first part that isn't zero
        fixed = next((index + 1 for index, part in enumerate(parts) if part), len(parts))
    return given >= low and given[:fixed] == low[:fixed]


def label(crate):
    return f"{crate['name']} {crate['version']}"


if __name__ == "__main__":
    sys.exit(main())
