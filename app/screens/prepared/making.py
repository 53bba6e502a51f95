"""The job behind every prepared file: it acts as the person who asked, in their language."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.db.unit_of_work import reading
from app.core.files.files import Storage
from app.core.jobs.jobs import Job, JobProgress, job
from app.core.jobs.prepared import FILE, FILE_KINDS, keep
from app.core.record.audit import act_as
from app.models.system.user import AppUser
from app.security.accounts.people import actor_of
from app.security.settings import declare_setting

declare_setting("prepared_file_days", _l("Days a file that was made is kept"), 7, kind="integer", lowest=1, highest=365)


@job(FILE, apart=True)
def make_file(session: Session, found: Job, pulse: JobProgress) -> dict[str, Any]:
    """Make the file with the rights of the person who asked for it, as they are now, and keep it.

    errors  what the person may not have, or what was too much
    """
    payload, person, role = dict(found.payload), found.created_by_id, found.role
    session.rollback()
    with reading(), force_locale(payload["locale"]):
        actor = actor_of(session, session.get_one(AppUser, person), role)
        act_as(session, actor)
        kind = FILE_KINDS[payload["kind"]]
        kind.titled(session, payload["asked"], actor)
        made = kind.make(session, payload["asked"], actor, pulse.at)
        session.rollback()
    storage: Storage = current_app.extensions["storage"]
    return keep(storage, payload, made)
