"""A client id metadata document on https, with a certificate authority of its own that Vestibule is told to trust (SSL_CERT_FILE)."""

import datetime
import ipaddress
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Documents:
    def __init__(self, scratch: Path, redirect: str):
        self.authority = str(scratch / "authority.pem")
        certificate = _certificate(scratch)
        documents = self

        class Handler(_Handler):
            pass

        Handler.documents = documents
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/client.json"
        document = {"client_id": self.url, "client_name": "Described client", "redirect_uris": [redirect]}
        self.body = json.dumps({**document, "token_endpoint_auth_method": "none", "scope": "mcp"}).encode()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def _certificate(scratch: Path) -> str:
    """The key and certificate of 127.0.0.1, signed by a new authority."""
    now, one_day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Authority", "127.0.0.1")]
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    extensions = [(x509.BasicConstraints(ca=True, path_length=0), True), (address, False)]
    signed = []
    for key, name, (extension, critical) in zip(keys, names, extensions, strict=True):
        builder = x509.CertificateBuilder(names[0], name, key.public_key(), x509.random_serial_number(), now - one_day, now + one_day)
        signed.append(builder.add_extension(extension, critical).sign(keys[0], SHA256()).public_bytes(Encoding.PEM))
    (scratch / "authority.pem").write_bytes(signed[0])
    path = scratch / "server.pem"
    path.write_bytes(keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed[1])
    return str(path)


class _Handler(BaseHTTPRequestHandler):
    documents: Documents

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.documents.body)))
        self.end_headers()
        self.wfile.write(self.documents.body)

    def log_message(self, *_):
        pass
