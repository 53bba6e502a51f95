"""The history of the large firm's documents: who made them, and each step. Fields of lines are not told one by one."""

from __future__ import annotations

from app.demo.bulk.parts.figures import Moment
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.people import Someone


class History:
    def __init__(self, sender: Sender) -> None:
        self.table = sender.table(
            "audit_entry", "id at user_id role model record_id action from_state to_state changes note"
        )

    def made(self, model: str, key: int, at: Moment, by: Someone) -> None:
        self.step(model, key, at, by, "create", None, None)

    def step(
        self, model: str, key: int, at: Moment, by: Someone, action: str, before: str | None, after: str | None,
        note: str | None = None,
    ) -> None:  # fmt: skip
        table = self.table
        table.add((table.next_id(), at.stored, *by, model, key, action, before, after, "{}", note))
