"""系统 Who sees and keeps people, dictionaries, approval rules, settings, the log and the recycle bin. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.appbuilder import Role
from app.core.jobs.jobs import Job
from app.core.record.audit import AuditEntry
from app.core.record.recycle import DeletedRecord
from app.models.system.approval_rule import ApprovalRule
from app.models.system.import_batch import ImportBatch
from app.models.system.setting import DictionaryItem, Setting
from app.models.system.user import AppUser
from app.security.policy import Policy, Sees, declare
from app.security.roles import EVERYBODY, R, declare_subject

BY_ADMIN = Sees(every=(R.admin,))
OF_DELETED = Sees(every=(R.boss,), owner="owner_id", own=("deleted_by_id",))

declare({
    DictionaryItem: Policy(
        Sees(everyone=True), changed_by=BY_ADMIN, kept_by=(R.admin,), rights={"import": ()}
    ),
    ApprovalRule: Policy(
        Sees(every=(R.admin, R.boss)), changed_by=BY_ADMIN, kept_by=(R.admin,), read_by=(R.admin, R.boss),
        rights={"import": ()},
    ),
    Role: Policy(BY_ADMIN, read_by=()),
    Setting: Policy(BY_ADMIN, read_by=(R.admin,), rights={"edit": (R.admin,), "export": ()}),
    AppUser: Policy(
        Sees(everyone=True), changed_by=BY_ADMIN, rights={"create": (R.admin,), "edit": (R.admin,)}
    ),
    AuditEntry: Policy(Sees(every=(R.boss, R.admin)), read_by=(R.boss, R.admin), rights={"export": ()}),
    DeletedRecord: Policy(OF_DELETED, changed_by=OF_DELETED, rights={"restore": EVERYBODY, "export": ()}),
    ImportBatch: Policy(
        Sees(every=(R.boss,), own=("created_by_id",)), changed_by=Sees(own=("created_by_id",)), read_by=()
    ),
    Job: Policy(Sees(own=("created_by_id",)), read_by=()),
})  # fmt: skip
declare_subject("role", _l("Roles and rights"), read=(R.admin,), edit=(R.admin,))
