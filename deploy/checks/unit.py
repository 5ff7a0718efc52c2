"""Checks the systemd units and what the Debian package installs, offline. Needs Python and systemd alone."""

import os
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

from keys import DEFAULTS, ROOT, need

SERVICE = ROOT / "deploy/systemd/vestibule.service"
SOCKET = ROOT / "deploy/systemd/optional/vestibule.socket"
# systemd-analyze security: 0 is best, 10 worst. What is left: it must reach the network, and it is reached.
MOST_EXPOSED = 1.5


def analyze(*arguments):
    environment = {**os.environ, "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *arguments], env=environment, capture_output=True, text=True, check=False)


def verify(folder):
    """systemd reads both units without a complaint. The program is not installed here: another one stands for it."""
    for name, path in (("vestibule.service", SERVICE), ("vestibule.socket", SOCKET)):
        text = path.read_text()
        if name.endswith(".service"):
            need("ExecStart=/usr/bin/vestibule serve\n" in text, "the unit runs the packaged program")
            text = text.replace("/usr/bin/vestibule", shutil.which("true"))
        (folder / name).write_text(text)
    verified = analyze("verify", "--man=no", str(folder / "vestibule.service"), str(folder / "vestibule.socket"))
    lines = [line for line in (verified.stdout + verified.stderr).splitlines() if "vestibule" in line]
    need(verified.returncode == 0 and not lines, f"systemd accepts the units: {lines}")


def exposure():
    rated = analyze("security", "--offline=yes", "--no-pager", str(SERVICE))
    last = [line for line in rated.stdout.splitlines() if "Overall exposure level" in line]
    if not last:
        return None
    level = float(last[0].split(":")[1].split()[0])
    need(level <= MOST_EXPOSED, f"systemd rates the exposure {level}, and it may be {MOST_EXPOSED}")
    return level


def configuration():
    packaged = tomllib.loads((ROOT / "deploy/debian/vestibule.toml").read_text())
    for section, keys in packaged.items():
        for key, value in keys.items():
            need(type(DEFAULTS.get(section, {}).get(key)) is type(value), f"vestibule.toml: {section}.{key} is a key of its kind")
    socket = SOCKET.read_text()
    need(f"ListenStream={packaged['server']['listen']}\n" in socket, "socket and configuration have one address")
    stop = DEFAULTS["server"]["shutdown_seconds"]
    limit = [line for line in SERVICE.read_text().splitlines() if line.startswith("TimeoutStopSec=")]
    need(int(limit[0].split("=")[1]) > stop, "systemd waits longer than server.shutdown_seconds")


def package():
    """Each file that the package takes from here exists."""
    crate = ROOT / "crates/server"
    deb = tomllib.loads((crate / "Cargo.toml").read_text())["package"]["metadata"]["deb"]
    for source, _, _ in deb["assets"]:
        need(source.startswith("target/") or (crate / source).is_file(), f"the package's {source} exists")
    for script in ("postinst", "prerm", "postrm"):
        text = (crate / deb["maintainer-scripts"] / script).read_text()
        need("#DEBHELPER#" in text and "set -e" in text, f"{script} lets the units in, and stops at a failure")
        parsed = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
        need(parsed.returncode == 0, f"{script}: {parsed.stderr}")
    for unit in deb["systemd-units"]:
        files = {path.name for path in (crate / unit["unit-scripts"]).iterdir() if path.is_file()}
        need(files == {f"{unit['unit-name']}.service"}, "the service alone is enabled")


def main():
    with tempfile.TemporaryDirectory() as folder:
        verify(Path(folder))
    configuration()
    package()
    level = exposure()
    print(f"systemd units: accepted, exposure {level if level is not None else 'not rated by this systemd'}")


main()
