#!/usr/bin/env python3
"""Checks the examples against the service: examples/check.py [--binary vestibule] [express fastapi …]

Starts `vestibule demo` (with its pretend Okta) and each example, and plays a browser or an MCP client through seven steps:
1 sign-in, 2 roles shown, 3 a role that changes live, 4 sign-out, 5 back-channel logout ends the app's session, 6 Universal Logout
refuses the next request, 7 a JWT access token checked locally, with the stream of ends as its revocation. Prints a line a
step, and which step an example doesn't have. Installs what an example needs into its own folder. Only Python's standard library.
Without names it checks those whose packages come from PyPI and npm. With --stay it plays nothing: it starts one app and the demo, says what
to open, and leaves the browser to you.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from checks import app, mcp  # noqa: E402
from checks.apps import EXAMPLES  # noqa: E402
from checks.service import Service  # noqa: E402
from checks.steps import Report  # noqa: E402


def main() -> int:
    binaries = [Path(__file__).parent.parent / "target" / kind / "vestibule" for kind in ("release", "debug")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=next((str(path) for path in binaries if path.exists()), "vestibule"))
    parser.add_argument("--stay", action="store_true", help="start the one example that is named, until Ctrl-C")
    parser.add_argument("example", nargs="*", help=", ".join(EXAMPLES))
    arguments = parser.parse_args()
    if unknown := set(arguments.example) - set(EXAMPLES):
        parser.error(f"no such example: {', '.join(sorted(unknown))}")
    if arguments.stay and (len(arguments.example) != 1 or EXAMPLES[arguments.example[0]].kind != "app"):
        parser.error("--stay wants the name of one app")
    failed, begin = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vestibule-examples-") as folder:
        for name in arguments.example or (name for name, example in EXAMPLES.items() if not example.only_named):
            report, place = Report(name), Path(folder) / name
            place.mkdir()
            service = Service(arguments.binary, place)
            try:
                if arguments.stay:
                    return app.stay(name, service, place)
                (app if EXAMPLES[name].kind == "app" else mcp).check(name, service, place, report)
            except AssertionError as error:
                report.failed += 1
                print(f"{name:<15} FAILED {error}")
            finally:
                service.stop()
            failed += report.failed
    print(f"{failed} steps failed, {time.monotonic() - begin:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
