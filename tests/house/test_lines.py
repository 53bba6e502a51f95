"""Lines of templates, style sheets and scripts are as short as those of Python, so that a diff shows what changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LINE = 120  # ruff holds Python to it
SUFFIXES = {".html", ".css", ".js", ".mako"}


def sources(*folders: Path) -> Iterator[Path]:
    """Return the files that people write here and ruff does not read; not what other packages bring."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and not {"vendor", "node_modules"} & set(path.parts):
                yield path


def too_long(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [f"{path.name}:{n}: {len(line)} characters" for n, line in enumerate(lines, 1) if len(line) > LONGEST_LINE]


def test_no_line_is_longer_than_a_screen_is_wide() -> None:
    files = list(sources(ROOT / "app", ROOT / "tests", ROOT / "migrations"))
    assert {path.suffix for path in files} == SUFFIXES, "a kind of file is not looked at any more"
    wrong = [line for path in files for line in too_long(path)]
    assert not wrong, (
        "Break the line where white space changes nothing: between attributes, between blocks, inside {{ … }}; "
        "{%- … -%} takes away white space that would show:\n" + "\n".join(wrong)
    )


def test_a_line_that_is_too_long_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>short</p>\n" + "长" * 121 + "\n", encoding="utf-8")
    assert list(sources(tmp_path)) == [page]
    assert too_long(page) == ["page.html:2: 121 characters"]
