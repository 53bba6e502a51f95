"""确认 A document of goods takes effect when the keeper confirms it, by these steps. Manual 11.2b, 11.3."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.errors import AppError
from app.core.flow.workflow import Effect, Guard, Move, Step, session_of
from app.models.document import ConfirmState, counted_of
from app.security.policies.stock import keeps, refused_to_others
from app.security.roles import R
from app.workflows.document.derivation import Derivation
from app.workflows.document.quantities import taken_quantities, whole_lines
from app.workflows.forms import LinesForm, WhyForm

S = ConfirmState


class Confirmation:
    """The steps of one kind of document; see `confirmation`."""

    def __init__(self, derivation: Derivation | None, takes_more: bool, lowered: Any) -> None:
        self.derivation, self.takes_more, self.lowered = derivation, takes_more, lowered

    def take_quantities(self, move: Move) -> None:
        """Take the quantities the keeper names; a rest goes back to where the document derives from. Manual 11.3, 11.5.

        errors  Refused "too_much" above what may be taken, "nothing_left" when every line is 0, "invalid" for a
                strange line
        """
        rest = taken_quantities(move, {line.id: self._most(line) for line in move.document.lines})
        if rest and self.lowered is not None:
            self.lowered(move, rest)

    def _most(self, line: Any) -> Decimal:
        """Return the most a line can take: what was asked for, or all that its source still lacks."""
        if not self.takes_more or self.derivation is None:
            return counted_of(line)
        source = getattr(line, self.derivation.to_source)
        return counted_of(source) - Decimal(getattr(source, self.derivation.done))


def confirmation(
    keepers: tuple[R, ...],
    post: Effect,
    *,
    takes: Any = None,
    derivation: Derivation | None = None,
    takes_more: bool = False,
    guards: tuple[Guard, ...] = (),
    effects: tuple[Effect, ...] = (),
    lowered: Any = None,
    cancel: tuple[Guard, ...] = (),
    cancelled: tuple[Effect, ...] = (),
    withdrawn: tuple[Effect, ...] = (),
    unpost: Effect | None = None,
    label: Any = None,
    cancel_label: Any = None,
) -> tuple[Step, ...]:
    """Return the steps of a document that the keeper confirms: confirm, cancel, and withdrawal by the system.

    keepers     roles that confirm and cancel, each for warehouses they keep
    post        moves the goods, after the quantities are taken
    takes       the `Leaving` of workflows/stock/promise.py whose goods `post` takes out
    derivation  what the document derives from: its progress is counted after `post`, and counted back
    takes_more  the keeper may take more than was asked for, up to what the source still lacks
    lowered     called with the move and (product, rest) when less is taken than asked for
    cancel      further guards of cancelling; `cancelled` and `withdrawn` are what happens with it
    unpost      takes the goods back; without it only what was not confirmed can be cancelled
    """
    own = Confirmation(derivation, takes_more, lowered)
    count = (derivation.count,) if derivation is not None else ()
    back = (unposting(unpost, derivation),) if unpost is not None else ()
    form, consents = (LinesForm, None) if takes is None else (takes.form, takes.consents)
    sources = (S.draft, S.confirmed) if unpost is not None else (S.draft,)
    refresh = (refreshing(derivation),) if derivation is not None else ()
    # fmt: off
    return (
        Step("confirm",  S.draft, S.confirmed, keepers, (is_kept_by, *guards), (own.take_quantities, post, record_confirmation, *count, *effects), label=label or _l("Confirm"), form=form, lines=whole_lines, consents=consents),
        Step("cancel",   sources, S.cancelled, keepers, (is_kept_by, *cancel), (*back, *cancelled, *refresh), label=cancel_label or _l("Cancel document"), form=WhyForm, danger=True),
        Step("withdraw", S.draft, S.cancelled, (), (), withdrawn, label=_l("Withdraw with its source"), by_system=True),
    )
    # fmt: on


def unposting(unpost: Effect, derivation: Derivation | None) -> Effect:
    """Return the effect of a cancellation that takes back what a confirmation did, when there was one."""

    def take_back(move: Move) -> None:
        """Take the goods back and count what had been counted no longer, when the document was confirmed."""
        if move.document.state != S.confirmed.value:
            return
        unpost(move)
        if derivation is not None:
            derivation.count_back(move)

    return take_back


def refreshing(derivation: Derivation) -> Effect:
    """Return the effect by which the source follows a cancelled draft."""

    def refresh_source(move: Move) -> None:
        """Let the document it derives from compute its status anew."""
        move.session.flush()
        derivation.refresh(move.session, getattr(move.document, derivation.to_parent), but=move.document)

    return refresh_source


def is_kept_by(document: Any, actor: Actor) -> AppError | None:
    """The actor keeps the document's warehouse. Manual 11.1."""
    if keeps(session_of(document), document.warehouse_id, actor):
        return None
    return refused_to_others(document.warehouse)


def record_confirmation(move: Move) -> None:
    """Note who confirmed, and when."""
    move.document.confirmed_at = utc_now()
    move.document.confirmed_by_id = move.actor.user_id
