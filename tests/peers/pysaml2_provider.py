#!/usr/bin/env python3
"""Runs pysaml2, a SAML library that others wrote, as an identity provider of Vestibule.

pysaml2_provider.py metadata DIRECTORY makes a key, and prints the provider's metadata.
pysaml2_provider.py sign-in DIRECTORY API_URL, with a JSON object in PEER: login (the address that starts a sign-in), metadata (that of
the service provider), entity_id, person (an address under a verified domain). Prints a line a step; the first that goes wrong ends it.

pysaml2 reads our metadata and our requests, and signs by xmlsec1. What it signs must sign the person in; what was changed behind its
signature, what it does not sign, and what it has given before must not. Its logout requests end the session, and it follows ours.
"""

import base64
import datetime
import json
import os
import re
import sys
import urllib.parse

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, xmldsig
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import verify_redirect_signature

ISSUER = "https://pysaml2.example/idp"
AUTHN = {"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": ISSUER}
# Response and assertion: which of them is signed, and how.
SHAPES = [
    (True, True, xmldsig.SIG_RSA_SHA256, xmldsig.DIGEST_SHA256),
    (True, False, xmldsig.SIG_RSA_SHA384, xmldsig.DIGEST_SHA384),
    (False, True, xmldsig.SIG_RSA_SHA512, xmldsig.DIGEST_SHA512),
]


def main():
    command, directory = sys.argv[1:3]
    if command == "metadata":
        make_key(directory)
        print(entity_descriptor(config(directory)))
        return
    peer = json.loads(os.environ["PEER"])
    api = sys.argv[3]
    answer = requests.get(peer["metadata"], timeout=30)
    assert answer.status_code == 200, answer.text
    server = Server(config=config(directory, answer.text))
    assert server.metadata.service_providers() == [peer["entity_id"]], server.metadata.service_providers()
    told("reads our metadata", peer["entity_id"])
    for is_response, is_assertion, signature, digest in SHAPES:
        signed = {"sign_response": is_response, "sign_assertion": is_assertion}
        algorithms = {"sign_alg": signature, "digest_alg": digest}
        browser, request = begin(server, peer)
        response = respond(server, request, peer["person"], **signed, **algorithms)
        post(browser, request, response)
        assert signed_in(browser, api) == peer["person"], signed
        told("signs in", f"{signed}, {signature.rpartition('#')[2]}")
        again, _ = begin(server, peer)
        post(again, request, response)
        assert signed_in(again, api) is None
        told("the same response in another browser", "refused")
    for wrong, check, make in refused(peer["person"]):
        browser, request = begin(server, peer)
        page = post(browser, request, make(server, request))
        assert page.status_code == 403 and f"{check}:" in page.text, (wrong, page.text)
        assert signed_in(browser, api) is None, wrong
        told(wrong, f"refused by the check {check}")
    sign_out_there(server, peer, api)
    sign_out_here(server, peer, api)
    print("pysaml2: every step went as it must")


def sign_out_there(server, peer, api):
    """Single logout that pysaml2 begins: its request by POST, our answer by Redirect."""
    browser = sign_in(server, peer)
    name = NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=peer["person"])
    how = {"sign": True, "sign_alg": xmldsig.SIG_RSA_SHA256, "digest_alg": xmldsig.DIGEST_SHA256}
    slo = server.metadata.single_logout_service(peer["entity_id"], BINDING_HTTP_POST, "spsso")[0]["location"]
    for is_signed in (False, True):
        how["sign"] = is_signed
        request_id, request = server.create_logout_request(slo, peer["entity_id"], name_id=name, **how)
        form = {"SAMLRequest": base64.b64encode(str(request).encode()).decode(), "RelayState": "back"}
        answer = requests.post(slo, data=form, allow_redirects=False, timeout=30)
        if not is_signed:
            assert answer.status_code == 403 and "signature:" in answer.text, answer.text
            assert signed_in(browser, api) == peer["person"]
    assert signed_in(browser, api) is None
    query = read_redirect(server, peer, answer)
    assert query["RelayState"] == "back", query
    response = server.parse_logout_request_response(query["SAMLResponse"], BINDING_HTTP_REDIRECT)
    assert response.in_response_to == request_id and response.status_ok(), response.response
    told("signs out", "an unsigned request ends nothing")


def sign_out_here(server, peer, api):
    """Single logout that begins here: our request and pysaml2's answer by Redirect."""
    browser = sign_in(server, peer)
    page = browser.get(f"{api}/account", timeout=30).text
    csrf = re.search(r'action="/auth/sign-out"><input type="hidden" name="csrf" value="([^"]+)"', page).group(1)
    page = browser.post(f"{api}/auth/sign-out", data={"csrf": csrf}, timeout=30).text
    assert signed_in(browser, api) is None
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page))
    answer = browser.get(f"{api}/api/okta/saml/logout", params=fields, allow_redirects=False, timeout=30)
    query = read_redirect(server, peer, answer)
    signed = {name: query[name] for name in ("SigAlg", "Signature")}
    request = server.parse_logout_request(
        query["SAMLRequest"], BINDING_HTTP_REDIRECT, sigalg=signed["SigAlg"], signature=signed["Signature"]
    )
    assert request.message.name_id.text == peer["person"], request.message
    assert request.message.name_id.format == NAMEID_FORMAT_EMAILADDRESS, request.message
    response = server.create_logout_response(request.message, [BINDING_HTTP_REDIRECT])
    sent = server.apply_binding(
        BINDING_HTTP_REDIRECT, str(response), response.destination, "", response=True, sign=True, sigalg=xmldsig.SIG_RSA_SHA256
    )
    page = browser.get(dict(sent["headers"])["Location"], timeout=30)
    assert page.status_code == 200 and "here and at your identity provider" in page.text, page.text
    told("follows our sign-out", "and leads back")


def read_redirect(server, peer, answer):
    """The query of a redirect to pysaml2, whose signature holds by our metadata."""
    location = answer.headers["Location"]
    assert answer.status_code == 303 and location.startswith(f"{ISSUER}/slo?"), answer.text
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
    certificates = server.metadata.certs(peer["entity_id"], "spsso", "signing")
    assert any(verify_redirect_signature(query, server.sec.sec_backend, pem) for _, pem in certificates), query
    return query


def sign_in(server, peer):
    """A browser that is signed in."""
    browser, request = begin(server, peer)
    post(browser, request, respond(server, request, peer["person"], sign_assertion=True))
    return browser


def refused(person):
    """Responses that sign nobody in: what is wrong, the check that must find it, and what makes one."""

    def changed(server, request):
        response = respond(server, request, person, sign_response=True, sign_assertion=True)
        return response.replace(f">{person}<", f">mallory{person[person.index('@'):]}<")

    def commented(server, request):
        response = respond(server, request, f"{person}.mallory.example", sign_assertion=True)
        return response.replace(f">{person}.mallory.example<", f">{person}<!---->.mallory.example<")

    def instead(**others):
        return lambda server, request: respond(server, {**request, **others}, person, sign_assertion=True)

    def of_sha1(server, request):
        algorithms = {"sign_alg": xmldsig.SIG_RSA_SHA1, "digest_alg": xmldsig.DIGEST_SHA1}
        return respond(server, request, person, sign_assertion=True, **algorithms)

    def encrypted(server, request):
        # By triple DES, whatever our metadata says.
        return respond(server, request, person, sign_response=True, sign_assertion=True, encrypt_assertion=True)

    return [
        ("no signature", "signed", lambda server, request: respond(server, request, person)),
        ("a changed name", "digest", changed),
        ("a comment in the name", "markup", commented),
        ("SHA-1", "algorithms", of_sha1),
        ("triple DES", "decryption", encrypted),
        ("another audience", "audience", instead(sp_entity_id="https://others.example/metadata")),
        ("another recipient", "destination", instead(destination="https://others.example/acs")),
    ]


def config(directory, service_provider=None):
    """The provider's configuration; with the metadata of the service provider, if it is known."""
    told_of = {"metadata": {"inline": [service_provider]}} if service_provider else {}
    redirect, logout = (f"{ISSUER}/sso", BINDING_HTTP_REDIRECT), (f"{ISSUER}/slo", BINDING_HTTP_REDIRECT)
    return IdPConfig().load(
        {
            "entityid": ISSUER,
            "key_file": os.path.join(directory, "key.pem"),
            "cert_file": os.path.join(directory, "certificate.pem"),
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [redirect], "single_logout_service": [logout]},
                    "name_id_format": [NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_PERSISTENT],
                    "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
                }
            },
            **told_of,
        }
    )


def make_key(directory):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pysaml2")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    formats = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for file, content in {
        "key.pem": key.private_bytes(*formats),
        "certificate.pem": certificate.public_bytes(pem),
    }.items():
        with open(os.path.join(directory, file), "wb") as out:
            out.write(content)


def begin(server, peer):
    """A new browser on its way to the provider, and what the provider has to answer by its own reading of the request."""
    browser = requests.Session()
    answer = browser.get(peer["login"], allow_redirects=False, timeout=30)
    assert answer.status_code == 303, answer.text
    url = urllib.parse.urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(f"{ISSUER}/sso?"), answer.headers["Location"]
    query = urllib.parse.parse_qs(url.query)
    request = server.parse_authn_request(query["SAMLRequest"][0], BINDING_HTTP_REDIRECT)
    assert request.message.issuer.text == peer["entity_id"], request.message
    answered = server.response_args(request.message, [BINDING_HTTP_POST])
    # It keeps the address of the request only if our metadata has the same.
    assert answered["binding"] == BINDING_HTTP_POST, answered
    return browser, {name: answered[name] for name in ("in_response_to", "destination", "sp_entity_id")}


def respond(server, request, person, **how):
    """The response as text. Its attributes are those of pysaml2's table, in the format URI."""
    identity = {"mail": [person], "givenName": ["Ada"], "sn": ["Lovelace"], "eduPersonAffiliation": ["staff", "member"]}
    algorithms = {"sign_alg": xmldsig.SIG_RSA_SHA256, "digest_alg": xmldsig.DIGEST_SHA256}
    how = {"sign_response": False, "sign_assertion": False, **algorithms, **how}
    name = NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=person)
    return str(server.create_authn_response(identity, name_id=name, userid=person, authn=AUTHN, **request, **how))


def post(browser, request, response):
    """As the provider's page does: a post from another site, which brings no cookie; then the browser follows with its cookies."""
    form = {"SAMLResponse": base64.b64encode(response.encode()).decode(), "RelayState": ""}
    answer = requests.post(request["destination"], data=form, allow_redirects=False, timeout=30)
    if answer.is_redirect:
        answer = browser.get(answer.headers["Location"], timeout=30)
    return answer


def signed_in(browser, api):
    """Whom the browser is signed in as, or None."""
    answer = browser.get(f"{api}/api/check", timeout=30)
    return answer.json()["user_name"] if answer.status_code == 200 else None


def told(step, detail):
    print(f"{step}: {detail}")


if __name__ == "__main__":
    main()
