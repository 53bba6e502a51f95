"""Headers of every answer let only our own files run, forbid framing, and keep private pages out of caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_talisman import Talisman

from app.screens.frame.assets import is_versioned

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_SAID = "; ".join(f"{name} {what}" for name, what in POLICY.items())
YEAR = 365 * 24 * 3600


def _caching(response: Response) -> Response:
    """Set the caching rule of a response: nobody keeps a page, for it is one person's.

    Our own files carry their version.
    """
    if is_versioned(request.path) and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    elif "Cache-Control" not in response.headers or not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _guarded(response: Response) -> Response:
    """Give the usual policy to a response without one; a page that sets its own may also be refused."""
    response.headers.setdefault("Content-Security-Policy", _SAID)
    response.headers.setdefault("X-Frame-Options", "DENY")
    return response


def with_own_policy(page: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a page that sets its own content policy and framing, because it serves what people have uploaded."""
    vars(page)["talisman_view_options"] = {"content_security_policy": None, "frame_options": None}
    return page


def install(app: Flask) -> None:
    is_production = app.config.get("CRM_ENV") == "production"
    Talisman(
        app,
        force_https=False,  # the proxy in front speaks TLS
        session_cookie_secure=is_production,
        strict_transport_security=is_production,
        content_security_policy=POLICY,
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "microphone": "()", "geolocation": "()"},
    )
    app.after_request(_caching)
    app.after_request(_guarded)
