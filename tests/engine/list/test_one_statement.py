"""One list engine: what narrows a page, its export, a desk and REST alike is one statement. design.md §9."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import prison
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.base import db, model_name
from app.core.kinds.choice import FlagKind
from app.core.kinds.comparison import NOTHING
from app.core.kinds.day import MomentKind
from app.query.choices import dictionary_choices
from app.query.listing import Listing, Sort
from app.reports.system.search import Searchable, search
from app.rest.query import rest_request_of
from app.rest.resources import resources
from app.rest.schema import Resource
from app.screens.desk.desk_parts import Rows, Scope
from app.screens.list.address import ListFilter, filters_for
from app.security.accounts.people import actor_named
from app.security.policy import sees_every
from tests.support.everything import VIEWS, distinct_people
from tests.support.statements import counted

MODELS = [model for model, view in VIEWS.items() if view.filter_columns]


@pytest.fixture
def pages(app: Flask) -> dict[type[Any], Any]:
    """Model → the view that shows its list."""
    found = {type(view): view for view in app.extensions["appbuilder"].baseviews}
    return {model: found[view] for model, view in VIEWS.items()}


def resource_of(model: type[Any]) -> Resource:
    return next(resource for resource in resources() if resource.model is model)


def readers(model: type[Any]) -> list[Actor]:
    """Of those who may read the model one who sees every row, and one who sees some."""
    people = [actor_named(db.session(), login) for login in distinct_people()]
    able = {sees_every(model, actor): actor for actor in people if actor.may("read", model)}
    return list(able.values())


def said_of(offered: ListFilter) -> Iterator[list[tuple[str, str]]]:
    """What an address may say of a filter: one value, several, each end of a range, both, and none."""
    kind, name = offered.field.kind, offered.name
    if not offered.is_range:
        values = [value for value, _text in kind.options(_items(offered))] or ["1", "2", "3"]
        yield [(name, values[0])]
        yield [(name, value) for value in values]
        yield [(name, NOTHING)]
        return
    low, high = ("2026-11-01", today().isoformat()) if kind.is_temporal else ("0", "7")
    yield [(f"{name}_from", low)]
    yield [(f"{name}_to", high)]
    yield [(f"{name}_from", low), (f"{name}_to", high)]
    yield [(f"{name}_from", NOTHING)]


def _items(offered: ListFilter) -> list[tuple[int, str, bool]]:
    dictionary = offered.field.dictionary
    return dictionary_choices(db.session(), [dictionary])[dictionary] if dictionary else []


def told(statement: sa.Select[Any]) -> tuple[str, list[str]]:
    """A statement and its values, in the words of the database."""
    compiled = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    bound = compiled.construct_params()
    return str(compiled), [repr(_comparable(bound[name])) for name in sorted(bound)]


def _comparable(value: Any) -> Any:
    """A moment in one zone and a number without idle noughts, for two texts may tell the same."""
    if isinstance(value, Decimal):
        return value.normalize()
    return value.timestamp() if hasattr(value, "timestamp") else value


def over_rest(offered: ListFilter, said: list[tuple[str, str]], resource: Resource, actor: Actor) -> Listing:
    """What REST lists when it is asked by its own names, operators and values."""
    column = resource.column_of(offered.path)
    if said[0][1] == NOTHING:
        tests = [("eq", None)]
    elif offered.is_range:
        tests = [(_ENDS[name.rpartition("_")[2]][0], _limit(offered, name, text)) for name, text in said]
    else:
        tests = [("in", [_value(offered, text) for _name, text in said])]
    filters = [{"col": column, "opr": operator, "value": value} for operator, value in tests]
    return rest_request_of(db.session(), prison.dumps({"filters": filters}), resource, actor).listing


_ENDS = {"from": ("ge", "00:00:00"), "to": ("le", "23:59:59.999999")}


def _limit(offered: ListFilter, name: str, text: str) -> Any:
    """The end of a range as a program sends it: a day of moments is the whole day of the firm."""
    kind = offered.field.kind
    if isinstance(kind, MomentKind):
        return f"{text}T{_ENDS[name.rpartition('_')[2]][1]}+08:00"
    return text if kind.is_temporal or kind.is_exact else int(text)


def _value(offered: ListFilter, text: str) -> Any:
    """What is chosen as a program sends it: of a dictionary the label, of a relation the key."""
    if offered.field.dictionary is not None:
        return next(label for key, label, _usable in _items(offered) if str(key) == text)
    if isinstance(offered.field.kind, FlagKind):
        return text == "1"
    return text if offered.field.choices is not None else int(text)


@pytest.mark.parametrize("model", MODELS, ids=model_name)
def test_page_export_desk_and_rest_ask_the_same_statement(
    app: Flask, furnished: Any, office: Any, pages: dict[type[Any], Any], model: type[Any]
) -> None:
    """Every filter that the page offers, with every operator it has there, for people who see all rows and some."""
    view, resource, compared = pages[model], resource_of(model), 0
    for actor in readers(model):
        offered = filters_for(Listing(model, view.beside), view.filter_columns, actor)
        for each in offered:
            for said in said_of(each):
                with app.test_request_context(f"{view.route_base}/list/?{urlencode(said)}"), force_locale("zh"):
                    listing, _offered, asked = view.asked_for(actor, None)
                assert {condition.parameter for condition in asked.conditions} == {name for name, _value in said}
                page = told(listing.statement(actor))
                if not view.rest_columns or each.path in view.rest_columns:
                    assert page == told(over_rest(each, said, resource, actor).statement(actor)), said
                if each.field.dictionary is None:  # no desk names the keys of items
                    rows = Rows(model, where=tuple(said)).listing(Scope(actor, (), today()))
                    assert page == told(rows.statement(actor)), said
                assert page != told(Listing(model).statement(actor)), "the filter narrows"
                compared += 1
    assert compared >= len(view.filter_columns)


@pytest.mark.parametrize("model", [model for model in MODELS if hasattr(model, "search_text")], ids=model_name)
def test_the_search_of_the_top_bar_asks_as_the_quick_search_of_the_list(
    app: Flask, furnished: Any, office: Any, pages: dict[type[Any], Any], model: type[Any]
) -> None:
    view, actor = pages[model], office.boss.actor
    with app.test_request_context(f"{view.route_base}/list/?q=1"), force_locale("zh"):
        listing, _offered, asked = view.asked_for(actor, None)
    assert asked.query == "1"
    with counted() as in_list:
        listing.page(db.session(), actor, sort=Sort(), size=8)
    columns = view.list_columns[:1]
    with counted() as in_bar:
        search(db.session(), [Searchable(model, columns)], "1", actor)
    assert in_bar[0].partition("\nWHERE ")[2] == in_list[0].partition("\nWHERE ")[2] != ""


def test_no_filter_of_a_page_is_unknown_to_rest() -> None:
    """Unless the view says which columns programs are shown, and it is none of them: of a person, no more than who."""
    for model, view in VIEWS.items():
        for path in view.filter_columns:
            if not view.rest_columns or path in view.rest_columns:
                assert resource_of(model).column_of(path), (model, path)


def test_numbers_that_are_missing_beside_a_row_are_nought_on_the_page_too(at: Any, office: Any) -> None:
    """A customer without any figures owes 0.00, as the list shows it: it is found by that."""
    name = office.customer("lin").name
    found = at("lin").open("/customer/list/?balance.receivable_to=0").text
    assert name in found
    assert name not in at("lin").open("/customer/list/?balance.receivable_from=0.01").text


def test_an_address_asks_for_rows_that_have_no_value(at: Any, office: Any) -> None:
    """“-” stands for none; the list says so."""
    office.customer("lin", city=None)
    lin = at("lin")
    for parameter in ("source", "credit_grade"):
        page = lin.open(f"/customer/list/?{parameter}={NOTHING}").text
        assert "未填写" in page
        assert "没有匹配" not in page
