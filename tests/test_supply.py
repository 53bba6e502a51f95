"""What comes from elsewhere: pinned, complete, listed with its licence. quality R25."""

from __future__ import annotations

import json
import re
from importlib.machinery import SourceFileLoader
from importlib.metadata import distributions
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.docs_generator import ROOT


@pytest.fixture(scope="module")
def licences() -> Any:
    loader = SourceFileLoader("licences", str(ROOT / "bin" / "licences"))
    module = module_from_spec(spec_from_loader("licences", loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


def test_the_list_of_packages_and_licences_is_up_to_date(licences: Any) -> None:
    assert licences.PAGE.read_text("utf-8") == licences.page(), "run bin/licences"


def test_every_package_is_under_a_licence_we_know(licences: Any) -> None:
    unknown = [
        f"{name}: {licence}"
        for name, _version, licence in licences.shipped()
        if not licences.ALLOWED.search(licence) and name not in licences.READ_BY_HAND
    ]
    assert not unknown


def test_every_python_package_stands_at_one_version() -> None:
    loose = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "-r")) and not re.match(r"[\w.\[\]-]+==[\w.]+(;.*)?$", line)
    ]
    assert not loose


def test_nothing_is_brought_along_that_is_not_pinned(licences: Any) -> None:
    """A package of a package would otherwise be whatever is newest on the day."""
    known = {canonicalize_name(name) for name in licences.pinned()}
    installed = {canonicalize_name(each.name): each for each in distributions()}
    missing = set()
    for name in known & installed.keys():
        for text in installed[name].requires or ():
            needed = Requirement(text)
            if (needed.marker is None or needed.marker.evaluate({"extra": ""})) and (
                canonicalize_name(needed.name) not in known
            ):
                missing.add(f"{name} needs {needed}")
    assert not missing


def test_every_package_of_the_browser_is_pinned_by_its_digest() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert [path for path, package in lock.items() if path and not package["integrity"].startswith("sha512-")] == []
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions
