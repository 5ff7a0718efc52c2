"""How each example is installed and started, and which steps it has."""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .service import LIMIT

HERE = Path(__file__).parent.parent
PYTHON = [[sys.executable, "-m", "venv", ".venv"], [".venv/bin/pip", "install", "--quiet", "-r", "requirements.txt"]]
NODE = [["npm", "install", "--no-package-lock", "--no-fund", "--no-audit"]]
CARGO = [["cargo", "build", "--locked", "--quiet"], ["cargo", "run", "--locked", "--quiet"]]


@dataclass(frozen=True)
class Example:
    kind: str  # "app": people sign in with a browser; "mcp": an MCP server
    installed: str  # the folder that is there once it is installed
    install: list[list[str]]
    start: list[list[str]]  # the last one runs until it is stopped; {host} and {port} are replaced
    callback: str = "/callback"
    api: bool = False  # whether it checks JWT access tokens itself
    dpop: bool = False  # whether it binds its tokens to a key where DPOP is set
    only_named: bool = False  # its packages come from elsewhere than PyPI and npm: checked only where it is named


EXAMPLES = {
    "express": Example("app", "node_modules", NODE, [["node", "server.js"]], api=True, dpop=True),
    "fastapi": Example("app", ".venv", PYTHON, [[".venv/bin/python", "app.py"]], api=True),
    "django": Example(
        "app",
        ".venv",
        PYTHON,
        [
            [".venv/bin/python", "manage.py", "migrate", "--verbosity", "0"],
            [".venv/bin/python", "manage.py", "runserver", "--noreload", "{host}:{port}"],
        ],
        callback="/oidc/callback/",
    ),
    "actix": Example("app", "Cargo.toml", [], CARGO, api=True, only_named=True),
    "go": Example("app", "app", [["go", "mod", "tidy"], ["go", "build", "-o", "app", "."]], [["./app"]], only_named=True),
    "omniauth": Example("app", "app.rb", [], [["ruby", "app.rb"]], callback="/auth/vestibule/callback", only_named=True),
    "nextjs": Example(
        "app",
        "node_modules",
        NODE,
        [["npm", "run", "build"], ["node", "node_modules/next/dist/bin/next", "start", "-H", "{host}", "-p", "{port}"]],
        callback="/api/auth/callback/vestibule",
        api=True,
    ),
    "mcp-python": Example("mcp", ".venv", PYTHON, [[".venv/bin/python", "server.py"]]),
    "mcp-typescript": Example("mcp", "node_modules", NODE, [["npx", "tsc"], ["node", "dist/server.js"]]),
}


class Running:
    """An example that runs. Its output goes to a file of the scratch directory."""

    def __init__(self, name: str, port: int, scratch: Path, environment: dict[str, str], example: Example | None = None):
        """`name` is the example's folder, or, with an `example` that isn't in the list, any folder."""
        example, self.folder = example or EXAMPLES[name], HERE / name
        if not (self.folder / example.installed).exists():
            for command in example.install:
                subprocess.run(command, cwd=self.folder, check=True)
        self.base, self.log = f"http://127.0.0.1:{port}", (scratch / f"{self.folder.name}.log").open("w+")
        environment = {
            **os.environ,
            "BASE_URL": self.base,
            "NEXT_TELEMETRY_DISABLED": "1",
            "SESSION_SECRET": secrets.token_urlsafe(64),
            "DATABASE": str(scratch / f"{self.folder.name}.sqlite3"),
            **environment,
        }
        *before, self.command = [[word.format(host="127.0.0.1", port=port) for word in command] for command in example.start]
        self.options = {"cwd": self.folder, "env": environment, "stdout": self.log, "stderr": subprocess.STDOUT}
        for command in before:
            subprocess.run(command, check=True, **self.options)
        self.start()

    def launch(self):
        self.process = subprocess.Popen(self.command, **self.options)

    def start(self):
        self.launch()
        end = time.monotonic() + LIMIT
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the example did not start: {self.output()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(self.base, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read()[-2000:]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
