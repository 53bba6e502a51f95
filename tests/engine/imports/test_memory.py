"""How much memory a large file takes, honest or not, until it is read or refused. quality.md R12: below 400 MB.

Each is read by a process of its own, which says how large it was at most. 100,000 rows are walked through as a check
does it, cell by cell, without the database; fewer are imported for good.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.errors import Refused
from app.core.sheets.limits import MOST_CELLS
from app.core.sheets.open_sheet import open_sheet
from app.models.customers.customer import Customer
from tests.support.workbooks import CUSTOMER_HEADINGS, as_csv, company, customers, many_customers

MOST = 400  # MB
BEGIN = """
import sys
from pathlib import Path
from tests.support.memory import peak
from tests.support.firm import build_app
app = build_app(sys.argv[1], Path(sys.argv[2]))
file = Path(sys.argv[3])
"""
END = """
print(peak())
"""
READ = """
from app.core.errors import Refused
from app.imports.engine.run import CHUNK, row_chunks
from app.imports.engine.importer import importer_of
from app.imports.engine.batches import read_sheet
with app.app_context():
    rows = faults = 0
    importer = importer_of("customers")(None, None, {})
    try:
        sheet, places, _unread = read_sheet("customers", file.read_bytes(), file.name)
        for part in row_chunks(sheet.rows(), CHUNK):
            drafts = importer.drafts(part, places)
            rows, faults = rows + len(drafts), faults + sum(len(draft.faults) for draft in drafts)
        print("read", rows, faults)
    except Refused as refusal:
        print("refused", refusal.code)
"""
IMPORT = """
from app.imports.engine.command import run_import
with app.app_context():
    given = dict(warehouse=None, dry_run=False, all_or_nothing=False, login=None, echo=print)
    run_import("customers", file, **given)
"""


def told_by_child(app: Flask, program: str, file: Path) -> list[str]:
    """The words a process of its own ends with; it has taken less memory than it may."""
    folder = Path(app.config["CRM_DATA"]).parent
    arguments = [sys.executable, "-c", BEGIN + program + END, app.config["SQLALCHEMY_DATABASE_URI"]]
    told = subprocess.run(
        [*arguments, str(folder), str(file)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."},
        check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    *_before, said, peak = told.stdout.splitlines()
    print(f"{file.name}: {said}, {peak} MB")
    assert int(peak) < MOST
    return said.split()


def packed(rows: Iterable[str], *more: str) -> bytes:
    """A workbook with the headings of customers, these besides, and these rows of XML below, quickly made."""
    plain, stream = customers(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if not part.filename.endswith("sheet1.xml"):
                new.writestr(part.filename, old.read(part))
                continue
            head, _row_end, _rest = old.read(part).partition(b"</row>")
            with new.open(part.filename, "w") as sheet:
                sheet.write(head + cells(more).encode() + b"</row>")
                for row in rows:
                    sheet.write(f"<row>{row}</row>".encode())
                sheet.write(b"</sheetData></worksheet>")
    return stream.getvalue()


def cells(texts: Iterable[str]) -> str:
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)


@pytest.mark.once
def test_a_hundred_thousand_rows_of_fifteen_cells_are_read_in_little_memory(app: Flask, tmp_path: Path) -> None:
    """Five columns of them nobody reads."""

    def row(number: int) -> str:
        values = company(f"公司{number}", mobile=f"139{number:08d}", 地址=f"通海路{number}号")
        return cells([*values, *(f"{number}{n}" for n in range(5))])

    file = tmp_path / "a.xlsx"
    file.write_bytes(packed(map(row, range(100_000)), *(f"另{n}" for n in range(5))))
    assert told_by_child(app, READ, file) == ["read", "100000", "0"]


@pytest.mark.once
def test_as_many_rows_of_csv_are_read_in_little_memory(app: Flask, tmp_path: Path) -> None:
    line = as_csv(customers(company("甲", 地址="通海路𠮷"))).splitlines()[1]
    file = tmp_path / "a.csv"
    file.write_bytes(",".join(CUSTOMER_HEADINGS).encode("gb18030") + b"\n" + (line + b"\n") * 150_000)
    assert told_by_child(app, READ, file) == ["read", "150000", "0"]


@pytest.mark.committed
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_import_takes_little_memory(app: Flask, office: Any, tmp_path: Path, ending: str) -> None:
    content = many_customers(5_000)
    file = tmp_path / f"a.{ending}"
    file.write_bytes(content if ending == "xlsx" else as_csv(content))
    db.session.remove()
    assert told_by_child(app, IMPORT, file)[:2] == ["imported=5000", "refused=0"]
    assert db.session.execute(sa.select(sa.func.count()).select_from(Customer)).scalar_one() == 5_000


def _noise(length: int) -> str:
    """Letters that cannot be packed well, then again and again so that they can: beyond 100 to 1 none is taken."""
    return (random.Random(length).randbytes(1500).hex() * (length // 3000 + 1))[:length]


def _numbers() -> bytes:
    rows = MOST_CELLS // 100 - 1
    return packed("".join(f"<c><v>{row}{place}</v></c>" for place in range(100)) for row in range(rows))


def _formulas() -> bytes:
    rows = MOST_CELLS // 100 - 1
    return packed("".join(f"<c><f>A{row}{place}</f></c>" for place in range(100)) for row in range(rows))


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "every_cell_there_may_be.xlsx": ("read", _numbers),
    "texts_without_end.xlsx": ("read", lambda: packed(cells([_noise(30_000 + n)] * 10) for n in range(600))),
    "formulas_without_end.xlsx": (
        "read", lambda: packed(f"<c><f>{_noise(30_000 + n)}</f></c>" * 10 for n in range(600)),
    ),
    "formulas_in_every_cell.xlsx": ("refused", _formulas),
    "one_text.xlsx": ("refused", lambda: packed([cells(["".join(_noise(30_000 + n) for n in range(5_000))])])),
    "one_line.csv": ("refused", lambda: f"名称\n{','.join(['1'] * 9_000_000)}".encode()),
    "one_cell.csv": ("refused", lambda: f'名称\n"{"x" * 19_000_000}"'.encode()),
    "wide_letters.csv": ("refused", lambda: f"名称\n𠮷\n{'x' * 60}\n".encode() * 270_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.once
def test_no_file_takes_more_memory_than_there_is(app: Flask, tmp_path: Path, name: str) -> None:
    """Nor does one that is refused at the headings, which are looked for when all of it was walked through."""
    how, made = HOSTILE[name]
    file = tmp_path / name
    file.write_bytes(made())
    assert told_by_child(app, READ, file)[0] == how


@pytest.mark.usefixtures("opened_here")
def test_texts_and_formulas_have_bounds_no_honest_workbook_meets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(next(open_sheet(packed([cells(["&amp;" * 32_767])]), "a.xlsx").rows()).values[0]) == 32_767
    monkeypatch.setattr("app.core.sheets.xlsx_shape.MOST_FORMULAS", 20)
    formula = "<c><f>A1</f><v>1</v></c>"
    assert len(list(open_sheet(packed([formula] * 20), "a.xlsx").rows())) == 20
    with pytest.raises(Refused):
        open_sheet(packed([formula] * 21), "a.xlsx")
