"""What rows and models are called: once, on their model, and the same wherever they are named."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db.base import db, model_name, models_by_name
from app.core.record.audit import is_audited
from app.core.record.fields import fields_of
from app.core.record.naming import display_columns, is_named, plural, singular
from app.models.sales.sales_order import SalesOrder
from app.query.choices import pickable
from app.query.naming import row_texts
from app.screens.frame.labels import subject_label
from app.screens.frame.registry import VIEWS
from app.security.policy import VISIBILITY
from app.security.roles import default_rights


def test_a_master_record_is_called_by_its_name_and_a_document_by_its_number() -> None:
    for model in VIEWS:
        fields, columns = fields_of(model), display_columns(model)
        if "name" in fields:
            assert columns[0] in ("name", "path"), model_name(model)
        elif "number" in fields:
            assert columns == ("number",), model_name(model)


def test_a_row_is_called_the_same_wherever_it_is_named(finished: Any) -> None:
    """In messages, in the log and in what is picked from."""
    seen = 0
    boss = finished.boss.actor
    for model in [model for model in VIEWS if is_named(model)]:
        rows = list(db.session.scalars(sa.select(model).limit(20)))
        names = {row.id: str(row) for row in rows}
        assert all(names.values()), model_name(model)
        assert row_texts(db.session(), model, names) == names
        picked = pickable(db.session(), model, "", boss, conditions=[model.id.in_(names)], seen=False)
        assert {key: text for key, text, _hints in picked} == names
        seen += bool(rows)
    assert seen >= 12


def test_an_instalment_is_called_by_its_number_and_its_order(finished: Any, api_as: Any) -> None:
    """Also where its order is not read with it: a name may be told by a further row."""
    order = db.session.scalars(sa.select(SalesOrder)).one()
    (plan,) = finished.plans(order)
    assert str(plan) == f"{order.number} 第 1 期"
    key = finished.finance.pays(order, "1", plan=plan).id
    db.session.remove()
    row = api_as("finance").get(f"payment/{key}")[1]["result"]
    assert row["plan"]["name"] == f"{row['sales_order']['name']} 第 1 期"


def test_everything_that_is_logged_or_that_rights_are_on_has_a_chinese_name(office: Any) -> None:
    subjects = {subject for _role, _right, subject in default_rights()}
    subjects |= {model_name(model) for model in VISIBILITY if model in VIEWS}
    subjects |= {name for name, model in models_by_name().items() if name != "ab_user" and is_told(model)}
    nameless = sorted(subject for subject in subjects if subject_label(subject).isascii())
    assert nameless == []


def is_told(model: type[Any]) -> bool:
    return is_audited(model) and (model in VISIBILITY or getattr(model, "__audited__", False))


def test_one_and_many_of_a_model_are_told_by_the_model_alone() -> None:
    for model, view in VIEWS.items():
        assert singular(model)
        assert view.one is singular(model)
        assert view.title is plural(model)
