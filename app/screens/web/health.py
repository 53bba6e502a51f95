"""`/healthz`, `/readyz`, `/metrics` serve load balancers and Prometheus. docs/operations.md says how to use them.

They are answered before the application, so without session, CSRF, audit or a line in the log.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request, Response

from app.core.db.base import db
from app.operations import metrics, readiness

# Proxies and the networks before them add these headers to a request.
_FORWARDED = ("Forwarded", "Via", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


class Probes:
    """Answers three addresses itself and hands everything else on."""

    def __init__(self, app: Flask, wrapped: Any) -> None:
        self.app = app
        self.wrapped = wrapped
        self.answers: dict[str, Callable[[Request], Response]] = {
            "/healthz": _alive,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self.answers.get(environ.get("PATH_INFO", ""))
        if answer is None or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            passed: Iterable[bytes] = self.wrapped(environ, start_response)
            return passed
        response = answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response(environ, start_response)

    def _ready(self, _request: Request) -> Response:
        config = self.app.config
        with self.app.app_context():
            engine = db.engine
        migrations = Path(self.app.root_path).parent / "migrations"
        parts = readiness.parts(engine, self.app.extensions["storage"], config["REDIS_URL"], migrations)
        is_ready = set(parts.values()) == {readiness.OK}
        text = json.dumps({"ready": is_ready, "parts": parts})
        return Response(text, 200 if is_ready else 503, mimetype="application/json")

    def _metrics(self, request: Request) -> Response:
        if not self._may_read(request):
            return Response("", 404, mimetype="text/plain")
        with self.app.app_context():
            engine = db.engine
        return Response(metrics.exposition(engine), content_type=CONTENT_TYPE_LATEST)

    def _may_read(self, request: Request) -> bool:
        """Return whether the request comes from this machine or carries the token.

        A proxy on this machine makes everybody look local unless it is trusted to say who asks; then its own mark
        in the request is reason enough to refuse.
        """
        token = str(self.app.config["METRICS_TOKEN"])
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and hmac.compare_digest(given.encode(), token.encode()):
            return True
        is_behind_stranger = not self.app.config["TRUSTED_PROXIES"] and _is_forwarded(request)
        return not is_behind_stranger and _is_loopback(request.remote_addr or "")


def _alive(_request: Request) -> Response:
    """Answer that the process lives; nothing else is checked."""
    return Response("ok\n", mimetype="text/plain")


def _is_forwarded(request: Request) -> bool:
    named = any(name.lower().startswith("x-forwarded-") for name, _value in request.headers)
    return named or any(name in request.headers for name in _FORWARDED)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def install(app: Flask) -> None:
    """Install the probes before the application. Before both, the client's address is read from the trusted proxies."""
    wrapped: Any = Probes(app, app.wsgi_app)
    if proxies := app.config["TRUSTED_PROXIES"]:
        wrapped = ProxyFix(wrapped, x_for=proxies, x_proto=proxies)
    app.wsgi_app = wrapped  # type: ignore[method-assign]
