"""Every unique rule of every model is a sentence beside its field, by page, by REST and from the database itself."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.db.unique import UniqueRule, unique_rules
from app.core.errors import refusal_of
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of
from app.core.search.normal_forms import kept_form, with_normal_forms, wrong_forms
from app.rest.resources import resources
from app.screens.list.address import public_name
from app.security.accounts.people import actor_named
from tests.furnish import another
from tests.hostile.sent import typed
from tests.support.everything import MODELS, VIEWS, distinct_people
from tests.support.office import Api

RULES = [rule for model in MODELS for rule in unique_rules(model)]
TYPED = [rule for rule in RULES if not rule.is_kept_by_system]
OWN = "另外的"


def of(rule: UniqueRule) -> str:
    return f"{model_name(rule.model)}-{'-'.join(column.key for column in rule.columns)}"


@pytest.mark.parametrize("rule", RULES, ids=of)
def test_who_writes_its_columns_is_said_beside_them(app: Flask, rule: UniqueRule) -> None:
    """fault B1: a rule that the system alone keeps is declared so, and no form or body writes its columns."""
    if rule.is_kept_by_system:
        assert not rule.typed, f"people type {rule.typed}, so the rule is not the system's alone"
    else:
        assert rule.typed or _lines_of(rule.model), f"nobody types {rule.fields}: say info=KEPT_BY_SYSTEM"


def _lines_of(model: type[Any]) -> list[type[Any]]:
    """The models whose forms have rows of this one as their lines."""
    return [each for each in ENTRIES if any(f.kind.is_lines and f.target is model for f in fields_of(each).values())]


def _row_of(rule: UniqueRule) -> Any:
    """A furnished row that the rule is about, with a value in each of its columns."""
    query = sa.select(rule.model).order_by(rule.model.id.desc())
    if rule.where is not None:
        query = query.where(rule.where)
    rows = db.session.scalars(query).all()
    whole = [row for row in rows if all(getattr(row, column.key) is not None for column in rule.columns)]
    for row in whole or rows:
        for column in rule.columns:
            if getattr(row, column.key) is None and column.type.python_type is str:
                setattr(row, column.key, "Q-1")
        if all(getattr(row, column.key) is not None for column in rule.columns):
            db.session.commit()
            return row
    raise AssertionError(f"let tests/furnish/ make a {rule.model.__name__} with {rule.fields}")


@pytest.mark.parametrize("rule", RULES, ids=of)
def test_the_database_refuses_a_second_row_in_words(app: Flask, furnished: dict[str, int], rule: UniqueRule) -> None:
    """fault B1: somebody else was faster with the same values; manual 3.1."""
    with app.app_context():
        row = _row_of(rule)
        values = {column.key: getattr(row, column.key) for column in rule.model.__table__.c if column.key != "id"}
        for column in rule.model.__table__.c:
            if column.key in _freed(rule) and isinstance(values[column.key], str):
                values[column.key] = OWN
        with pytest.raises(sa.exc.IntegrityError) as broken:
            db.session.execute(sa.insert(rule.model.__table__).values(values))
        refusal = refusal_of(broken.value)
        assert refusal is not None, f"no sentence for {rule.name}"
        assert refusal.message
        assert refusal.field in {*rule.fields, *_places(rule.model)}
        db.session.rollback()


def _freed(rule: UniqueRule) -> set[str]:
    """Columns of the model's other rules, which are to hold another value: this rule alone is to be broken."""
    own = {column.key for column in rule.columns}
    return {column.key for other in unique_rules(rule.model) for column in other.columns} - own


def _places(model: type[Any]) -> set[str]:
    return {f.name for each in _lines_of(model) for f in fields_of(each).values() if f.target is model}


def _entered(rule: UniqueRule, row: Any) -> dict[str, Any]:
    """What a form would send to make such a row again: the columns of the rule as they are, the others its own."""
    values: dict[str, Any] = {**typed(rule.model, row), **another().get(rule.model, {})}
    fields = fields_of(rule.model)
    for other in unique_rules(rule.model):
        for name in set(other.fields) - set(rule.fields):
            if public_name(name) in values and fields[name].kind.is_text:
                values[public_name(name)] = OWN
    for name in rule.fields:
        value = typed(rule.model, row)[public_name(name)]
        is_folded = kept_form(rule.model, name) is not None
        values[public_name(name)] = [text.swapcase() for text in value] if is_folded else value
    return values


@pytest.mark.parametrize("rule", [rule for rule in TYPED if rule.typed], ids=of)
def test_a_form_says_so_beside_the_field(at: Any, app: Flask, furnished: dict[str, int], rule: UniqueRule) -> None:
    """fault B1: a value that is taken was answered with 500; manual 3.1."""
    row, base = _row_of(rule), VIEWS[rule.model].route_base
    login = next(login for login in distinct_people() if actor_named(db.session(), login).may("create", rule.model))
    values = _entered(rule, row)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(rule.model))
    db.session.remove()
    browser = at(login)
    token = browser.open("/password").typed("csrf_token")
    given = {public_name(name): values[public_name(name)] for name in rule.fields}
    sent = {**values, "csrf_token": token, "form_token": "t" * 32}
    answer = browser.client.post(f"{base}/add", query_string=given, data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert any(f'id="f-{public_name(name)}-e"' in page for name in rule.fields)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(rule.model)) == before


MADE_BY_REST = {resource.model: resource.name for resource in resources() if resource.takes("POST")}


@pytest.mark.parametrize("rule", [rule for rule in TYPED if rule.typed and rule.model in MADE_BY_REST], ids=of)
def test_a_program_is_told_so_with_the_field(app: Flask, furnished: dict[str, int], rule: UniqueRule) -> None:
    """fault B1: the REST interface answers 422 with the field, never 500; manual 3.1."""
    name = MADE_BY_REST[rule.model]
    with app.app_context():
        row = _row_of(rule)
        key, entered = row.id, _entered(rule, row)
        login = next(one for one in distinct_people() if actor_named(db.session(), one).may("create", rule.model))
        texts = {
            n: v for n, v in entered.items() if n in fields_of(rule.model) and fields_of(rule.model)[n].kind.is_text
        }
        db.session.remove()
    api = Api(app, login)
    shown = api.get(f"{name}/{key}")[1]["result"]
    given = {n: value[0] if isinstance(value, list) else value for n, value in texts.items() if value}
    status, told = api.post(f"{name}/", {**shown, **given})
    assert status == 422, told
    assert {reason.get("field") for reason in told["reasons"]} & {*rule.fields, *map(public_name, rule.fields)}, told


def test_normal_forms_follow_their_texts_everywhere(app: Flask) -> None:
    """fault A9, B1: a normal form is set by whatever sets its text, one by one and in bulk."""
    for model in MODELS:
        for column in model.__table__.c:
            if "normal_form_of" in column.info:
                name = column.info["normal_form_of"]
                wanted = column.info["form"]("ＡＢ c × Ｄ")
                assert getattr(model(**{name: "ＡＢ c × Ｄ"}), column.key) == wanted
                assert with_normal_forms(model, {name: "ＡＢ c × Ｄ"})[column.key] == wanted


def test_a_normal_form_that_is_not_its_text_s_is_told(office: Any) -> None:
    """fault A9: `crm verify` computes every normal form anew."""
    customer = office.customer("lin", name="北京恒通")
    assert list(wrong_forms(db.session())) == []
    table = type(customer).__table__
    office.lin.does(lambda session, _actor: session.execute(sa.update(table).values(name_key="x")))
    (told,) = office.mismatches()
    assert "name_key is 'x'" in told
