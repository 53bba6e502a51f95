"""派生 A document is made of what is left of another one, and counted back; `crm verify` counts after. Manual 11.4, 12.2.

    RECEIPTS = derives(PurchaseOrder, GoodsReceipt, done="received", status="receipt_status")

gives the parent's workflow a step that makes a child and guards about children, the child's workflow the effect that
counts, and `crm verify` a check of what was counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.errors import AppError, Refused
from app.core.flow.workflow import WORKFLOWS, Guard, Move, Step, session_of
from app.core.ledger.verify import batches, check, differences
from app.core.record.numbering import next_number
from app.models.document import (
    ApprovalState,
    ConfirmState,
    counted_column,
    counted_of,
    line_model,
    parent_field,
    source_line_field,
)
from app.security.policy import require_visible
from app.security.roles import R
from app.workflows.document.lines import new_line
from app.workflows.document.quantities import asked_for
from app.workflows.forms import DeriveForm

DRAFT = ConfirmState.draft.value
GONE = (DRAFT, ConfirmState.cancelled.value)  # children in these states have moved nothing


class Derivation:
    """A derivation says how children of one model are made from documents of another.

    done     the progress column of the parent's lines: what children have moved, in the product's unit
    status   the column of the parent that says how far its children are, one of none, made, partly and all
    follow   what else the parent computes when its progress changes
    made     called with the new child before it is saved: what else it begins with
    """

    def __init__(
        self,
        parent: type[Any],
        child: type[Any],
        *,
        done: str,
        status: str | None = None,
        follow: Callable[[Any], None] | None = None,
        made: Callable[[Any, Move], None] | None = None,
    ) -> None:
        self.parent, self.child, self.done, self.status = parent, child, done, status
        self.follow, self.made = follow, made
        self.to_parent = parent_field(child)
        self.child_line, self.parent_line = line_model(child), line_model(parent)
        self.wanted, self.taken = counted_column(self.parent_line), counted_column(self.child_line)
        self.to_source = source_line_field(self.child_line)
        DERIVATIONS.setdefault(parent, []).append(self)
        check(self.mismatches)

    # Reads

    def drafts(self, session: Session, parent: Any) -> list[Any]:
        """Return children that wait for their confirmation, oldest first."""
        child = self.child
        query = sa.select(child).where(self._key(child) == parent.id, child.state == DRAFT)
        return list(session.scalars(query.order_by(child.id)))

    def in_drafts(self, session: Session, parent: Any, *, but: Any = None) -> dict[int, Decimal]:
        """Return a mapping: key of the parent's line → quantity on children that wait for their confirmation.

        but  a child that is just leaving this state
        """
        line, child = self.child_line, self.child
        source = self._source_key(line)
        query = (
            sa.select(source, sa.func.sum(self.taken))
            .join(child, child.id == self._document_key(line))
            .where(self._key(child) == parent.id, child.state == DRAFT, child.id != (but.id if but is not None else 0))
            .group_by(source)
        )
        return {key: value for key, value in session.execute(query)}

    def left(self, session: Session, parent: Any) -> dict[int, Decimal]:
        """Return a mapping: key of the parent's line → quantity that is neither done nor on a child that waits."""
        pending = self.in_drafts(session, parent)
        return {
            line.id: counted_of(line) - getattr(line, self.done) - pending.get(line.id, ZERO) for line in parent.lines
        }

    def status_of(self, session: Session, parent: Any, *, but: Any = None) -> str:
        """Return how far the children are: all done, partly, only made, or none. Manual 12.1, 12.2."""
        waiting = self.in_drafts(session, parent, but=but)
        return _status(
            (getattr(line, self.done), counted_of(line), waiting.get(line.id, ZERO)) for line in parent.lines
        )

    # Guards of the parent

    def nothing_done(self, parent: Any, actor: Actor) -> AppError | None:
        """No child of the document has moved anything."""
        if not any(getattr(line, self.done) for line in parent.lines):
            return None
        return Refused(self.done, _("Documents made from it are confirmed already."))

    def something_left(self, parent: Any, actor: Actor) -> AppError | None:
        """Something is neither done nor on a child that waits for its confirmation."""
        open_lines = any(counted_of(line) > getattr(line, self.done) for line in parent.lines)
        if open_lines and any(quantity > 0 for quantity in self.left(session_of(parent), parent).values()):
            return None
        text = _("Nothing is left: everything is done, or on a document that waits for its confirmation.")
        return Refused("nothing_left", text)

    # Steps and effects

    def step(self, action: str, roles: tuple[R, ...], *guards: Guard, label: Any, form: type[Any] = DeriveForm) -> Step:
        """Return the row of the parent's workflow that makes a child."""
        return Step(
            action, ApprovalState.approved, None, roles, (*guards, self.something_left), (self.make,),
            label=label, form=form, lines=self.left,
        )  # fmt: skip

    def make(self, move: Move) -> None:
        """Make a child that waits for its confirmation, from what is left or from the lines that were named."""
        parent, session = move.document, move.session
        left = self.left(session, parent)
        wanted = asked_for(move.form, left, parent.lines)
        child = self.child(number=next_number(session, self.child), **{self.to_parent: parent})
        if hasattr(self.child, "warehouse_id"):
            child.warehouse_id = move.form.get("warehouse") or parent.warehouse_id
            place = sa.inspect(self.child).relationships["warehouse"].mapper.class_
            require_visible(session, place, child.warehouse_id, move.actor)
        for line in parent.lines:
            if wanted.get(line.id):
                child.lines.append(self._line(line, wanted[line.id]))
        session.add(child)
        session.flush()
        move.created.append(child)
        if self.made is not None:
            self.made(child, move)
        self.refresh(session, parent)

    def _line(self, source: Any, quantity: Decimal) -> Any:
        counted = {self.taken.key: quantity}
        return new_line(self.child_line, **{self.to_source: source}, product_id=source.product_id, **counted)

    def count(self, move: Move) -> None:
        """Count what the child has moved on the lines it came from."""
        self._add(move, 1)

    def count_back(self, move: Move) -> None:
        """Count what the child had moved no longer."""
        self._add(move, -1)

    def _add(self, move: Move, sign: int) -> None:
        for line in move.document.lines:
            source = getattr(line, self.to_source)
            setattr(source, self.done, getattr(source, self.done) + sign * counted_of(line))
        move.session.flush()
        self.refresh(move.session, getattr(move.document, self.to_parent), but=move.document)

    def refresh(self, session: Session, parent: Any, *, but: Any = None) -> None:
        """Store what the parent computes from its children.

        but  a child that is just being confirmed or cancelled, and waits no longer
        """
        if self.status is not None:
            codes = self.parent.__table__.c[self.status].type.enum_class
            setattr(parent, self.status, codes(self.status_of(session, parent, but=but)))
        if self.follow is not None:
            self.follow(parent)

    def cancel_drafts(self, move: Move) -> None:
        """Withdraw the children that nobody has confirmed yet, with their parent."""
        for child in self.drafts(move.session, move.document):
            WORKFLOWS[self.child].fire_by_system(move.session, child, "withdraw", move.actor)
        self.refresh(move.session, move.document)

    # The check

    def mismatches(self, session: Session) -> Iterator[str]:
        """Yield each difference of progress and status of every parent.

        They are computed from its children, in batches by key.
        """
        name = model_name(self.parent)
        for keys in batches(session, self.parent.id):
            moved = self._sums(session, keys, self.child.state.not_in(GONE))
            waits = self._sums(session, keys, self.child.state == DRAFT) if self.status else {}
            lines = self._progress(session, keys)
            numbers = self._heads(session, keys)
            for parent_id, rows in lines.items():
                where = f"{name} {numbers[parent_id][0]}"
                for row in rows:
                    yield from differences(f"{where} line {row.id}", self.done, row.done, moved.get(row.id, ZERO))
                if self.status is not None:
                    status = _status([(moved.get(row.id, ZERO), row.wanted, waits.get(row.id, ZERO)) for row in rows])
                    yield from differences(where, self.status, str(numbers[parent_id][1]), status)

    def _progress(self, session: Session, keys: tuple[int, int]) -> Mapping[int, list[Any]]:
        line = self.parent_line
        parent_key = self._document_key(line)
        wanted, done = self.wanted.label("wanted"), getattr(line, self.done).label("done")
        query = sa.select(line.id, parent_key.label("parent_id"), wanted, done)
        found: dict[int, list[Any]] = defaultdict(list)
        for row in session.execute(query.where(parent_key.between(*keys)).order_by(line.id)):
            found[row.parent_id].append(row)
        return found

    def _heads(self, session: Session, keys: tuple[int, int]) -> dict[int, tuple[str, Any]]:
        status = getattr(self.parent, self.status) if self.status else sa.null()
        query = sa.select(self.parent.id, self.parent.number, status).where(self.parent.id.between(*keys))
        return {key: (number, value) for key, number, value in session.execute(query)}

    def _sums(self, session: Session, keys: tuple[int, int], condition: Any) -> dict[int, Decimal]:
        """Return a mapping: key of the parent's line → quantity on the children that the condition is true of."""
        line, child = self.child_line, self.child
        source = self._source_key(line)
        query = (
            sa.select(source, sa.func.sum(self.taken))
            .join(child, child.id == self._document_key(line))
            .where(self._key(child).between(*keys), condition)
            .group_by(source)
        )
        return {key: value for key, value in session.execute(query)}

    # Columns

    def _key(self, child: Any) -> Any:
        return getattr(child, f"{self.to_parent}_id")

    def _source_key(self, line: Any) -> Any:
        return getattr(line, f"{self.to_source}_id")

    def _document_key(self, line: Any) -> Any:
        return getattr(line, f"{line.__frozen_with__}_id")


def _status(lines: Iterable[tuple[Decimal, Decimal, Decimal]]) -> str:
    """Return the status from (moved, wanted, waiting) of each line: "all", "partly", "made" or "none"."""
    found = list(lines)
    if found and all(moved >= wanted for moved, wanted, _waiting in found):
        return "all"
    if any(moved for moved, _wanted, _waiting in found):
        return "partly"
    return "made" if any(waiting for _moved, _wanted, waiting in found) else "none"


DERIVATIONS: dict[type[Any], list[Derivation]] = {}


def derives(parent: type[Any], child: type[Any], **declared: Any) -> Derivation:
    """Declare that documents of one model are made from what is left of another one's lines; see `Derivation`."""
    return Derivation(parent, child, **declared)
