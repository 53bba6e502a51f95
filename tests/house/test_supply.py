"""What comes from elsewhere: pinned, complete, listed with its licence. quality R25."""

from __future__ import annotations

import json
import re
import shutil
from importlib.machinery import SourceFileLoader
from importlib.metadata import distributions, packages_distributions
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.docs_generator import ROOT

pytestmark = pytest.mark.once


def program(name: str) -> Any:
    """A program of bin/ as a module."""
    loader = SourceFileLoader(name, str(ROOT / "bin" / name))
    module = module_from_spec(spec_from_loader(name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def licences() -> Any:
    return program("licences")


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """bin/lock on a copy of the lists and locks."""
    found = program("lock")
    for name in found.LISTS:
        for path in (ROOT / name, found.locked(name)):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(path, (tmp_path / name).with_name(path.name))
    monkeypatch.setattr(found, "ROOT", tmp_path)
    return found


def test_the_list_of_packages_and_licences_is_up_to_date(licences: Any) -> None:
    assert licences.PAGE.read_text("utf-8") == licences.page(), "run bin/licences"


def test_every_package_is_under_a_licence_we_know(licences: Any) -> None:
    unknown = [
        f"{name}: {licence}"
        for name, _version, licence in licences.shipped()
        if not licences.ALLOWED.search(licence) and name not in licences.READ_BY_HAND
    ]
    assert not unknown


def test_every_python_package_stands_at_one_version(lock: Any) -> None:
    loose = [
        line
        for name in lock.LISTS
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


# These are started or read rather than imported: the server, checks and a plugin of pytest, and a list of time zones.
STARTED = {"gunicorn", "mypy", "ruff", "pytest-xdist", "tzdata"}
CALLED = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)


def imported_modules() -> set[str]:
    """First names of all modules that our own source imports."""
    files = [*ROOT.glob("*.py"), *ROOT.glob("bin/*")]
    files += [path for folder in ("app", "migrations", "tests") for path in (ROOT / folder).rglob("*.py")]
    return {name for path in files for name in CALLED.findall(path.read_text("utf-8"))}


def needed_by_others() -> set[str]:
    """Names of the packages that an installed package asks for, by one of the extras that are asked of it as well."""
    pins = "".join((ROOT / name).read_text("utf-8") for name in ("requirements.txt", "requirements-dev.txt"))
    texts = [*re.findall(r"^[\w.-]+\[.*?\]", pins, re.MULTILINE)]
    texts += [text for each in distributions() for text in each.requires or ()]
    extras = {(canonicalize_name(each.name), extra) for each in map(Requirement, texts) for extra in each.extras}
    return {
        canonicalize_name(needed.name)
        for each in distributions()
        for needed in map(Requirement, each.requires or ())
        for extra in ("", *(extra for name, extra in extras if name == canonicalize_name(each.name)))
        if needed.marker is None or needed.marker.evaluate({"extra": extra})
    }


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_imported_started_or_brought_along_by_another(name: str) -> None:
    modules = imported_modules()
    modules_of = {canonicalize_name(d): m for m, ds in packages_distributions().items() for d in ds if m in modules}
    lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if "==" in line and ";" not in line]
    pins = [canonicalize_name(re.split(r"\[|==", line)[0]) for line in lines]
    used = needed_by_others() | modules_of.keys() | STARTED
    unused = [pin for pin in pins if pin.removeprefix("types-") not in used]
    assert not unused, f"nothing uses {unused}: take them out of {name}, or import what they are there for"


def test_every_list_has_a_lock_that_says_the_same_with_hashes(lock: Any) -> None:
    lists = {*ROOT.glob("requirements*.txt"), *ROOT.glob("*/requirements*.txt")}
    assert {str(path.relative_to(ROOT)) for path in lists} == set(lock.LISTS)
    assert [line for name in lock.LISTS for line in lock.differences(name)] == [], "run make lock"


def test_a_lock_holds_the_files_of_every_platform_and_not_of_the_one_that_wrote_it(lock: Any) -> None:
    """What is compiled comes for four Pythons and more, each on Linux, macOS and Windows."""
    found = lock.hashes_in((ROOT / "requirements.lock").read_text("utf-8"))
    compiled = ("psycopg-binary==", "pillow==", "MarkupSafe==", "PyYAML==", "cffi==")
    assert all(len(hashes) > 15 for line, hashes in found.items() if line.startswith(compiled))


@pytest.mark.parametrize(
    ("file", "pattern", "new", "told"),
    [
        ("requirements.txt", r"^redis==.*$", "redis==0.0.1", "requirements.lock lacks redis==0.0.1"),
        ("requirements.txt", r"^redis==.*$", "", "requirements.lock has redis=="),
        ("requirements.txt", r"; python_version.*$", "", "requirements.lock lacks backports.zstd=="),
        ("requirements.lock", r"^(redis==\S+)( \\\n *--hash=\S+)+$", r"\1", "requirements.lock has no hash of redis=="),
        ("requirements-dev.lock", r"^-r .*$", "", "requirements-dev.lock lacks -r requirements.lock"),
    ],
)
def test_a_list_and_a_lock_that_differ_are_noticed(lock: Any, file: str, pattern: str, new: str, told: str) -> None:
    path = lock.ROOT / file
    text, times = re.subn(pattern, new, path.read_text("utf-8"), count=1, flags=re.MULTILINE)
    assert times == 1
    path.write_text(text, "utf-8")
    assert [line for name in lock.LISTS for line in lock.differences(name) if line.startswith(told)]


def test_the_bill_of_materials_names_all_that_is_shipped_with_licence_and_hashes(licences: Any, lock: Any) -> None:
    bill = program("sbom").bill()
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "zhanggui")
    told = [(canonicalize_name(part["name"]), part["version"]) for part in bill["components"]]
    assert told == [(canonicalize_name(name), version) for name, version, _licence in licences.shipped()]
    assert len({part["bom-ref"] for part in bill["components"]}) == len(told)
    lengths = {"SHA-256": 64, "SHA-512": 128}
    for part in bill["components"]:
        assert part["licenses"], part
        assert part["purl"].startswith(("pkg:pypi/", "pkg:npm/"))
        assert part["hashes"], part
        assert all(len(one["content"]) == lengths[one["alg"]] for one in part["hashes"]), part
    flask = next(part for part in bill["components"] if part["name"] == "flask")
    locked = lock.hashes_in((ROOT / "requirements.lock").read_text("utf-8"))
    assert [f"sha256:{one['content']}" for one in flask["hashes"]] == locked[f"Flask=={flask['version']}"]
    assert flask["licenses"] == [{"expression": "BSD-3-Clause"}]


def test_nothing_is_installed_but_what_has_a_hash() -> None:
    text = "\n".join((ROOT / name).read_text("utf-8") for name in ("bin/setup", "Makefile"))
    calls = [line for line in text.splitlines() if "pip install" in line]
    assert len(calls) == 2
    assert all("--require-hashes" in line and ".lock" in line for line in calls), calls
    assert "npm ci --ignore-scripts" in text


def test_a_search_for_faults_that_nobody_answers_does_not_end_well(lock: Any) -> None:
    """Where it knows nothing of a package pip-audit says so and exits 0, unless it is told to be strict."""
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\naudit:")[2].partition("\n.PHONY")[0]
    assert "--strict" in recipe
    assert recipe.count("|| failed=1") == 2
    assert all(f" {lock.locked(name).relative_to(lock.ROOT)}" in recipe for name in lock.LISTS)


def test_every_package_of_the_browser_is_pinned_by_its_digest() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert [path for path, package in lock.items() if path and not package["integrity"].startswith("sha512-")] == []
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions
