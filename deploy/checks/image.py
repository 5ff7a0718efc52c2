"""Makes an image of a program twice, compares the two, unpacks one and runs the service in it: image.py PROGRAM"""

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from keys import ROOT, check_variable, need

USER = 10001


def build(program, to):
    arguments = [ROOT / "deploy/image/build", "--binary", program, "--to", to, "--compression", "1"]
    made = subprocess.run(arguments, capture_output=True, text=True, check=False)
    need(made.returncode == 0, f"the image is made: {made.stderr}")
    return hashlib.sha256(to.read_bytes()).hexdigest()


def read(archive):
    """The configuration and the layer, each checked against the digest that names it."""
    with tarfile.open(archive) as opened:
        content = {each.name: opened.extractfile(each).read() for each in opened if each.isfile()}

    def blob(descriptor):
        found = content["blobs/sha256/" + descriptor["digest"].removeprefix("sha256:")]
        need(len(found) == descriptor["size"], "sizes are right")
        need(hashlib.sha256(found).hexdigest() == descriptor["digest"].removeprefix("sha256:"), "digests are right")
        return found

    manifest = json.loads(blob(json.loads(content["index.json"])["manifests"][0]))
    return json.loads(blob(manifest["config"])), blob(manifest["layers"][0])


def enter(root):
    """What runs a command in the image as its user; None where this machine lets nobody."""
    inside = [shutil.which("chroot") or "/usr/sbin/chroot", f"--userspec={USER}:{USER}", str(root)]
    if os.geteuid() == 0:
        return inside
    unshare, chroot = shutil.which("unshare"), shutil.which("chroot") or "/usr/sbin/chroot"
    mapped = [unshare, "--user", "--map-root-user", chroot, str(root)]
    works = unshare and subprocess.run([*mapped, "/usr/local/bin/vestibule", "--version"], capture_output=True, check=False)
    return mapped if works and works.returncode == 0 else None


def run(root, config):
    """Starts the service as the image says, asks it as the image's health check does, and stops it."""
    inside = enter(root)
    if inside is None:
        return "not run: it needs root, or user namespaces"
    settings = dict(variable.split("=", 1) for variable in config["Env"])
    for name, value in settings.items():
        if name.startswith("VESTIBULE__"):
            check_variable("image", name, value)
    need(Path(root, settings["SSL_CERT_FILE"].lstrip("/")).stat().st_size > 1000, "certificates are inside")
    # The tests of this machine run beside each other.
    settings |= {"VESTIBULE__SERVER__LISTEN": f"127.0.0.1:{free_port()}", "VESTIBULE__SERVER__METRICS_LISTEN": ""}
    program = [*inside, "/usr/local/bin/" + config["Entrypoint"][0]]
    key = subprocess.run([*program, "generate-key", "--json"], env=settings, capture_output=True, text=True, check=False)
    need(key.returncode == 0, f"the program runs in the image: {key.stderr}")
    settings["VESTIBULE__SECURITY__SEALING_KEY"] = json.loads(key.stdout)["sealing_key"]
    service = subprocess.Popen([*program, *config["Cmd"]], env=settings, stderr=subprocess.PIPE, text=True)
    try:
        for line in service.stderr:
            if "server.started" in line:
                break
        else:
            need(False, "the service starts in the image")
        check = [*program, *config["Healthcheck"]["Test"][2:]]
        health = subprocess.run(check, env=settings, capture_output=True, text=True, check=False)
        need(health.returncode == 0, f"the health check passes: {health.stderr}")
        service.send_signal(signal.SIGTERM)
        service.stderr.read()
        need(service.wait() == 0, "the service stops")
    finally:
        service.kill()
    need(Path(root, "var/lib/vestibule/vestibule.db").stat().st_uid in (USER, os.geteuid()), "the database is where the volume is")
    return "run"


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def main():
    program = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        first, second = build(program, folder / "first.tar"), build(program, folder / "second.tar")
        need(first == second, "the same inputs make the same bytes")
        config, layer = read(folder / "first.tar")
        root = folder / "root"
        root.mkdir()
        with tarfile.open(fileobj=io.BytesIO(layer)) as opened:
            names = {each.name for each in opened}
            need(not [each for each in opened if each.mode & 0o6000], "no program has another's rights")
            need(not names & {"bin/sh", "usr/bin/apt", "bin/bash"}, "no shell is inside")
            opened.extractall(root, **({"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}))
        print(f"image: {len(names)} entries, {(folder / 'first.tar').stat().st_size // 1024} KiB, {run(root, config['config'])}")


main()
