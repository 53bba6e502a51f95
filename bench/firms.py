"""Firms of several sizes, made by `crm bulk` and kept: one database each."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from flask_babel import force_locale

from bench.cluster import HOME, execute, names, sqlalchemy_url
from tests.support.firm import build_app, build_template

SEED = 1


def database_of(orders: int) -> str:
    return f"orders_{orders}"


def build(address: str, orders: int) -> None:
    """Make the firm of this size, or bring it to today's schema; a half-made one is thrown away."""
    name = database_of(orders)
    if name in names(address):
        build_template(build_app(sqlalchemy_url(address, name), HOME / "files"))
        return
    execute(address, f'DROP DATABASE IF EXISTS "{name}_half"', f'CREATE DATABASE "{name}_half"')
    _fill(sqlalchemy_url(address, f"{name}_half"), orders)
    execute(address, f'ALTER DATABASE "{name}_half" RENAME TO "{name}"')


def _fill(url: str, orders: int) -> None:
    from app.core.db.base import db
    from app.core.ledger.verify import mismatches
    from app.demo.bulk.bulk import build_bulk

    directory = HOME / "files"
    directory.mkdir(parents=True, exist_ok=True)
    app = build_app(url, directory)
    build_template(app)
    with app.app_context(), force_locale("zh"):
        began = time.monotonic()
        rows = build_bulk(orders, SEED, yes=False, echo=lambda line: print(line, file=sys.stderr, flush=True))
        took = time.monotonic() - began
        _keep(f"bulk\t{orders}\t{rows}\t{took:.0f}\t{_peak()}")
        began = time.monotonic()
        found = list(mismatches(db.session()))
        _keep(f"verify\t{orders}\t{len(found)}\t{time.monotonic() - began:.0f}\t{_peak()}")
        db.session.rollback()
        db.session.connection().exec_driver_sql("COMMIT")
        db.session.remove()
        db.engine.dispose()


def _peak() -> int:
    """MB this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _keep(line: str) -> None:
    print(line, flush=True)
    with Path(HOME / "firms.tsv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
