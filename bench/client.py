"""A person at a wire: signs in, asks for pages, and how long each took."""

from __future__ import annotations

import http.client
import re
import time
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PATIENCE = 60  # seconds
TOKEN = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)"[^>]*value="([^"]+)"')


class NotAnswered(RuntimeError):
    """A page that was to be measured is not there."""


class Client:
    """One connection per request, as one-process servers want it; cookies are kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, float]:
        """Status, body and seconds until its last byte."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Accept-Language": "zh-CN", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"http://127.0.0.1:{self.port}{path}"
        began = time.perf_counter()
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        connection.close()
        return answer.status, body, took

    def sign_in(self, path: str, login: str, password: str) -> None:
        _status, body, _took = self.send("GET", path)
        found = TOKEN.search(body.decode())
        form = {"username": login, "password": password, **({found[1]: found[2]} if found else {})}
        status, _body, _took = self.send("POST", path, form)
        if status not in (302, 303):
            raise NotAnswered(f"{path} answered {status} to {login}")

    def page(self, path: str, wanted: str = "") -> tuple[float, int]:
        """Seconds and bytes of a page that must hold a text.

        errors  NotAnswered
        """
        status, body, took = self.send("GET", path)
        text = body.decode("utf-8", "replace")
        if status != 200 or wanted not in text:
            raise NotAnswered(
                f"port {self.port} {path}: {status}, {wanted!r} {'is' if wanted in text else 'is not'} there"
            )
        return took, len(body)
