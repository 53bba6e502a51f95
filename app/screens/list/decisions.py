"""审批 Lists of approved documents have ready-made views: what waits for one's decision, what came back. Manual 8.7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.db.base import db
from app.models.document import Approved
from app.security.approvals.deciding import waits_for, was_rejected

WAITING, REJECTED = "waiting", "rejected"


def decision_presets(model: type[Any]) -> Mapping[str, tuple[Any, Any]]:
    """Return the views of a list of such documents, as `ListPages.presets`; none for other models."""
    if not issubclass(model, Approved):
        return {}

    def waiting(actor: Actor) -> Any:
        return waits_for(db.session(), model, actor)

    def rejected(actor: Actor) -> Any:
        return was_rejected(model, actor)

    return {WAITING: (_l("Waiting for my approval"), waiting), REJECTED: (_l("Sent back"), rejected)}


def decision_rights(model: type[Any]) -> Mapping[str, str]:
    """Return the right without which nothing can wait for a person, as `ListPages.preset_rights`."""
    return {WAITING: "approve"} if issubclass(model, Approved) else {}
