"""A proxy at the issuer's address, between the middleware and Vestibule: it loses the stream of ends, or everything, on command.

It also adds public keys to the published set, so that the script can sign tokens that Vestibule never would.
"""

import http.client
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
KEYS = "/.well-known/jwks.json"


class Front:
    """`state` is "open", "cut" (ends can't be asked for), "silent" (connections stay, nothing comes) or "down" (nothing answers)."""

    def __init__(self, port: int, behind: int):
        self.behind, self.url = behind, f"http://127.0.0.1:{port}"
        self.state, self.hold_seconds, self.keys, self.key_requests = "open", 0.0, [], 0
        self._streams: set[socket.socket] = set()
        self._open: set[socket.socket] = set()  # those that have the stream of ends
        self.ends: list[bytes] = []  # what was sent of the kind access_ended
        front = self

        class Handler(_Handler):
            pass

        Handler.front = front
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def set(self, state: str):
        before, self.state = self.state, state
        # Whoever was cut off, or heard nothing, has to connect anew.
        if state in ("cut", "down") or before == "silent":
            for connection in list(self._streams):
                _close(connection)

    def send_again(self, end: bytes):
        """An end that came before, once more: it may come late, and twice."""
        for connection in list(self._open):
            connection.sendall(end)

    def stop(self):
        self.set("down")
        self._server.shutdown()
        self._server.server_close()


def _close(connection: socket.socket):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class _Handler(BaseHTTPRequestHandler):
    front: Front

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        events = self.path.startswith("/api/events")
        if self.front.state == "down" or events and self.front.state == "cut":
            return _close(self.connection)
        self.front._streams.add(self.connection)
        try:
            while events and self.front.state == "silent":
                time.sleep(0.1)
            self._pass(body)
        except OSError:
            pass
        finally:
            self.front._streams.discard(self.connection)
            self.close_connection = True

    do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def _pass(self, body: bytes):
        upstream = http.client.HTTPConnection("127.0.0.1", self.front.behind, timeout=60)
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in HOP]
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in [*headers, ("Host", self.headers.get("Host", "")), ("Content-Length", str(len(body)))]:
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        if answer.headers.get_content_type() == "text/event-stream":
            self._head(answer, None)
            self.front._open.add(self.connection)
            try:
                self._stream(answer)
            finally:
                self.front._open.discard(self.connection)
        else:
            data = answer.read()
            if self.path == KEYS and answer.status == 200:
                self.front.key_requests += 1
                data = json.dumps({"keys": json.loads(data)["keys"] + self.front.keys}).encode()
            self._head(answer, len(data))
            if self.command != "HEAD":
                self.wfile.write(data)
        upstream.close()

    def _head(self, answer, length: int | None):
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def _stream(self, answer):
        hold = self.front.hold_seconds
        while data := answer.read1(65536):
            if hold:
                # The greeting arrives; what happened before comes later, as from a slow database.
                first, separator, data = data.partition(b"\n\n")
                self.wfile.write(first + separator)
                time.sleep(hold)
                hold = 0
            while self.front.state == "silent":
                time.sleep(0.1)
            self.front.ends += [part + b"\n\n" for part in data.split(b"\n\n") if b"event: access_ended" in part]
            self.wfile.write(data)

    def log_message(self, *_):
        pass
