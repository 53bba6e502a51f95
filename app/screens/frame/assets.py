"""Our own files for the browser have addresses that change with them, and are sent compressed."""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from pathlib import Path

from flask import Flask, Response, current_app, request
from flask_compress import Compress
from markupsafe import Markup

from app.core.cache.per_process import cached_per_process

COMPRESSED = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml")


# The prefix of our files' addresses is kept for the request: a page asks for it a hundred times.
_beginning: ContextVar[str] = ContextVar("beginning", default="")


def tree_version(directory: Path) -> str:
    """Return a digest of all files of a directory, twelve characters long."""
    told = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        told.update(f"{path.relative_to(directory)}\0".encode())
        told.update(path.read_bytes())
    return told.hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of one of our static files.

    The version stands in the path, not behind it, so that a script's `import "./exact.js"` and an icon inside a
    style sheet carry it too: everything may be kept for a year, and nothing old is ever mixed with something new.
    """
    return _beginning.get() + name


def icon(name: str) -> Markup:
    """Return an icon of the sprite; it is hidden from screen readers, for a text stands beside it."""
    return _drawn_icon(asset("vendor/icons/sprite.svg"), name)


@cached_per_process(most=512)
def _drawn_icon(sprite: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#tabler-{}"/></svg>').format(sprite, name)


def is_versioned(path: str) -> bool:
    return path.startswith(f"/static/{current_app.extensions['static_version']}/")


def _versioned(filename: str) -> Response:
    """Return a file that is read at once. A compressed stream would stay open when a browser goes away half-way."""
    response = current_app.send_static_file(filename)
    response.direct_passthrough = False
    if response.status_code == 200:
        response.set_data(response.get_data())
    return response


def install(app: Flask) -> None:
    version = tree_version(Path(app.static_folder or ""))

    def begin() -> None:
        _beginning.set(f"{request.script_root}/static/{version}/")

    app.before_request(begin)
    app.extensions["static_version"] = version
    app.add_url_rule(f"/static/{version}/<path:filename>", "versioned_static", _versioned)
    app.jinja_env.globals.update(asset=asset, icon=icon)
    # Brotli at 4 takes a millisecond for a page; workbooks and PDF are compressed already.
    app.config.update(
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_MIN_SIZE=800,
        COMPRESS_STREAMS=False,
    )
    Compress(app)
