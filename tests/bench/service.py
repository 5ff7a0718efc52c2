"""A binary of the service: started in a folder of its own, on a database of its own."""

import base64
import http.client
import json
import os
import secrets
import subprocess
import time

from client import Client
from cpu import Meter
from postgres import Unusable, clean_environment, die_with_us, free_port


def version(binary):
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


class Workspace:
    """A workspace with its provisioning token."""

    def __init__(self, service, name):
        self.port = service.port
        self.id = service.command("workspace", "create", "--name", name)["id"]
        # A long series of deactivations must not be held. A binary that knows no brake refuses the argument.
        service.command("workspace", "update", "--workspace", self.id, "--brake-percent", "0", may_fail=True)
        token = service.command("token", "create", "--workspace", self.id, "--name", "Benchmark")
        self.token = token["token"]

    def client(self):
        return Client(self.port, self.id, self.token)

    def clients(self, count):
        """Connections that have sent a first request already."""
        clients = [self.client() for _ in range(count)]
        for client in clients:
            client.call("GET", "/Users?startIndex=1&count=2")
        return clients


class Service:
    """One `vestibule serve`. `name` is "before" or "now", `database` is "sqlite" or "postgres"."""

    def __init__(self, name, binary, database, scratch, server):
        self.name, self.binary, self.database, self.server = name, os.path.abspath(binary), database, server
        self.folder = os.path.join(scratch, f"{database}-{name}")
        os.mkdir(self.folder)
        self.process, self.port, self.keys = None, free_port(), {}
        if database == "postgres":
            self.url = server.create(name)
        else:
            self.url = f"sqlite://{self.folder}/vestibule.db"
        origin = f"http://127.0.0.1:{self.port}"
        settings = {
            "SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "REGION__NAME": "us", "REGION__API_URL": origin, "REGION__APP_URL": origin,
            "DATABASE__URL": self.url,
            "SECURITY__SEALING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "RATE_LIMITS__ENABLED": "false",
        }
        self.environment = clean_environment()
        self.environment.update({f"VESTIBULE__{key}": value for key, value in settings.items()})

    def start(self):
        with open(f"{self.folder}/log", "wb") as log:
            self.process = subprocess.Popen(
                die_with_us(self.binary) + ["serve"], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                ready = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                ready.request("GET", "/readyz")
                if ready.getresponse().status == 200:
                    self.meter = Meter(self.process.pid, self.server.pid if self.server else None)
                    return
            except OSError:
                pass
            finally:
                ready.close()
            time.sleep(0.1)
        raise Unusable(f"{self.binary} did not start:\n{self.end_of_log()}")

    def command(self, *arguments, may_fail=False):
        """Runs a command of the binary beside the service and returns its JSON."""
        done = subprocess.run(
            [self.binary, *arguments, "--json"], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            if may_fail:
                return None
            raise Unusable(f"{self.binary} {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def tidy(self):
        if self.server:
            self.server.tidy(self.url)

    def end_of_log(self):
        try:
            with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-15:])
        except OSError:
            return "(none: it was not started)"

    def stop(self):
        """At once: nothing in there is wanted any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
