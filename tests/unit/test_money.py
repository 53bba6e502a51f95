"""Money, prices, rates and amounts in words: exact, rounded once, and readable on paper."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.db.types import Fixed
from app.core.money import line_amount, plain, rounded, tax_in
from app.printing.capital import LARGEST, capital_amount
from app.printing.formats import FORMATS

pytestmark = pytest.mark.once

CENTS = st.integers(min_value=0, max_value=10**18 - 1)
DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
SMALL_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_section(words: str) -> int:
    """A number below ten thousand, read back: 壹仟零伍 → 1005."""
    total, digit = 0, 0
    for character in words:
        if character in SMALL_UNITS:
            total += digit * SMALL_UNITS[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return total + digit


def read_whole(words: str) -> int:
    """A whole number, read back by its 亿 and 万, independently of the library that wrote it."""
    if "亿" in words:
        high, _mark, low = words.rpartition("亿")
        return read_whole(high) * 10**8 + read_whole(low)
    if "万" in words:
        high, _mark, low = words.rpartition("万")
        return read_section(high) * 10**4 + read_section(low)
    return read_section(words)


def read_amount(words: str) -> D:
    """An amount in words, read back into yuan."""
    text = words.removeprefix("人民币")
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负").removesuffix("整")
    yuan, mark, rest = text.partition("元")
    if not mark:
        yuan, rest = "", text
    tenths, mark, rest_of_it = rest.partition("角")
    hundredths = (rest_of_it if mark else rest).removesuffix("分")
    cents = read_section(tenths if mark else "") * 10 + read_section(hundredths)
    return sign * (D(read_whole(yuan)) + D(cents) / 100)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.004", "人民币零元整"),
        ("-0.004", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.50", "人民币伍角"),
        ("1.10", "人民币壹元壹角"),
        ("10", "人民币壹拾元整"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("100000.00", "人民币壹拾万元整"),
        ("10000000.5", "人民币壹仟万元伍角"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("1000000000", "人民币壹拾亿元整"),
        ("-1234.5", "人民币负壹仟贰佰叁拾肆元伍角"),
        ("1.005", "人民币壹元零壹分"),
    ],
)
def test_amounts_in_words_follow_the_rules_of_payment_documents(amount: str, words: str) -> None:
    """到元加整,到角和分不加,角为零分不为零写零."""
    assert capital_amount(D(amount)) == words


@given(CENTS)
@settings(max_examples=500)
def test_an_amount_in_words_reads_back_as_itself(cents: int) -> None:
    amount = D(cents).scaleb(-2)
    assert read_amount(capital_amount(amount)) == amount


@given(CENTS)
def test_a_negative_amount_is_the_same_words_with_a_sign(cents: int) -> None:
    amount = D(cents).scaleb(-2)
    expected = capital_amount(amount).replace("人民币", "人民币负") if cents else "人民币零元整"
    assert capital_amount(-amount) == expected


def test_beyond_what_has_words_only_figures_remain() -> None:
    assert capital_amount(LARGEST) == ""
    assert capital_amount(LARGEST - D("0.01")) != ""
    assert capital_amount(-LARGEST) == ""


def test_an_amount_is_rounded_half_up_once_at_the_line() -> None:
    """Manual 8.5: the price is tax-inclusive and has four places, the amount two."""
    assert line_amount(D("3"), D("0.3350")) == D("1.01")
    assert line_amount(D("1"), D("0.1249")) == D("0.12")
    assert line_amount(D("0.333"), D("9.99")) == D("3.33")
    assert rounded(D("2.675")) == D("2.68")
    assert rounded(D("-2.675")) == D("-2.68")


@pytest.mark.parametrize(
    ("amount", "rate", "tax"),
    [("113.00", "0.13", "13.00"), ("100.00", "0.13", "11.50"), ("100.00", "0", "0.00"), ("0.01", "0.13", "0.00")],
)
def test_tax_is_contained_in_the_amount(amount: str, rate: str, tax: str) -> None:
    assert tax_in(D(amount), D(rate)) == D(tax)


@given(st.integers(min_value=-(10**17), max_value=10**17), st.sampled_from((2, 3, 4)))
def test_an_exact_column_gives_back_what_was_put_in(units: int, places: int) -> None:
    column = Fixed(places)
    value = D(units).scaleb(-places)
    stored = column.process_bind_param(value, None)  # type: ignore[arg-type]
    assert stored == units
    assert column.process_result_value(stored, None) == value  # type: ignore[arg-type]


def test_an_exact_column_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="places"):
        Fixed(2).process_bind_param(D("0.001"), None)  # type: ignore[arg-type]


def test_values_read_on_paper_as_people_write_them() -> None:
    assert FORMATS.money(D("1234567.5")) == "1,234,567.50"
    assert FORMATS.price(D("12.5000")) == "12.50"
    assert FORMATS.price(D("0.1234")) == "0.1234"
    assert FORMATS.price(D("1234.5670")) == "1,234.567"
    assert FORMATS.percent(D("0.1300")) == "13%"
    assert FORMATS.percent(D("0.0050")) == "0.5%"
    assert plain(D("2.500")) == "2.5"
    assert plain(D("10.000")) == "10"
