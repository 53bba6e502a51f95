"""Lists have ready-made views that follow from their model: what waits for a decision, one's own, what to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.models.document import Confirmed, ConfirmState
from app.models.system.user import Owned
from app.screens.list.decisions import decision_presets

MINE, CONFIRM = "mine", "confirm"


def ready_made(model: type[Any]) -> Mapping[str, tuple[Any, Any]]:
    """Return the views of a list of this model, as `ListPages.presets`; a view adds its own to them."""

    def mine(actor: Actor) -> Any:
        return model.owner_id == actor.user_id

    def to_confirm(actor: Actor) -> Any:
        return model.state == ConfirmState.draft

    found = dict(decision_presets(model))
    if issubclass(model, Owned):
        found[MINE] = (_l("Mine"), mine)
    if issubclass(model, Confirmed):
        found[CONFIRM] = (_l("To confirm"), to_confirm)
    return found
