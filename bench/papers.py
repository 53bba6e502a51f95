"""Long work on the largest firm: rows out into a workbook, rows in from one, a page of PDF; with the memory it took."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cluster import HOME, execute, sqlalchemy_url
from bench.firms import database_of

EXPORTED, IMPORTED, PAGES = 100_000, 50_000, 9


@dataclass(frozen=True)
class Work:
    """What was done, by the clock and by our own processor time, and what memory grew by."""

    name: str
    count: int
    seconds: float
    processor: float
    megabytes: int


def measure(address: str, orders: int) -> list[Work]:
    """Each in a process of its own, so that one's memory is not the other's."""
    found = []
    for work, words in ((_export, (address, orders)), (_pdf, (address, orders)), (_import, (address,))):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(work, words))
    return found


def _measured(name: str, count: int, work: Any) -> Work:
    def used() -> float:
        of = resource.getrusage(resource.RUSAGE_SELF)
        return of.ru_utime + of.ru_stime

    memory = _peak()
    clock, processor = time.monotonic(), used()
    work()
    return Work(name, count, time.monotonic() - clock, used() - processor, _peak() - memory)


def _peak() -> int:
    """MB this process has taken at most; getrusage also counts what it was forked from."""
    told = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in told.splitlines() if line.startswith("VmHWM"))) // 1024


def _inside(url: str) -> Any:
    """The application of this process, as somebody who sees everything."""
    import logging

    from flask_babel import force_locale

    from tests.support.firm import build_app

    app = build_app(url, HOME)
    logging.disable()
    app.app_context().push()
    force_locale("zh").__enter__()
    return app


def _export(address: str, orders: int) -> Work:
    _inside(sqlalchemy_url(address, database_of(orders)))
    from itertools import islice

    from app.core.db.base import db
    from app.core.db.unit_of_work import reading
    from app.models.sales.sales_order import SalesOrder
    from app.query.listing import Listing, Sort
    from app.screens.frame.registry import VIEWS
    from app.screens.list.export import list_workbook
    from app.security.accounts.people import actor_named

    with reading():
        actor = actor_named(db.session(), "boss")
        listing = Listing(SalesOrder)
        for path in VIEWS[SalesOrder].list_columns:
            listing.add(path)

        def work() -> None:
            rows = islice(listing.every_row(db.session(), actor, Sort()), min(EXPORTED, orders))
            list_workbook("订单", listing, rows, [])

        return _measured("export of orders into a workbook", min(EXPORTED, orders), work)


def _pdf(address: str, orders: int) -> Work:
    _inside(sqlalchemy_url(address, database_of(orders)))
    from app.core.db.base import db
    from app.core.db.unit_of_work import reading
    from app.models.sales.sales_order import SalesOrder
    from app.printing.document import document_pdf, printed_document
    from app.security.accounts.people import actor_named

    with reading():
        actor = actor_named(db.session(), "boss")

        def one(key: int) -> float:
            began = time.perf_counter()
            document_pdf(printed_document(db.session(), SalesOrder, key, actor))
            return time.perf_counter() - began

        one(orders // 2)
        took: list[float] = []
        whole = _measured(
            "PDF of an order, one page", 1, lambda: took.extend(one(orders // 2 + n) for n in range(PAGES))
        )
        return Work(whole.name, 1, statistics.median(took), whole.processor / PAGES, whole.megabytes)


def _import(address: str) -> Work:
    from tests.engine.imports.speed import command
    from tests.support.firm import build_app, build_template
    from tests.support.workbooks import many_customers

    execute(address, "DROP DATABASE IF EXISTS importing WITH (FORCE)", "CREATE DATABASE importing")
    url = sqlalchemy_url(address, "importing")
    build_template(build_app(url, HOME))
    _inside(url)
    file = Path(HOME) / "customers.xlsx"
    file.write_bytes(many_customers(IMPORTED))
    return _measured("import of customers from a workbook", IMPORTED, lambda: command(file, dry_run=False))
