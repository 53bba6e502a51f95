"""One normal form of numbers, in Python and in the scripts of pages; no second one beside it. Manual 8.5, 10.9."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from app.core.kinds.numerals import exact
from app.core.text import without_hidden

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "app/static/js/document/exact.js"
# What is typed, and the number it says; None for what says none.
NUMBERS: dict[str, str | None] = {
    "12": "12", " 12.50 ": "12.5", "１２．５": "12.5", "１２。５": "12.5", "￥99.00": "99", "¥99.00": "99",
    "￥ ９９": "99", "-￥3": "-3", "¥-3": "-3", "－３": "-3", "−3": "-3", "–3": "-3", "+5": "5", "＋５": "5",
    "1,234.50": "1234.5", "１，２３４．５０": "1234.5", "1 234": "1234", "1\u00a0234": "1234", "1,234,567": "1234567",
    ".5": "0.5", "5.": "5", "0": "0", "-0": "0", "0012": "12", "0000000000000012": "12", "\u200b12\ufeff": "12",
    "1\u200e2": "12", "　12　": "12", "999999999999": "999999999999", "0.001": "0.001",
    "1_000": None, "1e3": None, "1E3": None, "NaN": None, "Infinity": None, "-inf": None, "0x1F": None, "١٢": None,
    "1,2": None, "1,23,456": None, "12,34": None, "1234,567": None, ",5": None, "1.2.3": None, "--3": None,
    "-¥-3": None, "5²": None, "①": None, "½": None, "1½": None, "1/2": None, "¥": None, ".": None, "-": None,
    "12 元": None, "九十": None, "1000000000000": None, "0.0001": None, "1 2": None, "1.5%": None, "9" * 41: None,
    "0" * 41: None, "abc": None, "1,234.5,6": None, "12\x00": None,
}  # fmt: skip
HIDDEN_IN_BROWSERS = """
const found = [];
for (let point = 0; point < 0x110000; point += 1)
  if ((point < 0xd800 || point > 0xdfff) && /\\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(point)))
    found.push(point);
console.log(JSON.stringify(found));
"""
UNITS = """
const source = require("fs").readFileSync(process.argv[1], "utf8");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
import(`data:text/javascript,${encodeURIComponent(source)}`).then(({ units }) => {
  console.log(JSON.stringify(asked.map((text) => units(text, 3)?.toString() ?? null)));
});
"""


def asked_of_a_script(code: str, *given: str, sent: Any = None) -> Any:
    done = subprocess.run(
        ["node", "-e", code, *given], input=json.dumps(sent), capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(("text", "wanted"), NUMBERS.items())
def test_a_number_is_read_as_it_is_written(text: str, wanted: str | None) -> None:
    """fault A9: full-width digits and `￥99.00` were no number, `1_000` and `1e3` were one; manual 8.5."""
    if wanted is None:
        with pytest.raises(ValidationError):
            exact(text, 3)
    else:
        assert exact(text, 3) == Decimal(wanted)


def test_the_scripts_of_pages_read_the_same_numbers() -> None:
    """fault A9: the line grid and the server read numbers by rules of their own; manual 8.5."""
    found = asked_of_a_script(UNITS, str(SCRIPT), sent=list(NUMBERS))
    told = {
        text: None if units is None else Decimal(units).scaleb(-3) for text, units in zip(NUMBERS, found, strict=True)
    }
    assert told == {text: None if number is None else Decimal(number) for text, number in NUMBERS.items()}


def test_numbers_of_programs_are_taken_as_they_are() -> None:
    assert [exact(value, 2) for value in (1000, 1e3, 0.1, Decimal("1E+3"))] == [1000, 1000, Decimal("0.1"), 1000]
    for value in (True, float("nan"), float("inf"), 10**400, 1e308, None, [1], {"1": 1}):
        with pytest.raises(ValidationError):
            exact(value, 2)


def test_the_hidden_characters_are_those_of_unicode() -> None:
    """fault F12: names differed by characters that nobody sees, such as U+FE0F, U+034F and U+3164; manual 6.3."""
    points = [point for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    ours = {point for point in points if not without_hidden(chr(point))}
    browsers = set(asked_of_a_script(HIDDEN_IN_BROWSERS))
    assert ours == browsers


# Folding widths, signs and case, in Python and in scripts.
_FOLDS = re.compile(r"unicodedata\.normalize|\.normalize\([\"']NF|\bcasefold\(|uff0|0xfee0", re.IGNORECASE)


def test_nothing_else_folds_widths_and_signs() -> None:
    """fault A9: each form, file and filter had a normal form of its own; manual 6.3, 8.5."""
    sources = [*(ROOT / "app").rglob("*.py"), *(ROOT / "app/static/js").rglob("*.js")]
    folding = {str(path.relative_to(ROOT)) for path in sources if _FOLDS.search(path.read_text(encoding="utf-8"))}
    assert folding == {"app/core/text.py", "app/core/files/files.py", "app/static/js/document/exact.js"}
