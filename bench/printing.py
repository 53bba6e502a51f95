"""Large orders on paper: how long one takes by its lines, and what a node answers while eight people print.

`.venv/bin/python -m bench.printing` measures this alone and writes its tables into docs/performance.md.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
from decimal import Decimal

from bench import report
from bench.cluster import HOME
from tests.nodes.printing import PEOPLE, p95
from tests.soak.printing import LINES, measured

TITLE = "Large orders on paper"
TOLD = """`.venv/bin/python -m bench.printing` on {day}. A document is set by a child process; a new one takes half
a second more and is left out. Other work took its part: the load was {load:.0f} on {processors} processors.

{sizes}

{people} people have an order of {lines:,} lines each printed at the same moment, by one node of two processes on
PostgreSQL, without Redis; meanwhile a program asks for `/healthz` and a person for the list of orders, in turn. All
files were there after {seconds:.0f} s; no transaction stood open for longer than {idle:.1f} s without doing anything.

{answers}"""
SIZES = (20, 200, 500, 1_000, 2_000)


def _sizes() -> str:
    from app.core.jobs.children import LATER, Children
    from app.printing.content import PrintedDocument, PrintedLine
    from app.printing.document import document_pdf
    from tests.support.firm import build_app

    def line(n: int) -> PrintedLine:
        price, rate = Decimal("18.65"), Decimal("0.13")
        return PrintedLine(n, f"P{n:05d}", "世达活动扳手", f"A{n}", "把", Decimal(2), price, rate, 2 * price)

    rows = []
    logging.disable()
    kept = Children(seconds=LATER.seconds, megabytes=LATER.megabytes, kept=1)
    with build_app(f"sqlite:///{HOME / 'printing.db'}", HOME).test_request_context():
        for count in (SIZES[0], *SIZES):
            document = PrintedDocument("订单", "DD", "我司", lines=[line(n) for n in range(count)], price_label="单价")
            began = time.perf_counter()
            document_pdf(document, kept)
            rows.append((count, time.perf_counter() - began))
    kept.end_idle()
    shown = [[f"{count:,}", f"{took:.2f}", f"{took * 1000 / count:.1f}"] for count, took in rows[1:]]
    return report.table(["lines", "seconds", "ms a line"], shown)


def main() -> None:
    HOME.mkdir(exist_ok=True)
    sizes = _sizes()
    found, idle = measured(len(PEOPLE))
    rows = [
        [name, *(f"{value * 1000:.0f}" for value in (p95(before), p95(during), max(during)))]
        for name, before, during in (
            ("`/healthz`", found.idle.health, found.busy.health),
            ("list of orders", found.idle.orders, found.busy.orders),
        )
    ]
    text = TOLD.format(
        day=dt.date.today().isoformat(), sizes=sizes, people=len(PEOPLE), lines=LINES, seconds=found.seconds, idle=idle,
        load=os.getloadavg()[1], processors=os.cpu_count(),
        answers=report.table(["answer", "idle, p95 ms", "meanwhile, p95 ms", "slowest ms"], rows),
    )  # fmt: skip
    report.put(TITLE, text)
    print(text, found.idle.faults + found.busy.faults)


if __name__ == "__main__":
    main()
