"""People who call over the network: they go from node to node, and ask again with the same key when a node is lost."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from itertools import count
from typing import Any

from tests.support.firm import PASSWORD
from tests.support.waiting import until

LOST = (OSError, http.client.HTTPException)  # nobody knows whether the call was carried out
_turn = count()


class Caller:
    """One person with a token. `retried` counts the calls that had to be sent again."""

    def __init__(self, addresses: Sequence[str], login: str) -> None:
        self.addresses = addresses
        self.headers: dict[str, str] = {}
        self.retried = 0
        self.answered: Any = {}  # headers of the last answer
        credentials = {"username": login, "password": PASSWORD, "provider": "db"}
        status, answer = self.post("security/login", credentials)
        assert status == 200, answer
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> tuple[int, Any]:
        """The answer, from whichever node gives one."""
        key = key or secrets.token_hex(12)
        problem: Any = None

        def answered() -> tuple[int, Any] | None:
            nonlocal problem
            try:
                status, answer = self.once("POST", path, body, **{"Idempotency-Key": key}, **headers)
                if status < 500 and answer.get("code") != "busy":
                    return status, answer
                problem = (status, answer)
            except LOST as error:
                problem = error
            self.retried += 1
            return None

        answer = until(answered, lambda: f"{path}: still {problem!r}")
        assert answer
        return answer

    def get(self, path: str) -> Any:
        status, answer = self.once("GET", path)
        assert status == 200, answer
        return answer

    def once(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One call to the next node. errors  one of LOST"""
        address = self.addresses[next(_turn) % len(self.addresses)]
        sent = None if method == "GET" else json.dumps(body or {}).encode()
        wanted = {"Content-Type": "application/json", **self.headers, **headers}
        request = urllib.request.Request(f"{address}/api/v1/{path}", sent, wanted, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.answered = answer.headers
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def done(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        status, answer = self.post(path, body, key, **headers)
        assert status in (200, 201), (path, status, answer)
        return answer


class Stay(urllib.request.HTTPRedirectHandler):
    """Where a saved form leads is asked for in a request of its own, which may be sent again."""

    def redirect_request(self, *_facts: Any) -> None:
        return None


class Browser:
    """One person's browser session, at any node. `at` is the address it came to."""

    def __init__(self, address: str, login: str) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, Stay())
        token = hidden(self.open(f"{address}/login/"))["csrf_token"]
        self.send(f"{address}/login/", {"username": login, "password": PASSWORD, "csrf_token": token})

    def open(self, address: str) -> str:
        return self._page(urllib.request.Request(address))

    def send(self, address: str, values: dict[str, str], file: tuple[str, bytes] | None = None) -> str:
        """Post a form and follow where it leads; its token makes it safe to send it again."""
        body, kind = urllib.parse.urlencode(values).encode(), "application/x-www-form-urlencoded"
        if file is not None:
            body, kind = multipart(values, file)
        return self._page(urllib.request.Request(address, body, {"Content-Type": kind}))

    def _page(self, request: urllib.request.Request) -> str:
        def answered() -> list[str]:
            try:
                with self.opener.open(request, timeout=30) as answer:
                    self.at = answer.url
                    return [str(answer.read().decode())]
            except urllib.error.HTTPError as error:
                with error:
                    if error.code in (302, 303):
                        return [self.open(urllib.parse.urljoin(request.full_url, error.headers["Location"]))]
                raise
            except LOST:
                return []

        return until(answered, request.full_url)[0]


def hidden(page: str) -> dict[str, str]:
    """The tokens of a page's form."""
    return dict(re.findall(r'name="(csrf_token|form_token)" value="([^"]*)"', page))


def multipart(values: dict[str, str], file: tuple[str, bytes]) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n\r\n'.encode()
    return b"".join([*parts, head, file[1], f"\r\n--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
