"""Does somebody come in through their organization's sign-in, and nobody else?

The provider is a small one of our own, which speaks OpenID Connect over http: discovery,
authorization with PKCE, token, keys and user info.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = Path(__file__).resolve().parent
PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
CLIENT = "openspiff-test"
SECRET = "of the test provider"  # noqa: S105
MIA = {"sub": "1", "email": "mia@example.org", "email_verified": True}


@attrs.define
class Provider:
    """A sign-in provider that lets in whoever `claims` describe, or nobody."""

    url: str = ""
    claims: dict[str, Any] = attrs.field(factory=lambda: dict(MIA))
    is_refusing: bool = False
    challenges: dict[str, str] = attrs.field(factory=dict)
    key: Any = attrs.field(
        factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        if self.is_refusing:
            said = {"error": "access_denied", "state": asked["state"]}
        else:
            code = f"code-{len(self.challenges)}"
            self.challenges[code] = asked["code_challenge"]
            said = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def token(self, asked: dict[str, str]) -> dict[str, Any]:
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        shown = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert (asked["client_id"], asked["client_secret"]) == (CLIENT, SECRET)
        assert self.challenges.pop(asked["code"]) == shown
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        token = jwt.encode(said | self.claims, self.key, "RS256", headers={"kid": "one"})
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def keys(self) -> dict[str, Any]:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [jwk | {"kid": "one", "alg": "RS256", "use": "sig"}]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Start a provider for these tests."""
    one = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, urlsplit(self.path).query
            if path == "/authorize":
                said = {name: values[0] for name, values in parse_qs(asked).items()}
                self.send_response(302)
                self.send_header("Location", one.authorize(said))
                self.end_headers()
                return
            answers = {
                "/.well-known/openid-configuration": one.configuration,
                "/userinfo": lambda: one.claims,
                "/keys": one.keys,
            }
            self.answer(answers[path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            said = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(one.token(said))

        def answer(self, value: Any) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield one
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def site(provider: Provider) -> Iterator[str]:
    """Serve an install that knows this provider, in which Mia has an address."""
    home = tempfile.mkdtemp(prefix="osp-")
    listening = socket.create_server(("127.0.0.1", 0))
    fd = listening.fileno()
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serve_world.py"), home, str(fd), "small", "alone"],
        pass_fds=[fd],
        env=clean
        | {
            "HOME": home,
            "OPENSPIFF_OIDC_ISSUER": provider.url,
            "OPENSPIFF_OIDC_CLIENT_ID": CLIENT,
            "OPENSPIFF_OIDC_CLIENT_SECRET": SECRET,
            "OPENSPIFF_OIDC_NAME": "Test Works",
        },
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with requests.Session() as browser:
            send(browser, f"{url}/sign-in/", username="mia", password=PASSWORD)
            done = send(browser, f"{url}/you/", name="Mia", email="mia@example.org")
            assert "Your profile was changed" in done.text
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
        listening.close()
        shutil.rmtree(home, ignore_errors=True)


def send(browser: requests.Session, url: str, **said: str) -> requests.Response:
    """Open a page and send its form."""
    page = browser.get(url, timeout=300).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    data = {"csrfmiddlewaretoken": token[1], **said}
    return browser.post(url, data=data, timeout=120)


def test_known_person_comes_in_and_goes_on_to_what_was_asked_for(
    provider: Provider, site: str
) -> None:
    provider.claims = dict(MIA)
    with requests.Session() as browser:
        page = browser.get(f"{site}/firms/", timeout=60)
        assert "Sign in through Test Works" in page.text
        found = re.search(r'href="(/sign-in/provider/[^"]+)"', page.text)
        assert found is not None
        done = browser.get(site + found[1], timeout=60)
        assert (done.status_code, urlsplit(done.url).path) == (200, "/firms/")
        told = browser.get(f"{site}/you/sessions/", timeout=60).text
        assert "by the organization&#x27;s sign-in" in told


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (
            {"sub": "2", "email": "stranger@example.org", "email_verified": True},
            "nobody has invited you",
        ),
        ({**MIA, "email_verified": False}, "no address that it has verified"),
        ({"sub": "3"}, "no address that it has verified"),
    ],
)
def test_stranger_and_unverified_address_get_a_clear_page_and_no_session(
    provider: Provider, site: str, claims: dict[str, Any], words: str
) -> None:
    provider.claims = claims
    with requests.Session() as browser:
        done = browser.get(f"{site}/sign-in/provider/", timeout=60)
        assert done.status_code == 403
        assert words in done.text
        assert browser.get(f"{site}/firms/", timeout=60).url.startswith(f"{site}/sign-in/")


def test_refusal_and_forged_answers_are_told(provider: Provider, site: str) -> None:
    provider.claims, provider.is_refusing = dict(MIA), True
    with requests.Session() as browser:
        refused = browser.get(f"{site}/sign-in/provider/", timeout=60)
        assert refused.status_code == 400
        assert "You are not signed in." in refused.text
        provider.is_refusing = False
        for forged in ("?code=x&state=y", "?code=x", ""):
            answer = browser.get(f"{site}/sign-in/sso/back/{forged}", timeout=60)
            assert answer.status_code == 400, forged
        assert browser.get(f"{site}/sign-in/other/back/", timeout=60).status_code == 404
        assert browser.get(f"{site}/firms/", timeout=60).url.startswith(f"{site}/sign-in/")


def test_nothing_of_it_is_loaded_without_its_settings(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import openspiff.web as web\n"
        "web.setup(Path(sys.argv[1]))\n"
        "from django.urls import get_resolver; names = get_resolver().reverse_dict\n"
        "print('provider' in names, 'requests' in sys.modules,"
        " any(name.startswith('allauth.socialaccount.') for name in sys.modules))"
    )
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    (tmp_path / "secret.key").write_text("k" * 60)
    for more in ({}, {"OPENSPIFF_OIDC_ISSUER": "https://sign-in.example"}):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env=clean | more,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == ["False", "False", "False"]
