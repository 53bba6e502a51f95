"""A domain stands in the files of its area, and no file outside the areas names one."""

from __future__ import annotations

from pathlib import Path

from tests.house.test_architecture import APP, own_modules, python_files, short

# A domain is what its area's files in these layers say; lines of policy stand in security/policies/<area>.py.
LAYERS = ("models", "workflows", "reports", "imports", "printing", "views", "demo")
# The made-up firm for measuring is written into the tables at once, past everything else: it must know each of them.
WHOLE_FIRM = APP / "demo" / "bulk"


def areas() -> set[str]:
    """Names of the folders of what people do business with; the system itself is no domain."""
    found = {path.name for path in (APP / "models").iterdir() if path.is_dir()}
    return found - {"system", "__pycache__"}


def area_of(path: Path) -> str | None:
    """The area a file belongs to: app/views/stock/…, app/security/policies/stock.py, app/demo/stock.py."""
    layer, *inner = path.relative_to(APP).parts
    if layer == "security":
        inner = inner[1:] if inner[0] == "policies" else []
    elif layer not in LAYERS:
        inner = []
    name = inner[0].removesuffix(".py") if inner else ""
    return name if name in areas() else None


def test_no_central_file_names_a_domain() -> None:
    wrong = [
        f"{short(path)}:{line} imports {module}"
        for path in python_files(APP)
        if area_of(path) is None and not path.is_relative_to(WHOLE_FIRM)
        for line, module in own_modules(path)
        if module.split(".")[1] in LAYERS and areas() & set(module.split(".")[2:3])
    ]
    assert len(areas()) >= 5
    assert not wrong, (
        "A file outside the areas would have to be opened for every further domain. Let the domain declare what is "
        "asked, in a file of its area:\n" + "\n".join(wrong)
    )


def test_areas_are_the_same_in_every_layer() -> None:
    """A folder that is an area in one layer only is a slip of the name: nothing would find its other files."""
    known = areas() | {"system"}
    wrong = [
        f"{layer}/{path.name}"
        for layer in LAYERS
        for path in (APP / layer).iterdir()
        if path.is_dir() and path.name not in known | {"__pycache__", "engine", "bulk", "document", "desks"}
    ]
    assert not wrong, wrong


def test_the_rule_knows_what_belongs_to_an_area() -> None:
    assert area_of(APP / "views" / "stock" / "desk.py") == "stock"
    assert area_of(APP / "security" / "policies" / "stock.py") == "stock"
    assert area_of(APP / "demo" / "sales.py") == "sales"
    for central in ("core/money.py", "views/system/menu.py", "security/policy.py", "demo/people.py", "cli.py"):
        assert area_of(APP / central) is None, central
