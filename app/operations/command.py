"""`crm backup`, `restore`, `rehearse` and `transfer`: what they say, and how they end."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app.core.chain import key
from app.core.chain.checking import ChainCheck
from app.core.chain.seals import last_seal
from app.core.db.base import db
from app.core.db.engine import engine_options, prepare_engine
from app.core.db.unit_of_work import in_unit_of_work
from app.core.files.files import Storage
from app.core.ledger import verify
from app.core.search import index as search
from app.operations.backup.back_up import back_up, reason_of
from app.operations.backup.digest import total_of
from app.operations.backup.folder import backups_in, new_in, thin_out
from app.operations.backup.manifest import Manifest
from app.operations.backup.rehearsal import scratch
from app.operations.backup.restore import lacks_search_index
from app.operations.backup.restore import restore as put_back
from app.operations.backup.transfer import transfer
from app.operations.chain import chain_memory
from app.operations.errors import NotDone

Echo = Callable[..., Any]


def run_backup(directory: Path, *, keep: int | None, echo: Echo) -> int:
    """Exit code: 0 made, 1 not made, or old ones not thrown away.

    keep  the directory is the folder of all backups: the new one gets a name there, and so many are left
    """

    def warn(text: str) -> None:
        echo(f"Warning: {text}", err=True)

    try:
        before = backups_in(directory, warn)[:1] if keep and directory.exists() else []
        place = new_in(directory) if keep else directory
        began = time.monotonic()
        made = back_up(db.engine, current_app.extensions["storage"], place)
        took = time.monotonic() - began
        gone = thin_out(directory, keep, lambda _text: None) if keep else []
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    for name in made.missing:
        warn(f"a row names the attachment {name}, which was lost before")
    for _path, last in before:
        echo(f"RPO {_hours(made.moment - last.moment)} h: so long after the backup before")
    for path in gone:
        echo(f"thrown away: {path}")
    echo(f"made in {took:.1f} s: {place}")
    echo(_told("backup", made))
    return 0


def run_restore(directory: Path, *, replace: bool, echo: Echo) -> int:
    """Exit code: 0 restored and everything adds up, 1 not."""
    db.session.remove()
    try:
        code = _restored(directory, db.engine, current_app.extensions["storage"], replace=replace, echo=echo)
        if code == 0:
            chain_memory().forget()  # what this machine remembers is of the database that was there before
        return code
    finally:
        db.session.remove()
        db.engine.dispose()


def run_rehearse(folder: Path, *, max_age: float, echo: Echo) -> int:
    """Exit code: 0 the newest backup can be restored, adds up and is young enough, 1 not."""
    try:
        found = backups_in(folder, lambda text: echo(f"Warning: {text}", err=True))
        if not found:
            raise NotDone(f"there is no backup in {folder}")
        directory, newest = found[0]
        echo(f"newest of {len(found)}: {directory}")
        with scratch(db.engine) as engine, tempfile.TemporaryDirectory(prefix="rehearsal-") as files:
            code = _restored(directory, engine, Storage(files), replace=False, echo=echo)
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    hours = newest.age.total_seconds() / 3600
    if not -0.1 <= hours <= max_age:
        echo(
            f"Error: the newest backup is {hours:.1f} h old, at most {max_age:g} h are wanted: none was made since, or "
            "a clock is wrong",
            err=True,
        )
        return 1
    return code


def _restored(directory: Path, engine: sa.Engine, storage: Storage, *, replace: bool, echo: Echo) -> int:
    """Restore, compare, verify, and say how much would have been lost (RPO) and how long it took (RTO)."""
    script = ScriptDirectory(str(Path(current_app.root_path).parent / "migrations"))
    began = time.monotonic()
    try:
        found = put_back(engine, storage, directory, script, replace=replace)
    except NotDone as error:
        echo(f"Error: {error}", err=True)
        return 1
    is_current = found.revision == script.get_current_head()
    with Session(engine) as session:
        lines = _mismatches(session, echo) if is_current else []
    echo(_told("restored", found))
    echo(f"RPO {_hours(found.age)} h: what was entered after {found.moment:%Y-%m-%d %H:%M:%S} UTC is not in it")
    echo(f"RTO {time.monotonic() - began:.1f} s: restored, compared{' and verified' if is_current else ''}")
    if not is_current:
        echo("The backup is of an older release: run `crm init`, then `crm verify`.")
        return 0
    return _verdict(lines, echo)


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
    return _verdict(_mismatches(db.session(), echo), echo)


def _mismatches(session: Session, echo: Echo) -> list[str]:
    """What does not add up, a line each; without the key of the chain that is left out, and it is said."""
    if lacks_search_index(session.connection()):
        session.rollback()
        in_unit_of_work(session, lambda: search.rebuild(session))
        echo("search index made anew")
    last = last_seal(session.connection())
    can_check = key.has_key() and (last is None or last.key_id == key.key_id())
    if not can_check:
        echo("Warning: the chain is not checked: its key is not on this machine", err=True)
    lines = list(verify.mismatches(session, ChainCheck(left_out=not can_check)))
    session.rollback()
    return lines


def _verdict(lines: list[str], echo: Echo) -> int:
    for line in lines:
        echo(line)
    echo(f"{len(lines)} mismatches" if lines else "verified: everything adds up")
    return 1 if lines else 0


def _hours(length: dt.timedelta) -> str:
    return f"{length.total_seconds() / 3600:.1f}"


def _told(what: str, found: Manifest) -> str:
    return (
        f"{what}: {len(found.tables)} tables, {found.rows} rows, {len(found.attachments)} attachments, "
        f"digest {found.digest}"
    )
