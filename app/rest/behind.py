"""Addresses of the rows behind a figure of a report, for programs: another report, or a list narrowed by its `q`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import prison
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.report import Behind
from app.query.choices import dictionary_choices
from app.query.conditions import Criterion
from app.rest.resources import resources
from app.screens.list.behind import conditions_behind


def address_behind(session: Session, behind: Behind, said: Mapping[str, str], actor: Actor) -> str:
    """Return the address of the rows.

    said  the filters there and what they say, as in the address of a page
    """
    target = behind.report
    if target is not None:
        return f"/api/v1/report/{target.name}?{urlencode(said)}"
    resource = next(each for each in resources() if each.name == behind.opens)
    filters = [
        {"col": resource.column_of(each.path), "opr": each.test.operator, "value": value_sent(session, each.test)}
        for each in conditions_behind(session, behind, said, actor)
    ]
    return f"/api/v1/{behind.opens}/?q={quote(prison.dumps({'filters': filters}))}"


def value_sent(session: Session, test: Criterion) -> Any:
    """Return the value of a condition as a program sends it: of an item of a dictionary its label."""
    kind = test.field.kind
    if test.value is None:
        return None
    values = test.value if isinstance(test.value, list) else [test.value]
    if kind.dictionary is not None:
        labels = {key: label for key, label, _usable in dictionary_choices(session, [kind.dictionary])[kind.dictionary]}
        sent = [labels[value] for value in values]
    else:
        sent = [kind.json(value) for value in values]
    return sent if isinstance(test.value, list) else sent[0]
