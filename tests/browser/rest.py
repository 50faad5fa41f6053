"""The REST interface as a program uses it: a demo person's token, and JSON both ways."""

import json
import ssl
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

DEMO_PASSWORD = "bangban-demo"
TIMEOUT_S = 15.0


@dataclass(slots=True)
class Rest:
    """One signed-in program.

    Args:
        url: origin of the server, e.g. `http://localhost:8080`.
        token: access token; empty before the sign-in.
        trust: of an HTTPS origin.
    """

    url: str
    token: str = ""
    trust: ssl.SSLContext | None = None

    @classmethod
    def as_role(cls, url: str, role: str) -> "Rest":
        """Sign in as the demo person of a role (clerk, specialist, reviewer, supervisor)."""
        rest = cls(url)
        rest.token = rest.send("POST", "/api/demo/start", {"role": role, "tab": _tab()})["access_token"]
        return rest

    @classmethod
    def login(cls, url: str, username: str, password: str = DEMO_PASSWORD) -> "Rest":
        """Sign in with a password."""
        rest = cls(url)
        body = {"username": username, "password": password, "tab": _tab()}
        rest.token = rest.send("POST", "/api/auth/login", body)["access_token"]
        return rest

    def get(self, path: str) -> Any:
        """Return the JSON answer."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Send JSON and return the JSON answer; a refusal raises `urllib.error.HTTPError`."""
        return json.loads(self.fetch(path, method, body))

    def fetch(self, path: str, method: str = "GET", body: object = None) -> bytes:
        """Return the bytes of an answer; `path` may be a signed address."""
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self.trust) as answer:
            return bytes(answer.read())


def _tab() -> str:
    return uuid.uuid4().hex
