"""The system answers under its own names and no others; to a request for any other host it says so and leads nowhere.

A made-up `Host` would else stand in redirects and in whatever is built of the address. See docs/decisions/.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from flask import Flask, Response, current_app, jsonify, make_response, request
from flask import session as browser_session
from flask_babel import gettext as _

from app.core.cache.per_process import cached_per_process
from app.screens.web.errors import is_api, refusal_body

LOCAL = "local"  # stands in the setting for every name that nobody outside can own
# Names of these are given within a house; no registry sells them. RFC 6761, 6762, 8375; ICANN on `internal`.
_INSIDE = (".localhost", ".local", ".internal", ".home.arpa", ".test")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)\.?(?::[0-9]{1,5})?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def host_name(said: str) -> str:
    """Return the name within a `Host` header, without port and in small letters; "" for what is none."""
    found = _HOST.fullmatch(said.lower()) if len(said) < 300 else None
    return found["name"].strip("[]") if found else ""


def is_own(name: str, trusted: Collection[str]) -> bool:
    """Return whether the system is served under this name.

    trusted  names, `.example.com` for every name below, LOCAL for names and addresses of the house; this machine's own
             name and its loopback addresses always count
    """
    address = _address(name)
    if address is not None:
        own = address.is_loopback or (LOCAL in trusted and not address.is_global and not address.is_unspecified)
        return own or any(_address(each.strip("[]")) == address for each in trusted)
    if not name or _NUMBER.fullmatch(name.rpartition(".")[2]):  # A browser takes it for an address.
        return False
    if name in ("localhost", _this_machine()) or name in trusted:
        return True
    if any(each.startswith(".") and name.endswith(each) for each in trusted):
        return True
    return LOCAL in trusted and ("." not in name or name.endswith(_INSIDE))


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


@cached_per_process()
def _this_machine() -> str:
    return socket.gethostname().lower()


def _require_own() -> Response | None:
    """Answer a request for a host that is not ours, before anything is made of its address.

    The answer is plain text: it has no link and no cookie, and the database is not asked.
    """
    # An `X-Forwarded-Host` is not read at all: proxies are told to pass the name on in `Host`.
    if is_own(host_name(request.host), current_app.config["SERVED_HOSTS"]):
        return None
    answer = _told()
    browser_session.modified = False  # The language was looked up there; nothing of it is kept under a foreign name.
    return answer


def _told() -> Response:
    text = _("The system is not called by the name in this address. Open it by the one your administrator gave you.")
    if is_api():
        return make_response(jsonify(refusal_body(400, text, "foreign_host")), 400)
    told = _("For the administrator: names of the system stand in the setting TRUSTED_HOSTS of the server.")
    return Response(f"{text}\n{told}\n", 400, mimetype="text/plain")


def install(app: Flask) -> None:
    if not app.config["SERVED_HOSTS"]:
        app.logger.warning("TRUSTED_HOSTS is not set: the system answers on this machine alone")
    app.before_request(_require_own)
