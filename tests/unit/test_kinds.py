"""Every kind of field keeps one contract: what it shows it can read, what it describes it sends and takes."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from decimal import Decimal as D
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.core.appbuilder import Model
from app.core.db.types import RecordReference
from app.core.errors import Refused
from app.core.kinds.choice import ChoiceKind, FlagKind
from app.core.kinds.day import DayKind, MomentKind
from app.core.kinds.kind import Kind, kind_of, kind_of_unit
from app.core.kinds.lines import LinesKind
from app.core.kinds.number import MoneyKind, NumberKind, PercentKind, PriceKind, QuantityKind, RateKind, WholeKind
from app.core.kinds.record import RecordKind
from app.core.kinds.relation import DictionaryKind, ManyKind, RelationKind
from app.core.kinds.text import LongTextKind, PhoneKind, TextKind
from app.core.record.fields import fields_of, label_codes
from app.core.sheets.workbook import cell_text
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser

pytestmark = pytest.mark.once


class Size(enum.StrEnum):
    small = enum.auto()
    large = enum.auto()


label_codes(Size, small="小", large="大")
MOMENT = dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)
# A kind of each class, and values of it.
EXAMPLES: dict[Kind, list[Any]] = {
    TextKind(20): ["水泵", "a, b"],
    PhoneKind(20): ["13800138000"],
    LongTextKind(): ["一\n二"],
    WholeKind(): [0, -7, 2**31 - 1],
    NumberKind(3): [D("-0.125"), D("1234.500")],
    MoneyKind(): [D("0.00"), D("-1234.50")],
    PriceKind(): [D("12.3400")],
    QuantityKind(): [D("2.5"), D("1000")],
    PercentKind(): [D("0.1300")],
    RateKind(rates="tax_rate"): [D("0.1300")],
    DayKind(): [dt.date(2026, 11, 23), dt.date(2199, 12, 31)],
    MomentKind(): [MOMENT],
    FlagKind(): [True, False],
    ChoiceKind(Size): list(Size),
    RelationKind(AppUser): [],
    DictionaryKind(DictionaryItem, "tax_rate"): [],
    ManyKind(AppUser): [],
    LinesKind(AppUser): [],
    RecordKind(): [RecordReference.to("sales_order", 12)],
}
VALUES = [(kind, value) for kind, values in EXAMPLES.items() for value in values]
SENT: list[tuple[Kind, Any]] = [
    *((kind, kind.json(value)) for kind, value in VALUES if kind.rates is None),
    (RateKind(rates="tax_rate"), "13%"),
    (RateKind(rates="tax_rate"), 0.13),
    (MoneyKind(), 12.5),
    (RelationKind(AppUser), 5),
    (RelationKind(AppUser), "5"),
    (RelationKind(AppUser), {"id": 5, "name": "x"}),
    (DictionaryKind(DictionaryItem, "tax_rate"), "13%"),
]
ASKED: list[tuple[Kind, Any]] = [
    *((kind, kind.json(value)) for kind, value in VALUES if kind.operators),
    (FlagKind(), "true"),
    (PhoneKind(), 13800138000),
    (RelationKind(AppUser), 5),
    (RelationKind(AppUser), "5"),
    (ManyKind(AppUser), 5),
    (DictionaryKind(DictionaryItem, "tax_rate"), "13%"),
]


@pytest.fixture(autouse=True)
def chinese(_app: Flask) -> Iterator[None]:
    with _app.test_request_context(), force_locale("zh"):
        yield


def conforms(value: Any, schema: Any) -> None:
    """OpenAPI 3.0 has the schemas of the fourth draft."""
    jsonschema.Draft4Validator(schema).validate(value)


def all_kinds(base: type[Kind] = Kind) -> Iterator[type[Kind]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("app.") and not kind.__name__.startswith("_"):
            yield kind
        yield from all_kinds(kind)


def test_every_kind_has_an_example_here() -> None:
    assert {type(kind) for kind in EXAMPLES} == set(all_kinds())


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_a_form_reads_what_its_control_shows(kind: Kind, value: Any) -> None:
    shown = kind.typed(value)
    assert kind.read_typed([] if shown is False else ["1" if shown is True else shown]) == value


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_an_import_reads_what_an_export_writes(kind: Kind, value: Any) -> None:
    if kind.is_typed:
        assert kind.read_cell(cell_text(kind.cell(value))) == value


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_a_page_begins_behind_the_value_the_one_before_ended_with(kind: Kind, value: Any) -> None:
    if kind.has_order or not kind.is_text:
        assert kind.read_sort_value(str(value)) == value


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_what_the_log_keeps_is_told_as_pages_tell_it(kind: Kind, value: Any) -> None:
    kept = value if isinstance(value, bool) else str(value)
    assert kind.logged(kept) == kind.text(value)


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_a_body_takes_back_what_the_interface_shows(kind: Kind, value: Any) -> None:
    conforms(kind.json(value), kind.shown_schema())
    if kind.rates is None:
        assert kind.read_json(kind.json(value)) == value


@pytest.mark.parametrize(("kind", "sent"), SENT, ids=str)
def test_a_body_may_hold_what_its_schema_describes(kind: Kind, sent: Any) -> None:
    schema = kind.body_schema(lambda _dictionary: ["13%"])
    if not kind.is_relation:  # whose schema is a reference into the whole description
        conforms(sent, schema)
    kind.read_json(sent)


@pytest.mark.parametrize(("kind", "asked"), ASKED, ids=str)
def test_a_filter_may_ask_what_its_schema_describes(kind: Kind, asked: Any) -> None:
    conforms(asked, kind.rest_filter_schema())
    value = kind.read_rest_filter(asked)
    attribute = Warehouse.keepers if kind.is_several else Warehouse.name if kind.is_text else Warehouse.id
    for operator in sorted(kind.operators):
        assert str(kind.where(attribute, operator, [value] if operator in ("in", "not_in") else value).compile())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.from_regex(r"[-0-9.,%¥T: ]{1,30}", fullmatch=True))
def test_what_no_kind_can_read_is_refused_in_plain_words(text: str) -> None:
    for kind in EXAMPLES:
        if kind.is_lines:
            continue
        kind.read_filter(text)
        kind.read_limit(text, "from")
        for read, given_ in ((kind.read_typed, [text]), (kind.read_json, text), (kind.read_rest_filter, text)):
            with suppress(ValidationError):
                read(given_)
        with suppress(Refused):
            kind.read_cell(text.strip() or "x")


LIMITED: list[Any] = [
    NumberKind(3, lowest=D(0)), QuantityKind(lowest=D(0), is_above=True), MoneyKind(lowest=D("0.01")),
    PercentKind(lowest=D(-1)), WholeKind(lowest=D(1)), WholeKind(lowest=D(0), is_above=True),
]  # fmt: skip


@pytest.mark.parametrize("kind", LIMITED, ids=str)
def test_no_channel_takes_less_than_the_least_value_and_a_filter_compares_with_anything(kind: Any) -> None:
    is_whole = isinstance(kind, WholeKind)
    step = D(1).scaleb(-kind.scale)
    schema = kind.body_schema(lambda _dictionary: [])
    for value, fits in ((kind.lowest - step, False), (kind.lowest, not kind.is_above), (kind.lowest + step, True)):
        sent = int(value) if is_whole else str(value)
        for read in (lambda sent=sent: kind.read_typed([str(sent)]), lambda sent=sent: kind.read_json(sent)):
            with nullcontext() if fits else pytest.raises(ValidationError):
                assert read() == value
        with nullcontext() if fits else pytest.raises(Refused):
            assert kind.read_cell(str(sent)) == value
        for said in [sent] if is_whole else [sent, float(value)]:
            if fits:
                conforms(said, schema)
            elif kind.lowest >= 0 or not isinstance(said, str):  # a pattern bounds no text below zero
                with pytest.raises(jsonschema.ValidationError):
                    conforms(said, schema)
        conforms(sent, kind.rest_filter_schema())
        assert kind.read_rest_filter(sent) == value


def test_units_of_reports_name_their_kinds() -> None:
    assert kind_of_unit("money") == MoneyKind()
    assert kind_of_unit("count") == WholeKind()
    with pytest.raises(KeyError):
        kind_of_unit("parsec")


def test_the_kind_of_a_field_follows_from_its_column() -> None:
    for mapper in Model.registry.mappers:
        for name, field in fields_of(mapper.class_).items():
            if field.column is not None and not field.kind.is_reference:
                assert field.kind == kind_of(mapper.class_.__table__.c[field.column]), name


class Colour(sa.types.TypeDecorator[str]):
    """A type of column that nobody has met before."""

    impl = sa.String
    cache_ok = True


class ColourKind(TextKind):
    """A colour, written like #ff8800."""

    columns = (Colour,)

    def text(self, value: str) -> str:
        return value.upper()


def test_one_class_is_all_that_a_new_kind_takes() -> None:
    kind = kind_of(sa.Column("colour", Colour(7)))
    assert kind == ColourKind(7)
    assert kind.text("#ff8800") == "#FF8800"
