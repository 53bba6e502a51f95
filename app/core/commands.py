"""`flask --app run crm …` is one group of commands, to which an area adds its own beside its views. design.md §7."""

from __future__ import annotations

from flask.cli import AppGroup

crm = AppGroup("crm", help="掌柜: set up, demo, import, verify.")
