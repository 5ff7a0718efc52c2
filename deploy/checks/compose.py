"""Reads compose.yaml as `docker compose` does, and checks what it comes to."""

import json
import os
import subprocess
import sys
from pathlib import Path

from keys import ROOT, check_variable, need

FILE = ROOT / "deploy/compose.yaml"
SETTINGS = {"VESTIBULE_API_HOST": "api.localhost", "VESTIBULE_APP_HOST": "app.localhost", "VESTIBULE_REGION": "us"}


def compose(settings):
    program = Path(sys.argv[1]) / "docker-compose"
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **settings}
    arguments = [program, "--file", FILE, "config", "--format", "json"]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)


def main():
    for name in SETTINGS:
        missing = compose({other: value for other, value in SETTINGS.items() if other != name})
        need(missing.returncode != 0 and f"set {name}" in missing.stderr, f"without {name} it says so: {missing.stderr}")
    read = compose(SETTINGS)
    need(read.returncode == 0 and not read.stderr, f"compose.yaml is right: {read.stderr}")
    project = json.loads(read.stdout)
    services = project["services"]
    nodes = [name for name in services if name.startswith("node-")]
    need(len(nodes) == 2, "two nodes")
    for name, service in services.items():
        need(name == "proxy" or not service.get("ports"), f"only the proxy has ports on the machine, not {name}")
        for secret in service.get("secrets", []):
            need(secret["source"] in project["secrets"], f"{name}: secret {secret['source']} exists")
        for variable, value in service["environment"].items():
            need("PASSWORD" not in variable or variable.endswith("_FILE"), f"{name}: no password in {variable}")
            if not variable.startswith("VESTIBULE__"):
                continue
            check_variable(name, variable, value)
            if variable.endswith("_FILE") and value:
                mounted = {f"/run/secrets/{secret['source']}" for secret in service["secrets"]}
                need(value in mounted, f"{name}: {variable} names a secret that it has")
    for name in [*nodes, "migrate"]:
        service = services[name]
        need(service["read_only"] and service["cap_drop"] == ["ALL"], f"{name} is hardened")
        need(service["environment"]["VESTIBULE__DATABASE__MIGRATE_ON_START"] == "false", f"{name} doesn't migrate by itself")
    for name in nodes:
        need(services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully", f"{name} waits for the migration")
    need(list(services["database"]["networks"]) == ["back"] and project["networks"]["back"]["internal"], "the database is inside")
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    need(all(f"{name}:8080" in caddy for name in nodes), "Caddy names the nodes")
    for host in services["proxy"]["environment"]:
        need(f"{{${host}}}" in caddy, f"Caddy uses {host}")
    print(f"compose.yaml: {len(services)} services, {len(nodes)} of them nodes")


main()
