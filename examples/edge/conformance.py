#!/usr/bin/env python3
"""Holds a middleware that checks JWT access tokens itself against docs/edge.md, whatever it is written in.

    examples/edge/conformance.py express                                      one of the examples
    examples/edge/conformance.py --folder my-service --start "./my-service"   any program
    examples/edge/conformance.py --url http://127.0.0.1:3000/api/me --issuer-port 18080   one that you start yourself

Starts a Vestibule of its own with an OpenID provider, puts a proxy before it that loses the stream of ends on command and publishes keys of
its own, and asks the protected endpoint. A program that it starts is told ISSUER, CLIENT_ID, CLIENT_SECRET and BASE_URL in its environment,
listens at BASE_URL, takes tokens whose `aud` is BASE_URL at --path, and answers 200, 401, or 503 while it can't know. One that you start
yourself needs the same; without --start the rules about restarts are not checked.

Needs the binary, and Python's joserfc and cryptography.
"""

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checks.apps import EXAMPLES, Example, Running  # noqa: E402
from checks.service import free_port  # noqa: E402
from entrance import ELSEWHERE, Entrance  # noqa: E402
from rules import Rules  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent


class Report:
    def __init__(self):
        self.failed = self.passed = 0
        self.only: set[str] = set()

    def rule(self, rule: str, title: str, run):
        if self.only and rule not in self.only:
            return
        begin = time.monotonic()
        try:
            outcome, detail = "ok", run() or ""
            self.passed += 1
        except (AssertionError, OSError) as error:
            outcome, detail = "FAILED", str(error)
            self.failed += 1
        print(f"{rule:<4} {title:<50} {outcome:<7} {detail} ({time.monotonic() - begin:.1f} s)", flush=True)


def main() -> int:
    binaries = [ROOT / "target" / kind / "vestibule" for kind in ("release", "debug")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("example", nargs="?", help=", ".join(name for name, example in EXAMPLES.items() if example.api))
    parser.add_argument("--binary", default=next((str(path) for path in binaries if path.exists()), "vestibule"))
    parser.add_argument("--start", help="the command that starts the program and runs until it is stopped")
    parser.add_argument("--folder", default=".", help="where it is run")
    parser.add_argument("--url", help="the protected endpoint of a program that runs elsewhere")
    parser.add_argument("--audience", help="the resource that its tokens are for; without it, the URL without its path")
    parser.add_argument("--path", default="/api/me", help="the protected endpoint of a program that is started here")
    parser.add_argument("--issuer-port", type=int, default=0, help="where Vestibule is found; without it, any free port")
    parser.add_argument("--within", type=float, default=5, help="seconds within which an end must be known")
    parser.add_argument("--rule", action="append", default=[], help="only this rule; may be repeated")
    arguments = parser.parse_args()
    if sum(map(bool, (arguments.example, arguments.start, arguments.url))) != 1:
        parser.error("name an example, or give --start or --url")
    with tempfile.TemporaryDirectory(prefix="vestibule-edge-") as folder:
        return check(arguments, Path(folder))


def check(arguments, scratch: Path) -> int:
    report, begin = Report(), time.monotonic()
    entrance = Entrance(arguments.binary, scratch, arguments.issuer_port or free_port())
    running = None
    try:
        client = entrance.client("app", "Middleware", "--redirect-uri", ELSEWHERE)
        settings = {"ISSUER": entrance.issuer, "CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"]}
        if arguments.url:
            url, audience = arguments.url, arguments.audience or "/".join(arguments.url.split("/")[:3])
            print("Start the program with these, then press Enter:", *(f"{key}={value}" for key, value in settings.items()), sep="\n")
            input()
        else:
            running = start(arguments, scratch, settings)
            url, audience = running.base + arguments.path, arguments.audience or running.base
        report.only = set(arguments.rule)
        Rules(entrance, running, url, audience, arguments.within).play(report.rule)
        if report.failed and running:
            print(running.output())
        if not running:
            print("S4 and S5, about a restart, are not checked: give --start.")
    finally:
        if running:
            running.stop()
        entrance.stop()
    print(f"{report.passed} rules kept, {report.failed} broken, {time.monotonic() - begin:.0f} s")
    return 1 if report.failed else 0


def start(arguments, scratch: Path, settings: dict[str, str]) -> Running:
    if arguments.example:
        return Running(arguments.example, free_port(), scratch, settings)
    example = Example("app", ".", [], [shlex.split(arguments.start)])
    return Running(str(Path(arguments.folder).resolve()), free_port(), scratch, settings, example)


if __name__ == "__main__":
    sys.exit(main())
