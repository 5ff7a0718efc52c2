"""PostgreSQL: the server that VESTIBULE_TEST_POSTGRES_URL names, or one that is started here, as in tests/run."""

import glob
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse

import cpu


class Unusable(Exception):
    """Something that this machine lacks. The message says what."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def die_with_us(program, *options, by="KILL"):
    """The command that runs `program`. Where setpriv is, the kernel sends it the signal `by` when we are killed."""
    found = shutil.which("setpriv")
    return [found, *options, f"--pdeathsig={by}", program] if found else [program]


def clean_environment():
    """The environment without settings of libpq and of Vestibule that would change the measurement."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "VESTIBULE"))}


class Server:
    """A PostgreSQL server. `pid` is its first process, or None where it does not run on this machine."""

    def __init__(self, folder):
        self.process, self.pid, self.made = None, None, []
        self.scratch = folder
        self.url = os.environ.get("VESTIBULE_TEST_POSTGRES_URL")
        self.own = not self.url

    def prepare(self):
        """Starts the server, or finds the one that runs. After this, also after a failure, `stop` cleans up."""
        if self.own:
            self.choose_user()
            self.find_programs()
            self.make_cluster()
            self.start()
            self.pid = self.process.pid
        else:
            self.psql = shutil.which("psql")
            if not self.psql:
                raise Unusable("PostgreSQL: psql is not on PATH")
            self.pid = self.find_pid()

    def choose_user(self):
        """PostgreSQL refuses to run as root."""
        self.user, self.options = None, []
        if os.getuid() == 0:
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            self.user = names.get("postgres") or names.get("nobody")
            if not self.user:
                raise Unusable("as root it needs a user to run PostgreSQL: 'postgres' or 'nobody'")
            if not shutil.which("setpriv"):
                raise Unusable("as root it needs setpriv (util-linux) to run PostgreSQL as another user")
            self.options = [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"]

    def find_programs(self):
        """Those that the server's user may run: PATH first, then Debian's newest."""
        folders = glob.glob("/usr/lib/postgresql/*/bin")
        folders.sort(key=lambda path: [int(digits) for digits in re.findall(r"\d+", path)], reverse=True)
        if shutil.which("initdb"):
            folders.insert(0, os.path.dirname(os.path.realpath(shutil.which("initdb"))))
        for folder in folders:
            if all(os.access(f"{folder}/{name}", os.X_OK) for name in ("initdb", "postgres", "psql")):
                command = die_with_us(f"{folder}/postgres", *self.options) + ["--version"]
                if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                    self.bin, self.psql = folder, f"{folder}/psql"
                    return
        raise Unusable("PostgreSQL's server programs are missing: `tests/run --prepare` installs them")

    def make_cluster(self):
        password = secrets.token_hex(24)
        os.mkdir(self.scratch, 0o700)
        with open(f"{self.scratch}/password", "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(password)
        if self.user:
            for path in (self.scratch, f"{self.scratch}/password"):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        command = [f"--pgdata={self.scratch}/data", "--username=postgres", f"--pwfile={self.scratch}/password"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            die_with_us(f"{self.bin}/initdb", *self.options) + command,
            cwd=self.scratch, env=clean_environment(), capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise Unusable(f"PostgreSQL: initdb failed: {done.stderr}")
        os.remove(f"{self.scratch}/password")
        self.password = password

    def start(self):
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200",
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            # It would run at any moment. `tidy` does its work before each round.
            "autovacuum": "off",
        }
        command = die_with_us(f"{self.bin}/postgres", *self.options, by="QUIT")
        command += ["-D", f"{self.scratch}/data", "-p", str(port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(f"{self.scratch}.log", "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.scratch, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self.url = f"postgres://postgres:{self.password}@127.0.0.1:{port}/postgres"
        for _ in range(600):
            try:
                with open(f"{self.scratch}/data/postmaster.pid", encoding="utf-8") as file:
                    # The eighth line is the server's state.
                    if file.read().split("\n")[7].startswith("ready"):
                        return
            except (OSError, IndexError):
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        with open(f"{self.scratch}.log", encoding="utf-8", errors="replace") as file:
            raise Unusable(f"PostgreSQL did not start: {file.read()[-1000:]}")

    def run(self, *statements, url=None):
        """Runs statements, each in a transaction of its own; raises if one fails."""
        command = [self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url or self.url]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unusable(f"PostgreSQL: {statements}: {done.stderr.strip()}")
        return done.stdout.strip()

    def find_pid(self):
        """The first process of a server that others started: the parent of the process that answers us."""
        command = [self.psql, "-X", "-q", "-A", "-t", "-d", self.url]
        with subprocess.Popen(
            command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as session:
            session.stdin.write("SELECT pg_backend_pid();\n")
            session.stdin.flush()
            answer = session.stdout.readline().strip()
            stat = cpu.read_stat(answer) if answer.isdigit() else None
            session.stdin.close()
        parent = int(stat[1]) if stat else 0
        if parent > 1:
            with open(f"/proc/{parent}/comm", encoding="utf-8") as file:
                return parent if file.read().startswith("postgres") else None
        return None

    def create(self, name):
        """Makes an empty database and returns its URL."""
        name = f"vestibule_bench_{name}_{secrets.token_hex(4)}"
        self.run(f"CREATE DATABASE {name}")
        self.made.append(name)
        return urllib.parse.urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def tidy(self, url):
        """Does the database's maintenance now, so that it does not fall into a measurement."""
        self.run("VACUUM (ANALYZE)", "CHECKPOINT", url=url)

    def stop(self):
        if not self.own:
            for name in self.made:
                self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        elif self.process is not None and self.process.poll() is None:
            # Immediate shutdown: nothing in there is wanted any more.
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.made, self.process = [], None
