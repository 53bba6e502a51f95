"""The desk of whoever keeps the system. Manual 3.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.record.audit import AuditEntry
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.screens.desk.desk_parts import Action, Figure, Rows
from app.screens.desk.desks import add_to_desk
from app.security.roles import R

people = Figure(_l("Working here"), "users", Rows(AppUser, "here"))
left = Figure(_l("Has left"), "user-off", Rows(AppUser, "left"))
new_user = Action(_l("New user"), "plus", "/user/add", "create", AppUser)
users = Action(_l("Users"), "users", "/user/list/", "read", AppUser)
roles = Action(_l("Roles and rights"), "shield-lock", "/role/list/", "read", "role")
dictionaries = Action(_l("Dictionaries"), "notebook", "/dictionaryitem/list/", "edit", DictionaryItem)
settings = Action(_l("Settings"), "settings", "/setting/", "read", "setting")
audit = Action(_l("Audit"), "history", "/audit/list/", "read", AuditEntry)

add_to_desk(
    R.admin, figures={10: people, 20: left}, actions={10: new_user},
    doors={10: users, 20: roles, 30: dictionaries, 40: settings, 50: audit},
)  # fmt: skip
