"""Faults that were met stay mended: each has a test that names it, or is declared as open."""

from __future__ import annotations

import tomllib

from app.docs_generator.fault_map import Fault, docstrings, fault_map, faults, is_misspelt, named
from app.docs_generator.paths import DOCS

DECLARED = tomllib.loads((DOCS / "faults.toml").read_text("utf-8"))


def unproved(found: list[Fault]) -> list[str]:
    """Return the faults that are told as mended although no test names them."""
    return [fault.number for fault in found if not fault.missing and not fault.tests]


def undeclared(texts: list[tuple[str, str]]) -> list[str]:
    """Return the tests that name a fault of which docs/faults.toml says nothing."""
    return [f"{place}: {number}" for place, text in texts for number in named(text) if number not in DECLARED["faults"]]


def test_every_fault_is_named_by_a_test_or_declared_as_open() -> None:
    found = faults()
    assert len(found) >= 29
    assert not unproved(found), (
        "Begin the docstring of its test with “fault XN: …”, or say under [open] what is missing"
    )


def test_a_mended_fault_without_a_test_is_found() -> None:
    assert unproved([Fault("A1", "x"), Fault("A2", "x", "all of it"), Fault("A3", "x", "", ["t"])]) == ["A1"]


def test_every_fault_that_a_test_names_is_declared() -> None:
    assert not undeclared(list(docstrings())), "Declare it in docs/faults.toml, section [faults]"
    assert undeclared([("here", "fault A1, Z9: x.")]) == ["here: Z9"]


def test_what_is_open_is_declared_and_says_what_is_missing() -> None:
    assert set(DECLARED["open"]) <= set(DECLARED["faults"])
    assert all(len(missing) > 4 for missing in DECLARED["open"].values())
    assert all(text.endswith(".") for text in DECLARED["faults"].values())


def test_no_fault_is_named_in_a_way_that_is_not_read() -> None:
    wrong = [place for place, text in docstrings() if is_misspelt(text)]
    assert not wrong, "Begin with “fault A1: …” or “fault F1, F8: …”: " + ", ".join(wrong)


def test_faults_are_read_as_they_are_written() -> None:
    assert named("fault A1: Ending cuts the contract value.") == ["A1"]
    assert named("fault F1, F8: A file is refused.") == ["F1", "F8"]
    assert named("Ending cuts the contract value.") == []
    assert is_misspelt("Fault A1: x.")
    assert is_misspelt("It is refused; fault F1 and F8.")
    assert not is_misspelt("fault F1, F8: x.")
    assert not is_misspelt("A page of faults.")


def test_the_map_tells_the_state_of_every_fault() -> None:
    told = fault_map()
    assert Fault("A1", "x", "rest", ["t"]).status == "partly"
    assert Fault("A1", "x", "rest").status == "open"
    assert Fault("A1", "x", "", ["t"]).status == "mended"
    for fault in faults():
        assert f"| {fault.number} | {fault.text} | {fault.status} |" in told
