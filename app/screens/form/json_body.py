"""The JSON body of a request is read strictly."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from flask_babel import gettext as _

from app.core.errors import AppError, Refused
from app.core.text import storable

LARGEST_BODY = 4 * 1024 * 1024
DEEPEST = 20
MOST_MEMBERS = 50_000  # three times as many values as the longest order has


def body() -> dict[str, Any]:
    """Return the JSON object of the request; nothing sent is an empty one.

    errors  AppError "bad_json" (400) for what is no JSON; Refused "invalid" for what no record can hold
    """
    request.max_content_length = LARGEST_BODY
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        found = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise AppError("bad_json", _("The body is not JSON.")) from error
    if not isinstance(found, dict):
        raise Refused("invalid", _("The body must be an object with named fields."))
    if _require_plain(found, "", DEEPEST) > MOST_MEMBERS:
        raise Refused("invalid", _("At most %(n)s values are taken at a time.", n=f"{MOST_MEMBERS:,}"))
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _require_plain(value: Any, path: str, left: int) -> int:
    """Return how many values it holds.

    errors  Refused "invalid" for text that cannot be stored, and for what is nested beyond reason
    """
    found = 1
    if isinstance(value, str):
        if not storable(value):
            raise Refused("invalid", _("This text contains characters that cannot be stored."), field=path or None)
    elif isinstance(value, dict | list):
        if not left:
            raise Refused("invalid", _("The body is nested too deep."), field=path or None)
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _require_plain(name, path, left)
            found += _require_plain(inner, f"{path}.{name}" if path else str(name)[:60], left - 1)
    return found
