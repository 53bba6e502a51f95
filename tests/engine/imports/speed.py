"""How fast customers come in, and with how much memory: `python -m tests.engine.imports.speed postgresql 50000`.

Prints rows a second by the clock and by our own processor time (on a machine that others use too, only the second
says something), and the peak of memory before and after. No test: figures depend on the machine.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flask_babel import force_locale

from app.core.db.base import db
from app.imports.engine.command import run_import
from tests.support import firm
from tests.support.workbooks import many_customers


def peak() -> int:
    """MB of memory at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(name: str, rows: int, work: Callable[[], object]) -> None:
    before, clock, used = peak(), time.monotonic(), processor()
    said = work()
    clock, used = time.monotonic() - clock, processor() - used
    print(
        f"{name}: {said}; {clock:.1f} s, {rows / clock:.0f} rows/s; processor {used:.1f} s, {rows / used:.0f} rows/s; "
        f"memory {before} → {peak()} MB"
    )


def command(file: Path, *, dry_run: bool) -> str:
    lines: list[str] = []
    given = {"warehouse": None, "all_or_nothing": False, "login": None}
    run_import("customers", file, dry_run=dry_run, echo=lines.append, **given)
    return lines[-1]


def main(kind: str = "sqlite", rows: str = "50000") -> None:
    with firm.temporary_directory() as name, firm.databases(kind, Path(name)) as databases:
        app = firm.build_app(databases.url, Path(name))
        firm.build_template(app)
        file = Path(name) / "customers.xlsx"
        file.write_bytes(many_customers(int(rows)))
        with app.app_context(), force_locale("zh"):
            measured("check", int(rows), lambda: command(file, dry_run=True))
            measured("import", int(rows), lambda: command(file, dry_run=False))
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
