"""`flask --app run crm …`: thin commands. design.md §7."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import force_locale
from flask_migrate import upgrade

from app.core.chain import key
from app.core.commands import crm
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError
from app.security.settings import setting

UNFINISHED_FOR = 24 * 3600  # seconds; nothing is written for so long
user = AppGroup("user", help="People who sign in.")
crm.add_command(user)


def register(app: Flask) -> None:
    app.cli.add_command(crm)


@crm.command("init")
def init() -> None:
    """Schema, roles, dictionaries and the first administrator; may be repeated."""
    from app.demo.people import first_administrator
    from app.security.seed import seed

    _make_chain_key()
    upgrade()
    session = db.session()

    def set_up() -> str | None:
        seed(session)
        return first_administrator(session, production=current_app.config["CRM_ENV"] == "production")

    password = in_unit_of_work(session, set_up)
    if password:
        click.echo(f"admin / {password}")
    click.echo("ready")


def _make_chain_key() -> None:
    """Make the key of the chain where there is none yet: only here in production, at the first start of a firm."""
    if current_app.config["CHAIN_KEY"]:
        return
    from app.operations.chain import make_key_known
    from config import kept_secret

    path = Path(current_app.config["CHAIN_HOME"]) / "chain_key"
    try:
        current_app.config["CHAIN_KEY"] = made = make_key_known(path, kept_secret)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    key.use_key(made)
    click.echo(f"the key of the chain over log and ledgers was made: {path}; keep a copy of it away from the database")


@crm.command("demo")
@click.option("--people-only", is_flag=True, help="People, roles and warehouses, but no customers, products or orders.")
def demo(people_only: bool) -> None:
    """The demo firm; does nothing when it exists."""
    from app.demo.firm import build_firm

    with force_locale("zh"):
        for line in build_firm(people_only=people_only):
            click.echo(line)


@crm.command("bulk")
@click.option("--orders", type=int, required=True, help="How many, over the last three years.")
@click.option("--seed", type=int, default=1, help="The same number makes the same firm.")
@click.option("--yes", is_flag=True, help="In production too.")
def bulk(orders: int, seed: int, yes: bool) -> None:
    """A large made-up firm in an empty database, for measuring; says on stderr what it does."""
    from app.demo.bulk.bulk import NotHere, build_bulk

    with force_locale("zh"):
        try:
            rows = build_bulk(orders, seed, yes=yes, echo=lambda line: click.echo(line, err=True))
        except NotHere as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{orders} orders, {rows} rows")


@crm.command("verify")
@click.option(
    "--since-last", is_flag=True, help="Of the chain only what came since the last check that found all well."
)
@click.option("--head", "head_file", type=click.Path(path_type=Path), help="Heads that `crm audit-head` printed once.")
def verify(since_last: bool, head_file: Path | None) -> None:
    """Recompute every cached figure and read the chain; a line per mismatch, exit 1 when there is one."""
    from app.operations.chain import run_verify

    sys.exit(run_verify(since_last=since_last, head_file=head_file, echo=click.echo))


@crm.command("seal")
@click.option("--anew", metavar="REASON", help="Begin a generation with all rows as they are; the reason stays in it.")
def seal(anew: str | None) -> None:
    """Seal what was committed to the log and the ledgers; the server does so by itself."""
    from app.operations.chain import run_seal

    sys.exit(run_seal(anew=anew, echo=click.echo))


@crm.command("audit-head")
def audit_head() -> None:
    """Print the end of the chain, number, time and hash, to be kept where the database's owner cannot reach."""
    from app.operations.chain import run_head

    sys.exit(run_head(echo=click.echo))


@crm.command("digest")
def digest() -> None:
    """What is in each table: name, rows, digest; the last line stands for all of it."""
    from app.operations.backup.digest import current_digests, total_of

    found = current_digests(db.engine)
    for name, table in found.items():
        click.echo(f"{name}\t{table.rows}\t{table.digest}")
    click.echo(f"all\t{sum(table.rows for table in found.values())}\t{total_of(found)}")


@crm.command("backup")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--keep", type=click.IntRange(min=1), help="DIRECTORY holds all backups: make one in it, keep the newest so many."
)
def backup(directory: Path, keep: int | None) -> None:
    """Copy database and attachments, as of one moment, into a new directory; nobody has to stop working."""
    from app.operations.command import run_backup

    sys.exit(run_backup(directory, keep=keep, echo=click.echo))


@crm.command("restore")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Throw away what is in the database now.")
def restore(directory: Path, replace: bool) -> None:
    """Put a backup into an empty database, and prove that it is the same."""
    from app.operations.command import run_restore

    sys.exit(run_restore(directory, replace=replace, echo=click.echo))


@crm.command("rehearse")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--max-age", type=float, default=26, show_default=True, help="Hours the newest backup may be old.")
def rehearse(folder: Path, max_age: float) -> None:
    """Restore the newest backup of FOLDER into a database made for it, verify it, throw it away; say RPO and RTO."""
    from app.operations.command import run_rehearse

    sys.exit(run_rehearse(folder, max_age=max_age, echo=click.echo))


@crm.command("transfer")
@click.argument("source")
def transfer(source: str) -> None:
    """Copy all of the database at SOURCE into the empty one that DATABASE_URL names: from SQLite onto PostgreSQL."""
    from app.operations.command import run_transfer

    sys.exit(run_transfer(source, echo=click.echo))


@crm.command("tidy")
def tidy() -> None:
    """Remove imported and prepared files that have been kept long enough, and what a killed process left unfinished.

    It may be repeated, nightly for one.
    """
    from app.core.jobs import prepared
    from app.imports.engine.batches import remove_old_files

    session, storage = db.session(), current_app.extensions["storage"]
    with force_locale("zh"):
        gone = in_unit_of_work(session, lambda: remove_old_files(session, storage))
        days = setting(session, "prepared_file_days")
        made = in_unit_of_work(session, lambda: prepared.remove_old_files(session, storage, days))
    left = storage.remove_unfinished(time.time() - UNFINISHED_FOR)
    click.echo(f"{gone} imported files removed")
    if left:
        click.echo(f"{left} unfinished files removed")
    if made:
        click.echo(f"{made} prepared files removed")


@crm.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--warehouse", help="Code or name of the warehouse, for opening stock.")
@click.option("--dry-run", is_flag=True, help="Check only.")
@click.option("--all-or-nothing", is_flag=True, help="Import nothing when any row is refused.")
@click.option("--as", "login", help="Login of the person importing.")
def import_file(
    kind: str, file: Path, warehouse: str | None, dry_run: bool, all_or_nothing: bool, login: str | None
) -> None:
    """Import a workbook or CSV file; a line per fault, exit 0 all in, 2 some refused, 1 the file refused."""
    from app.imports.engine.command import run_import
    from app.imports.engine.importer import IMPORTERS

    if kind not in IMPORTERS:
        raise click.BadParameter(f"one of {', '.join(IMPORTERS)}", param_hint="KIND")
    with force_locale("zh"):
        code = run_import(
            kind,
            file,
            warehouse=warehouse,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
            login=login,
            echo=click.echo,
        )
    sys.exit(code)


@crm.command("docs")
@click.option("--check", is_flag=True, help="Fail when the generated pages are stale.")
def docs(check: bool) -> None:
    """Write the generated pages: workflows and the manual's map."""
    from app.docs_generator import write_docs

    stale = write_docs(check=check)
    for name in stale or []:
        click.echo(name)
    sys.exit(1 if check and stale else 0)


@user.command("password")
@click.argument("login")
@click.password_option()
def set_password(login: str, password: str) -> None:
    """Give a person a new password."""
    from app.security.accounts.people import user_named
    from app.workflows.system import user as people

    session = db.session()

    def change() -> None:
        found = user_named(session, login)
        if found is None:
            raise click.ClickException(f"no user {login}")
        people.set_password(session, found, password)

    try:
        in_unit_of_work(session, change)
    except AppError as error:
        raise click.ClickException(error.message) from error


@user.command("list")
def list_users() -> None:
    """Everyone, with roles and superior."""
    import sqlalchemy as sa

    from app.models.system.user import AppUser

    for found in db.session.scalars(sa.select(AppUser).order_by(AppUser.id)):
        roles = ",".join(role.name for role in found.roles)
        click.echo(f"{found.username}\t{found.name}\t{roles}\t{found.manager or ''}")
