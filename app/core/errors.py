"""A refusal is an error that a person can read and act on. The names of database rules are kept here too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError


class AppError(Exception):
    """This error says that something was refused; people can read why and what to do about it.

    code     stable name for tests, logs and callers: "stock.short"
    message  the text shown, already translated or lazily translated
    field    the field it is about, when there is one
    reasons  every single refusal, when several were found at once

    retry_after  seconds after which the same may be asked again; None where time changes nothing
    """

    http_status = 400
    retry_after: int | None = None

    def __init__(self, code: str, message: Any, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = message
        self.field = field
        self.facts = facts
        self.reasons: list[AppError] = [self]

    @property
    def message(self) -> str:
        return str(self.text)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_reason(self) -> dict[str, str]:
        reason = {"code": self.code, "message": self.message}
        return {**reason, "field": self.field} if self.field else reason

    def as_json(self) -> dict[str, Any]:
        """Return the body of every refused API call (design.md §7)."""
        return {
            "code": self.code,
            "message": self.message,
            "reasons": [reason.as_reason() for reason in self.reasons],
        }


class Unauthenticated(AppError):
    http_status = 401


class NotAllowed(AppError):
    http_status = 403


class NotFound(AppError):
    """Missing and invisible rows answer alike, so that nobody learns what exists."""

    http_status = 404


class StateConflict(AppError):
    """Someone else was faster, or the state of the document has changed."""

    http_status = 409


class Refused(AppError):
    http_status = 422


class Unavailable(AppError):
    """The server cannot do it just now, through no fault of who asked; the same may be asked again later."""

    http_status = 503
    retry_after = 5


class TooMany(AppError):
    """There is too much of it at once.

    retry_after  seconds after which to try again
    """

    http_status = 429

    def __init__(self, code: str, message: Any, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


def all_refused(reasons: Iterable[AppError]) -> AppError:
    """Return one error with all reasons; a missing right or a lost race outweighs a rule."""
    found = list(reasons)
    for kind in (NotFound, NotAllowed, StateConflict):
        for reason in found:
            if isinstance(reason, kind):
                return reason
    first = found[0]
    error = Refused(first.code, "；".join(r.message for r in found), field=first.field, **first.facts)
    error.reasons = found
    return error


def invalid(field: str | None, message: Any) -> Refused:
    """Return the refusal of a value that cannot be read or is missing."""
    return Refused("invalid", message, field=field)


def invalid_many(errors: Iterable[tuple[str, Any]]) -> Refused:
    found = [invalid(field, message) for field, message in errors]
    error = Refused("invalid", _("Please check the marked fields."))
    error.reasons = list(found)
    return error


def no_such_row(what: Any = None) -> NotFound:
    """Return the refusal of a row that does not exist or that this person may not see."""
    text = what or _("This record does not exist, or you may not see it.")
    return NotFound("not_found", text)


_CONSTRAINTS: dict[str, tuple[str, Any, str | None]] = {}
_OTHERWISE: list[Callable[[str], AppError | None]] = []
_NAME = re.compile(r"\b((?:ck|uq|fk)_[a-z0-9_]+)\b")


def explain_constraint(name: str, code: str, message: Any, field: str | None = None) -> str:
    """Give a named database rule the code and sentence it is refused with; returns the name."""
    _CONSTRAINTS[name] = (code, message, field)
    return name


def explain_otherwise(refusal_of_name: Callable[[str], AppError | None]) -> None:
    """Have a function say how a database rule is refused that nobody has explained."""
    _OTHERWISE.append(refusal_of_name)


def explanation_of(code: str) -> Any:
    """Return the sentence of the first database rule that is refused with this code; None where there is none."""
    return next((message for known, message, _field in _CONSTRAINTS.values() if known == code), None)


def too_large(field: str | None = None, message: Any = None) -> Refused:
    """Return the refusal of a number that was computed and is more than the system keeps."""
    text = message or _("A number would become larger than can be kept. Please enter smaller quantities or prices.")
    return Refused("number_too_large", text, field=field)


def _is_overflow(error: BaseException) -> bool:
    """Return whether a number was more than its column holds, told by the column type or by either database."""
    if isinstance(error, OverflowError):
        return "SQLite INTEGER" in str(error)
    origin = getattr(error, "orig", None)
    if isinstance(error, DBAPIError):
        return getattr(origin, "sqlstate", None) == "22003" or str(origin) == "integer overflow"
    return isinstance(error, StatementError) and isinstance(origin, OverflowError)


def refusal_of(error: BaseException) -> AppError | None:
    """Return the refusal that belongs to what the database cannot take; None where there is none: it is our fault."""
    if _is_overflow(error):
        return too_large()
    return _refusal_of_rule(error) if isinstance(error, IntegrityError) else None


def _refusal_of_rule(error: IntegrityError) -> AppError | None:
    diagnostics = getattr(error.orig, "diag", None)
    names = [diagnostics.constraint_name] if diagnostics and diagnostics.constraint_name else []
    text = str(error.orig)
    names += [*_NAME.findall(text), *_by_columns(text)]
    for name in names:
        if name in _CONSTRAINTS:
            code, message, field = _CONSTRAINTS[name]
            return Refused(code, message, field=field)
    found = next((refusal for explain in _OTHERWISE for name in names if (refusal := explain(name))), None)
    if found is None and ("FOREIGN KEY" in text or any(name.startswith("fk_") for name in names)):
        return Refused("in_use", _("Other records refer to this one, so it cannot be changed this way."))
    return found


def _by_columns(text: str) -> list[str]:
    """Return the name of the rule that SQLite means.

    It names the columns of a broken unique rule: `UNIQUE constraint failed: t.a, t.b`.
    """
    _head, found, columns = text.partition("UNIQUE constraint failed: ")
    if not found:
        return []
    if columns.startswith("index '"):
        return [columns.split("'")[1]]
    pairs = [column.strip().split(".") for column in columns.split(",")]
    return ["uq_" + "_".join([pairs[0][0], *(pair[-1] for pair in pairs)])]
