"""A firm moves from one kind of database into the other: the same by every digest, and work goes on. quality.md R19."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app.core.chain.memory import ChainMemory
from app.core.chain.sealing import seal_new_rows
from app.core.db import suspended_constraints as bulk_parts
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.ledger.verify import mismatches
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.operations.backup.digest import current_digests
from app.operations.backup.transfer import transfer
from app.operations.errors import NotDone
from app.query.listing import Listing, Sort
from tests.support import firm as firms
from tests.support.office import Office

pytestmark = pytest.mark.committed

Schema = Callable[[], None]


@pytest.fixture
def worked(office: Office, tmp_path: Path) -> Office:
    """A firm with a past, and a name that only the search index finds quickly."""
    mask, glove = office.stocked("100", "50.5", unit="米")
    customer = office.customer("lin", name="搬家恒通五金")
    order = office.approved("lin", [(mask, "3"), (glove, "1.25")], customer=customer)
    office.shipped(order)
    office.finance.pays(order, "10")
    db.session.remove()
    assert seal_new_rows(db.engine, ChainMemory(tmp_path)) is not None, "its chain moves along"
    return office


def opened(url: Any, directory: Path) -> tuple[Flask, sa.Engine, Schema]:
    """An application on a database of its own, its engine, and how its schema is made."""
    app = firms.build_app(url.render_as_string(hide_password=False), directory)
    with app.app_context():
        other = db.engine

    def make_schema() -> None:
        with app.app_context():
            upgrade()

    return app, other, make_schema


def parts_in(target: sa.Engine) -> set[str]:
    with target.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {part.on for part in bulk_parts.objects_of(connection, names)}


def test_a_firm_moves_there_and_back_and_works_on(
    app: Flask, worked: Office, elsewhere: sa.Engine, tmp_path: Path
) -> None:
    """From the database of this run into SQLite, and from there into one of its own kind."""
    before, parts = current_digests(db.engine), parts_in(db.engine)
    file = sa.URL.create("sqlite", database=str(tmp_path / "file.db"))
    _app, sqlite, make_sqlite = opened(file, tmp_path)
    assert transfer(db.engine, sqlite, make_sqlite, lambda _text: None) == before
    home, target, make_schema = opened(elsewhere.url, tmp_path)
    assert transfer(sqlite, target, make_schema, lambda _text: None) == before
    assert current_digests(target) == current_digests(sqlite) == before
    assert parts_in(target) == parts, "every index and constraint is on again"
    with home.app_context(), force_locale("zh"):
        assert list(mismatches(db.session())) == []
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("DELETE FROM audit_entry"))
        db.session.rollback()
        moved = Office()
        moved.made = 500
        listing = Listing(Customer)
        listing.search((), "恒通")
        rows, _more = listing.page(db.session(), moved.person("boss").actor, sort=Sort(), size=9)
        assert len(rows) == 1
        # Keys go on after the highest, in our tables and in the framework's.
        mask = db.session.scalars(sa.select(Product).order_by(Product.id)).first()
        assert mask is not None
        moved.shipped(moved.approved("lin", [(mask, "1")]))
        in_unit_of_work(db.session(), lambda: db.session.add(_new_role()))
        assert list(mismatches(db.session())) == []
        db.session.remove()
        db.engine.dispose()
    sqlite.dispose()


def _new_role() -> Any:
    from app.core.appbuilder import Role

    return Role(name="moved_here")


def test_nothing_is_copied_over_what_is_there(app: Flask, worked: Office, tmp_path: Path) -> None:
    url = sa.URL.create("sqlite", database=str(tmp_path / "file.db"))
    _app, target, make_schema = opened(url, tmp_path)
    make_schema()
    with pytest.raises(NotDone, match="not empty"):
        transfer(db.engine, target, make_schema, lambda _text: None)
    target.dispose()


def test_a_source_of_another_release_is_refused(app: Flask, worked: Office, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    url = sa.URL.create("sqlite", database=str(tmp_path / "file.db"))
    _app, target, make_schema = opened(url, tmp_path)
    with pytest.raises(NotDone, match="older.*crm init"):
        transfer(db.engine, target, make_schema, lambda _text: None)
    with Session(target) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0
    target.dispose()


def test_a_copy_that_differs_is_not_kept(
    app: Flask, worked: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row lost on the way is noticed, and nothing stays."""
    from app.operations.backup import transfer as module

    def loses_one(session: Any, table: Any, rows: Any) -> None:
        session.execute(sa.insert(table), list(rows)[: -1 if table.name == "audit_entry" else None])

    monkeypatch.setattr(module, "insert_many", loses_one)
    url = sa.URL.create("sqlite", database=str(tmp_path / "file.db"))
    _app, target, make_schema = opened(url, tmp_path)
    with pytest.raises(NotDone, match="audit_entry"):
        transfer(db.engine, target, make_schema, lambda _text: None)
    with Session(target) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0
    target.dispose()
