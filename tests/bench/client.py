"""A strict SCIM client over one HTTP/1.1 connection that stays open, and threads that share work among such clients."""

import http.client
import json
import queue
import socket
import threading
import time


class WrongAnswer(Exception):
    """The service answered something else than it must. The run ends with exit code 1."""


def demand(condition, what, body=""):
    if not condition:
        text = body if isinstance(body, str) else json.dumps(body)
        raise WrongAnswer(f"{what}: {text[:600]}")


class Client:
    """One connection. Head and body leave in one packet, because a second one costs the service a second read."""

    def __init__(self, port, workspace, token):
        self.port, self.base = port, f"/api/scim/v2/{workspace}"
        self.head = (
            f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            "User-Agent: Okta SCIM Client 1.0.0\r\nAccept: application/scim+json\r\nAccept-Charset: utf-8\r\n"
        )
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def call(self, method, path, body=None, status=200):
        """Sends a request and returns the answer's JSON, or None for 204. Any other status is a WrongAnswer."""
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {self.base}{path}{self.head}"
        if body is not None:
            head += f"Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: {len(text)}\r\n"
        if self.socket is None:
            self.connect()
        self.socket.sendall(head.encode() + b"\r\n" + text)
        answer = http.client.HTTPResponse(self.socket, method=method)
        try:
            answer.begin()
            got = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise WrongAnswer(f"{method} {path}: no answer: {error!r}") from error
        finally:
            answer.close()
        if answer.will_close:
            self.close()
        wanted = status if isinstance(status, tuple) else (status,)
        demand(answer.status in wanted, f"{method} {path} must be {wanted} and is {answer.status}", got)
        if answer.status == 204:
            demand(not got, f"{method} {path}: 204 has no body", got)
            return None
        kind = answer.getheader("Content-Type", "")
        demand(kind.startswith("application/scim+json"), f"{method} {path}: the type is {kind!r}", got)
        document = json.loads(got)
        meta = document.get("meta")
        if meta and answer.getheader("ETag"):
            demand(meta.get("version") == answer.getheader("ETag"), f"{method} {path}: ETag is not the version", got)
        if answer.status == 201:
            demand(answer.getheader("Location") == meta["location"], f"{method} {path}: Location is wrong", got)
        return document


def share(clients, tasks, work, seconds=None):
    """Calls work(client, task) for each task, each client in a thread, until the tasks or the seconds are over.

    Returns the sorted latencies in seconds. Each client takes the next task, so the tasks are done in order.
    """
    todo = queue.SimpleQueue()
    for task in tasks:
        todo.put(task)
    until = None if seconds is None else time.monotonic() + seconds
    latencies, failures = [], []

    def loop(client):
        mine = []
        try:
            while not failures and (until is None or time.monotonic() < until):
                try:
                    task = todo.get_nowait()
                except queue.Empty:
                    break
                begun = time.perf_counter()
                work(client, task)
                mine.append(time.perf_counter() - begun)
        except Exception as error:  # Told to the caller's thread, which raises it.
            failures.append(error)
        latencies.extend(mine)

    if len(clients) == 1:
        loop(clients[0])
    else:
        threads = [threading.Thread(target=loop, args=(client,), daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    return sorted(latencies)


def percentile(latencies, percent):
    """The latency that `percent` of the requests did not exceed."""
    return latencies[min(len(latencies) - 1, int(len(latencies) * percent / 100))] if latencies else None
