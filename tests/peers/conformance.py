#!/usr/bin/env python3
"""Runs scim2-tester, a conformance client that others wrote, against a SCIM server, and says what it found.

conformance.py BASE_URL, with the token in SCIM_TOKEN. Prints what didn't succeed and the counts. Fails on every error
that isn't in KNOWN, and on an entry of KNOWN that no result met: the list must stay as short as the truth.
"""

import collections
import os
import re
import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# What may be created, changed and deleted. Roles and entitlements can only be read (RFC 7643 §6 has no way to say so),
# and the tester would insist on creating them; its checks of /ResourceTypes and /Schemas do cover them.
WRITABLE = ["User", "Group"]

# (resource type, check, reason), the latter two as regular expressions that must match from the start: why we differ.
KNOWN = {}


def main():
    base, token = sys.argv[1], os.environ["SCIM_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=base, headers=headers, timeout=30, trust_env=False) as http:
        results = check_server(SyncSCIMClient(http), resource_types=WRITABLE)

    met, unknown = set(), []
    for result in results:
        if result.status in (Status.SUCCESS, Status.COMPLIANT):
            continue
        reason = (result.reason or "").strip()
        print(f"{result.status.name} {result.resource_type or '-'} {result.title}: {reason}")
        if result.status not in (Status.ERROR, Status.CRITICAL):
            continue
        entries = {
            entry
            for entry in KNOWN
            if entry[0] == result.resource_type
            and re.fullmatch(entry[1], result.title or "")
            and re.match(entry[2], reason)
        }
        met |= entries
        if entries:
            print("  known: " + "; ".join(KNOWN[entry] for entry in entries))
        else:
            unknown.append(result)

    counts = collections.Counter(result.status.name for result in results)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    print(f"scim2-tester: {len(results)} checks: {told}; {len(unknown)} errors that are not known")
    for entry in KNOWN.keys() - met:
        print(f"in KNOWN and not met by any result, so take it out: {entry}")
    # Nothing at all would be no success either.
    return 1 if unknown or KNOWN.keys() - met or counts["SUCCESS"] < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
