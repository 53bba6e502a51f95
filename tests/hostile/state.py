"""Whether anything in the database has changed, by the digest that backups are compared with."""

from __future__ import annotations

from flask import Flask

from app.core.db.base import db
from app.operations.backup.digest import current_digests


class State:
    """What was there when the watch began, table by table.

    unless  tables that may change: the log of refused sign-ins, for one
    """

    def __init__(self, app: Flask, *, unless: tuple[str, ...] = ()) -> None:
        self.app = app
        self.unless = unless
        self.before = self._now()

    def _now(self) -> dict[str, object]:
        with self.app.app_context():
            db.session.remove()
            return {name: found for name, found in current_digests(db.engine).items() if name not in self.unless}

    def changed(self) -> list[str]:
        """Tables that are no longer as they were; from now on they count as they are."""
        now = self._now()
        found = sorted(name for name in now.keys() | self.before.keys() if now.get(name) != self.before.get(name))
        self.before = now
        return found
