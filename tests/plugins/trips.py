"""Watching a guard refuse: which one it was, not only that something did.

    with tripped(SalesOrder, "consignee_known"):
        office.lin.fires("issue", order)

test_workflow_tables.py asks that every guard of every workflow stands in such a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.core.actor import Actor
from app.core.errors import AppError
from app.core.flow.workflow import WORKFLOWS, Step


@contextmanager
def tripped(model: type[Any], guard: str) -> Iterator[Any]:
    """The block is refused, and it was this guard of the model's workflow that refused."""
    workflow = WORKFLOWS[model]
    asked = workflow.refusals
    told: dict[str, str] = {}

    def watched(document: Any, step: Step, actor: Actor) -> list[AppError]:
        for each in step.guards:
            refusal = each(document, actor)
            if refusal is not None:
                told[each.__name__] = refusal.code
        return asked(document, step, actor)

    workflow.refusals = watched  # type: ignore[method-assign]  # this one workflow, for this one block
    try:
        with pytest.raises(AppError) as caught:
            yield caught
    finally:
        del workflow.refusals  # back to the class's own
    assert guard in told, f"refused by {told or caught.value.code}, not by {guard}"
    assert told[guard] in {reason.code for reason in caught.value.reasons}
