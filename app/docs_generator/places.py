"""The map of the code: which file holds the model, the rules, the screen and the policy of each domain."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from app.core.cache.per_process import cached_per_process
from app.core.flow.workflow import WORKFLOWS
from app.core.record.entry import ENTRIES
from app.core.record.naming import singular
from app.docs_generator.paths import ROOT
from app.screens.frame.registry import VIEWS

_APP = ROOT / "app"
_BY_MACHINE = "<!-- Written by `make docs` from where the files are; edit those instead. -->\n"
_HEAD = """# Where things are

A domain has the same file name in every layer that has something to say about it. What a table leaves empty follows
from the model, and so does what a view does not say: columns, filters, order and fields of its list and page are
derived in `app/screens/frame/derived.py`. What all documents do (approval, confirmation, deriving one from another,
lines and their totals, and the checks of these in `crm verify`) is in `app/workflows/document/`.
"""
_LAYERS = ("models", "workflows", "reports", "imports", "printing", "views")
_COLUMNS = (
    "| record | columns (`models/`) | rules and steps (`workflows/`) | screen (`views/`) | who sees and changes it "
    "(`security/policies/`) | paper, import, figures | stories (`tests/`) |\n|---|---|---|---|---|---|---|"
)


def places() -> str:
    """A table of domains for each area, and a table of the engines with what each file is for."""
    parts = [_BY_MACHINE, _HEAD]
    models = sorted({*VIEWS, *WORKFLOWS}, key=_place)
    for area in dict.fromkeys(_place(model)[0] for model in models):
        parts.append(f"## {area}\n\n{_COLUMNS}")
        rows = [_row(model) for model in models if _place(model)[0] == area]
        parts += rows
        others = list(_others(area, "\n".join(rows)))
        parts += ["", f"Besides, `{area}` has:", "", *others, ""] if others else [""]
    parts.append("## The engines\n\n| package, file | what it is for |\n|---|---|")
    parts += [f"| {name} | {text} |" for name, text in (*engines(), *scripts())]
    return "\n".join(parts) + "\n"


def _place(model: type[Any]) -> tuple[str, str, str]:
    """Area, file and class of a model, in this order."""
    area, domain = model.__module__.split(".")[-2:]
    return area, domain, model.__name__


def _row(model: type[Any]) -> str:
    area, domain, name = _place(model)
    rules = _under("workflows", area, domain)
    entry = ENTRIES.get(model)
    if entry is not None and (file := _file(type(entry))).parts[1] == "workflows" and _is_of_domain(file):
        rules = sorted({*rules, file})
    screens = _under("views", area, domain)
    if model in VIEWS and _is_of_domain(file := _file(VIEWS[model])):
        screens = sorted({*screens, file})
    others = [path for layer in ("printing", "imports", "reports") for path in _under(layer, area, domain)]
    cells = [
        f"{singular(model)} `{name}`",
        _told([_file(model)]),
        _told(rules),
        _told(screens),
        _told(_policies().get(name, [])),
        _told(others, of=1),
        _told(_stories(area, domain), of=1),
    ]
    return "| " + " | ".join(cells) + " |"


def _others(area: str, told: str) -> Iterator[str]:
    """Yield the files of an area that belong to no record above, each with what it is for."""
    for path in sorted(path for layer in _LAYERS for path in (_APP / layer / area).glob("*.py")):
        place = path.relative_to(_APP)
        if path.name != "__init__.py" and not any(f"`{name}`" in told for name in (place.as_posix(), _short(place))):
            yield f"- `{place.as_posix()}`: {_purpose(path)}"


def _short(place: Path) -> str:
    """Return the place as columns tell it whose heading names the layer already."""
    return (
        place.as_posix() if place.parts[0] in ("printing", "imports", "reports") else Path(*place.parts[1:]).as_posix()
    )


def _is_of_domain(file: Path) -> bool:
    """Whether a file of `app/` lies in the folder of an area: app/<layer>/<area>/<file>."""
    return len(file.parts) == 4 and (_APP / "models" / file.parts[2]).is_dir()


def _under(layer: str, area: str, domain: str) -> list[Path]:
    """The files of a layer whose names begin with the domain's and are no other domain's."""
    files = sorted((_APP / layer / area).glob(f"{domain}*.py"))
    return [path.relative_to(ROOT) for path in files if _domain_of(area, path.stem) == domain]


def _stories(area: str, domain: str) -> list[Path]:
    files = sorted((ROOT / "tests" / area).glob(f"test_{domain}*.py"))
    return [path.relative_to(ROOT) for path in files if _domain_of(area, path.stem.removeprefix("test_")) == domain]


def _domain_of(area: str, stem: str) -> str:
    """The domain of an area that a file is named for: the longest name it begins with."""
    names = {path.stem for path in (_APP / "models" / area).glob("*.py")}
    return max((name for name in names if stem == name or stem.startswith(f"{name}_")), key=len, default="")


def _file(thing: type[Any]) -> Path:
    return Path(inspect.getfile(thing)).resolve().relative_to(ROOT)


def _told(files: list[Path], of: int = 2) -> str:
    """The files without the folders that the heading of the column names already."""
    return "<br>".join(f"`{Path(*path.parts[of:]).as_posix()}`" for path in files)


@cached_per_process()
def _policies() -> dict[str, list[Path]]:
    """Name of a model → the file whose `declare({Model: …})` says who sees it."""
    found: dict[str, list[Path]] = {}
    for path in sorted((_APP / "security" / "policies").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "declare":
                for key in (key for table in node.args if isinstance(table, ast.Dict) for key in table.keys):
                    if isinstance(key, ast.Name):
                        found.setdefault(key.id, []).append(Path("app", "policies", path.name))
    return found


def engines() -> Iterator[tuple[str, str]]:
    """Every package of `app/` that is no area, then each of its files; with the first paragraph of its docstring."""
    areas = {path.parent.name for path in (_APP / "models").glob("*/*.py")}
    for package in sorted(_APP.rglob("__init__.py")):
        folder = package.parent.relative_to(_APP)
        if not folder.parts or folder.name in areas:
            continue
        yield f"**`app/{folder.as_posix()}`**", _purpose(package)
        if folder.as_posix() not in ("security/policies", "demo/bulk/parts"):
            for path in sorted(package.parent.glob("*.py")):
                if path != package:
                    yield f"`{folder.as_posix()}/{path.name}`", _purpose(path)


def scripts() -> Iterator[tuple[str, str]]:
    """Every script of the pages, with the first sentence of the comment it begins with."""
    yield "**`app/static/js`**", "What pages do in the browser."
    for path in sorted((_APP / "static" / "js").rglob("*.js")):
        comment = takewhile(lambda line: line.startswith("//"), path.read_text("utf-8").splitlines())
        text = " ".join(line.removeprefix("//").strip() for line in comment)
        yield f"`{path.relative_to(_APP).as_posix()}`", text.split(". ")[0].rstrip(".") + "." if text else ""


def _purpose(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")
