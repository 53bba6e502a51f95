"""The workflow engine moves a document only along the rows of its table. Manual 8.7; design.md §3.

One row is action, from, to, default roles, guards, effects. Buttons, REST actions, rights, history, diagrams and
generated tests all read that row; `document.state = …` anywhere else raises.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session
from sqlalchemy.orm.base import NO_VALUE

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.locks import hold
from app.core.db.types import choice_type
from app.core.errors import AppError, NotAllowed, StateConflict, all_refused
from app.core.record.audit import record_act, recorded_as_one
from app.core.record.entry import stale
from app.core.record.fields import code_label
from app.core.record.schemas import require_days_of

_moving: ContextVar[bool] = ContextVar("moving", default=False)


Notice = Mapping[str, Any]  # It has `code`, `message`, and what else a program may want to know.


class StateAssigned(RuntimeError):
    """This error says that a state was set outside the engine, which is a fault in our code, never a user's."""


def state_column(states: type[enum.StrEnum], initial: enum.StrEnum) -> Mapped[Any]:
    """Return the column of a document's state; new documents begin in `initial`."""
    return mapped_column(choice_type(states, "state"), default=initial, index=True, info={"initial": initial})


@contextmanager
def _engine_moves() -> Any:
    token = _moving.set(True)
    try:
        yield
    finally:
        _moving.reset(token)


@dataclass
class Move:
    """One step being taken: what an effect reads and writes through. Effects add what they make to `created`.

    warnings  what was to be looked at when the step was taken
    """

    document: Any
    actor: Actor
    session: Session
    form: Mapping[str, Any] = field(default_factory=dict)
    created: list[Any] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)  # facts worth a line in the history
    warnings: Sequence[Notice] = ()


Guard = Callable[[Any, Actor], AppError | None]
Effect = Callable[[Move], None]


class Step:
    """One row of a workflow table.

    target     None: the document stays in its state; several: `decide` picks one of them after the effects
    form       the schema of what is asked of the person
    tells      what a person should know before they take it, as a sentence; nothing where there is nothing to say
    warns      what a person should look at although nothing refuses the step: it is told before and with the answer
    consents   the ticks that its dialog shows only where there is something to agree to: field → what is agreed to
    lines      what the lines of its dialog begin with: line id → quantity, from session and document
    by_system  only an effect of another document takes it, whatever rights the person has; nobody is offered it
    """

    def __init__(
        self,
        action: str,
        sources: Any,
        target: Any,
        roles: tuple[str, ...],
        guards: tuple[Guard, ...] = (),
        effects: tuple[Effect, ...] = (),
        *,
        label: Any,
        form: type[Any] | None = None,
        decide: Callable[[Any], enum.StrEnum] | None = None,
        danger: bool = False,
        tells: Callable[[Any], str] | None = None,
        warns: Callable[[Any], Sequence[Notice]] | None = None,
        consents: Callable[[Any], Mapping[str, str]] | None = None,
        lines: Callable[[Session, Any], Mapping[int, Decimal]] | None = None,
        by_system: bool = False,
    ) -> None:
        self.action = action
        self.sources = sources if isinstance(sources, tuple) else () if sources is None else (sources,)
        self.targets = target if isinstance(target, tuple) else () if target is None else (target,)
        self.roles = roles
        self.guards = guards
        self.effects = effects
        self.label = label
        self.form = form
        self.decide = decide
        self.danger = danger
        self.tells = tells
        self.warns = warns
        self.consents = consents
        self.lines = lines
        self.by_system = by_system

    def speak(self, states: type[enum.StrEnum] | None) -> None:
        """Name sources and targets as members of the document's own states; shared rows name those of their kind."""
        if states is not None:
            self.sources = tuple(states(str(state)) for state in self.sources)
            self.targets = tuple(states(str(state)) for state in self.targets)

    def target_of(self, document: Any) -> Any:
        if not self.targets:
            return None
        return self.decide(document) if self.decide else self.targets[0]


@dataclass(frozen=True)
class Offer:
    """A button: the step, the document it would move, and why it is grey when it is."""

    step: Step
    refusal: AppError | None
    document: Any = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    @property
    def told(self) -> str:
        """The sentence that a person should read before they take the step."""
        return self.step.tells(self.document) if self.step.tells is not None else ""

    @property
    def warnings(self) -> list[str]:
        """The sentences about what should be looked at before the step is taken."""
        return [str(one["message"]) for one in self.step.warns(self.document)] if self.step.warns is not None else []

    @property
    def consents(self) -> Mapping[str, str]:
        """What a person is asked to agree to, by field of the step's form."""
        return self.step.consents(self.document) if self.step.consents is not None else {}


class Workflow:
    """The table of one model. `states` is None for records that have actions but no state.

    rows   every step by its action
    steps  those of them that people take
    above  names of relations to the rows that a document belongs to and that its steps write on, as a goods issue
           writes on its order: they are held before the document is, and the same by every step of theirs
    """

    def __init__(
        self,
        model: type[Any],
        states: type[enum.StrEnum] | None,
        *steps: Step,
        manual: str,
        above: tuple[str, ...] = (),
    ) -> None:
        self.model = model
        self.states = states
        self.manual = manual
        self.above = above
        for step in steps:
            step.speak(states)
        self.rows = {step.action: step for step in steps}
        self.steps = {step.action: step for step in steps if not step.by_system}
        WORKFLOWS[model] = self
        if states is not None:
            event.listen(model.state, "set", _refuse_assignment, propagate=True)

    @property
    def initial(self) -> Any:
        return None if self.states is None else self.model.__table__.c.state.info["initial"]

    def step(self, action: str) -> Step:
        if action not in self.steps:
            raise AppError("workflow.unknown", _("There is no such action."))
        return self.steps[action]

    def refusals(self, document: Any, step: Step, actor: Actor) -> list[AppError]:
        """Return all reasons against the step now: right, state, and every guard; empty when it may be taken."""
        if not actor.may(step.action, self.model):
            return [_no_right(step)]
        return self._against(document, step, actor)

    def _against(self, document: Any, step: Step, actor: Actor) -> list[AppError]:
        if step.sources and document.state not in step.sources:
            return [_wrong_state(document, step)]
        return [refusal for guard in step.guards if (refusal := guard(document, actor)) is not None]

    def offers(self, document: Any, actor: Actor) -> list[Offer]:
        """Return the buttons of a page: the steps from the present state that the actor has the right to take."""
        found = []
        for step in self.steps.values():
            if not actor.may(step.action, self.model) or (step.sources and document.state not in step.sources):
                continue
            reasons = self.refusals(document, step, actor)
            found.append(Offer(step, all_refused(reasons) if reasons else None, document))
        return found

    def fire(
        self, session: Session, document: Any, action: str, actor: Actor, form: Mapping[str, Any] | None = None
    ) -> Move:
        """Move one document by one step. Holds and re-reads it and what it belongs to; flushes, never commits.

        errors  NotAllowed (no right), StateConflict (state; "stale" when the form names a version that is not the
                present one), Refused (guards, all reasons at once)
        """
        step = self.step(action)
        if not actor.may(action, self.model):
            raise _no_right(step)
        self._hold(session, document)
        seen = (form or {}).get("version")
        if seen is not None and seen != document.version:
            raise stale(document)
        reasons = self.refusals(document, step, actor)
        if reasons:
            raise all_refused(reasons)
        require_days_of(session, step.form, form or {})
        return self._take(session, document, step, actor, form or {})

    def fire_by_system(self, session: Session, document: Any, action: str, actor: Actor) -> Move:
        """Take a row that no person may take, because an effect of another document calls for it.

        actor   who took the step that led to it
        errors  StateConflict (state), Refused (guards)
        """
        step = self.rows[action]
        self._hold(session, document)
        reasons = self._against(document, step, actor)
        if reasons:
            raise all_refused(reasons)
        return self._take(session, document, step, actor, {})

    def _hold(self, session: Session, document: Any) -> None:
        """Hold what the document belongs to, and then the document: never the other way round.

        A payment may find its order while one waits for it. It is let go then, and the order held first.
        """
        above = self._belongs_to(document)
        for row in above:
            hold(session, row)
        if len(above) == len(self.above):
            hold(session, document)
            return
        with session.begin_nested() as attempt:
            hold(session, document)
            is_known = self._belongs_to(document) == above
            if not is_known:
                attempt.rollback()
        if not is_known:
            self._hold(session, document)

    def _belongs_to(self, document: Any) -> list[Any]:
        return [row for name in self.above if (row := getattr(document, name)) is not None]

    def _take(self, session: Session, document: Any, step: Step, actor: Actor, form: Mapping[str, Any]) -> Move:
        before = document.state if self.states else None
        move = Move(document, actor, session, form)
        move.warnings = step.warns(document) if step.warns is not None else ()
        with recorded_as_one(session, document, move.changes):
            for effect in step.effects:
                effect(move)
            document.changed_at = utc_now()  # A form opened before the step is stale then, whatever the step wrote.
            target = step.target_of(document)
            if target is not None:
                with _engine_moves():
                    document.state = target
            session.flush()
        record_act(
            session, document, step.action, actor,
            from_state=before, to_state=target or before,
            changes=move.changes, note=move.form.get("reason"),
        )  # fmt: skip
        session.flush()
        return move


WORKFLOWS: dict[type[Any], Workflow] = {}


def session_of(document: Any) -> Session:
    """Return the session a document was read in; guards ask the database through it."""
    session = object_session(document)
    if session is None:
        raise RuntimeError("guards ask about rows of a session")
    return session


def _refuse_assignment(document: Any, value: Any, old: Any, _initiator: Any) -> None:
    initial = type(document).__table__.c.state.info["initial"]
    fresh = old is NO_VALUE or old is None
    if _moving.get() or value == old or (fresh and value == initial and not sa.inspect(document).persistent):
        return
    raise StateAssigned(f"{type(document).__name__}.state is set by its workflow only")


def _no_right(step: Step) -> AppError:
    return NotAllowed("not_allowed", _("You do not have the right “%(action)s”.", action=str(step.label)))


def _wrong_state(document: Any, step: Step) -> AppError:
    text = _(
        "%(number)s is now “%(state)s”, so “%(action)s” is not possible.",
        number=str(document), state=code_label(document.state), action=str(step.label),
    )  # fmt: skip
    return StateConflict("wrong_state", text)
