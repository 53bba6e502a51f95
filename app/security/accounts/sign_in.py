"""登录失败 Failed sign-ins are counted in the log, per account and per address; successes never lock. design.md §7.

Who fails on purpose keeps an account waiting for strangers only: where its person signed in of late, failures from
elsewhere count for nothing.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.clock import utc_now
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError
from app.core.record.audit import AuditEntry, label_acts
from app.core.text import folded

WINDOW = dt.timedelta(minutes=15)
# The number of failures since the last success → how long the account is closed after the latest of them.
WAITS = ((24, dt.timedelta(minutes=15)), (16, dt.timedelta(minutes=5)), (8, dt.timedelta(minutes=1)))
ADDRESS_FACTOR = 8  # an office shares one address
FAMILIAR = dt.timedelta(days=30)
FAILED, DONE, OUT = "sign_in_failed", "sign_in", "sign_out"
label_acts({FAILED: _l("Failed to sign in"), DONE: _l("Signed in"), OUT: _l("Signed out")})
LARGEST_STRANGER = 2**31 - 1


def unknown_name_key(name: str) -> int:
    """Return the key by which the log counts an unknown name.

    It is the same for each try, below zero, and not the name.

    Such a name has to wait like any other, or waiting would tell which names there are; what is typed there may be a
    password, so it is not kept. Case and width count as little as in names that are there.
    """
    plain = folded(name).encode("utf-8", "replace")
    digest = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), plain, "sha256")
    return -1 - int.from_bytes(digest[:4]) % LARGEST_STRANGER


def counted_address(address: str) -> str:
    """Return what an address is counted as: itself, or the /64 network of an IPv6 address, which one caller owns."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))


class TooManyFailures(AppError):
    """There were too many wrong passwords lately; `facts["seconds"]` says how long to wait."""

    http_status = 429


def require_not_locked(session: Session, user_id: int, address: str) -> None:
    """Refuse an account, an address or an unknown name that has failed too often.

    errors  TooManyFailures, alike for all of them, so that it tells nothing of names
    """
    entry, address = AuditEntry, counted_address(address)
    failures = sa.select(sa.func.count(), sa.func.max(entry.at)).where(
        entry.at > utc_now() - WINDOW, entry.model == "user", entry.action == FAILED
    )
    last = sa.select(sa.func.max(entry.id)).where(
        entry.model == "user", entry.record_id == user_id, entry.action == DONE
    )
    since = sa.func.coalesce(last.scalar_subquery(), 0)
    of_account = failures.where(entry.record_id == user_id, entry.id > since)
    count, latest = session.execute(of_account).one()
    if count >= WAITS[-1][0] and _is_familiar(session, user_id, address):
        count, latest = session.execute(of_account.where(entry.note == address)).one()
    _require_waited(count, latest)
    count, latest = session.execute(failures.where(entry.note == address)).one()
    _require_waited(count // ADDRESS_FACTOR, latest)


def _is_familiar(session: Session, user_id: int, address: str) -> bool:
    """Return whether this person signed in from this address of late."""
    entry = AuditEntry
    query = sa.select(entry.id).where(
        entry.model == "user", entry.record_id == user_id, entry.action == DONE, entry.note == address,
        entry.at > utc_now() - FAMILIAR,
    )  # fmt: skip
    return session.execute(query.limit(1)).first() is not None


def _require_waited(count: int, latest: Any) -> None:
    for failures, wait in WAITS:
        if count >= failures and latest is not None:
            left = (latest + wait - utc_now()).total_seconds()
            if left > 0:
                text = _("Too many failed sign-ins. Please wait %(minutes)s minutes.", minutes=int(left // 60) + 1)
                raise TooManyFailures("too_many_requests", text, seconds=int(left) + 1)
            return


def record_sign_out(session: Session, by: int, user_id: int, address: str) -> None:
    """Write into the log who ended whose session at which address."""
    session.add(AuditEntry(user_id=by, model="user", record_id=user_id, action=OUT, note=address))


def record_sign_in(session: Session, user_id: int, address: str, *, ok: bool) -> None:
    """Write an attempt to sign in into the log, where it stays whatever comes after."""
    by, action = (user_id, DONE) if ok else (None, FAILED)
    row = AuditEntry(user_id=by, model="user", record_id=user_id, action=action, note=counted_address(address))
    in_unit_of_work(session, lambda: session.add(row))
