"""`crm backup` and `crm restore`: what they say, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade

from app.core import search, verify
from app.core.base import db
from app.core.engine import engine_options, prepare_engine
from app.core.unit_of_work import in_unit_of_work
from app.operations.backup import back_up, reason_of
from app.operations.digest import total_of
from app.operations.errors import NotDone
from app.operations.manifest import Manifest
from app.operations.restore import lacks_search_index
from app.operations.restore import restore as put_back
from app.operations.transfer import transfer

Echo = Callable[..., Any]


def run_backup(directory: Path, *, echo: Echo) -> int:
    """Exit code: 0 made, 1 not made."""
    try:
        made = back_up(db.engine, current_app.extensions["storage"], directory)
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    for name in made.missing:
        echo(f"Warning: a row names the attachment {name}, which was lost before", err=True)
    echo(_told("backup", made))
    return 0


def run_restore(directory: Path, *, replace: bool, echo: Echo) -> int:
    """Exit code: 0 restored and everything adds up, 1 not."""
    script = ScriptDirectory(str(Path(current_app.root_path).parent / "migrations"))
    db.session.remove()
    try:
        restored = put_back(db.engine, current_app.extensions["storage"], directory, script, replace=replace)
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    finally:
        db.engine.dispose()
    echo(_told("restored", restored))
    if restored.revision != script.get_current_head():
        echo("The backup is of an older release: run `crm init`, then `crm verify`.")
        return 0
    return _check(echo)


def run_transfer(address: str, *, echo: Echo) -> int:
    """Exit code: 0 everything is in DATABASE_URL and adds up, 1 not."""
    try:
        source = sa.create_engine(address, **engine_options(address))
        prepare_engine(source)
        found = transfer(source, db.engine, upgrade, lambda text: echo(text, err=True))
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    except (sa.exc.SQLAlchemyError, OSError) as error:
        echo(f"Error: nothing was transferred: {reason_of(error)}", err=True)
        return 1
    rows = sum(table.rows for table in found.values())
    echo(f"transferred: {len(found)} tables, {rows} rows, digest {total_of(found)}")
    return _check(echo)


def _check(echo: Echo) -> int:
    session: Any = db.session()
    if lacks_search_index(session.connection()):
        session.rollback()
        in_unit_of_work(session, lambda: search.rebuild(session))
        echo("search index made anew")
    lines = list(verify.mismatches(session))
    session.rollback()
    for line in lines:
        echo(line)
    echo(f"{len(lines)} mismatches" if lines else "verified: everything adds up")
    return 1 if lines else 0


def _told(what: str, found: Manifest) -> str:
    return (
        f"{what}: {len(found.tables)} tables, {found.rows} rows, {len(found.attachments)} attachments, "
        f"digest {found.digest}"
    )
