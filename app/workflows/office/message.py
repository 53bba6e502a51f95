"""消息 People are told something, and say that they have read it. Manual 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.base import model_name, models_by_name
from app.core.db.types import RecordReference
from app.core.errors import AppError, NotAllowed, NotFound
from app.core.flow.workflow import Move, Step, Workflow
from app.models.office.message import LONGEST, Message
from app.models.system.user import AppUser
from app.security.policy import VISIBILITY, require_visible
from app.security.roles import EVERYBODY
from app.workflows.from_fields import FieldsEntry


def tell(session: Session, person: AppUser | int, text: str, about: Any = None) -> Message:
    """Put a message into somebody's inbox; it comes with the transaction that causes it, or not at all.

    about  the record it is about; what is longer than a message may be is cut short
    """
    key = person if isinstance(person, int) else person.id
    shortened = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    named = None if about is None else RecordReference.to(model_name(about), about.id)
    message = Message(to_id=key, text=shortened, about=named)
    session.add(message)
    return message


class MessageEntry(FieldsEntry):
    """Anybody writes to anybody who works here, about a record they can open or about none."""

    model = Message
    writable = ("to", "text", "about")

    def prepare(self, session: Session, row: Message, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        super().prepare(session, row, values, actor, new=new)
        if row.about is None:
            return
        model = models_by_name().get(row.about.model)
        try:
            if model is None or model not in VISIBILITY or not actor.may("read", model):
                raise NotFound("not_found", "")
            require_visible(session, model, row.about.id, actor)
        except NotFound as error:
            text = _("This record does not exist, or you may not see it.")
            raise NotFound("not_found", text, field="about") from error

    def created(self, session: Session, row: Message, values: Mapping[str, Any], actor: Actor) -> None:
        """A message is somebody else's from the moment it is written."""


def is_its_reader(message: Message, actor: Actor) -> AppError | None:
    """The message is for this person."""
    if message.to_id == actor.user_id:
        return None
    return NotAllowed("not_allowed", _("Only the person whom a message is for may mark it as read."))


def note_reading(move: Move) -> None:
    """The first reading counts, however often it is said again."""
    if move.document.read_at is None:
        move.document.read_at = utc_now()


# fmt: off
MESSAGE = Workflow(Message, None,
    #    action  from  to    roles      guards            effects
    Step("read", None, None, EVERYBODY, (is_its_reader,), (note_reading,), label=_l("Mark as read")),
    manual="3.2",
)
# fmt: on
