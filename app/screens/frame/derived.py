"""Entry, import, search, lists, page and form of a model follow from its fields and its policy.

What a view or a domain's own class says goes before what is derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.db.base import model_name
from app.core.kinds.kind import Kind
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, fields_of, subject_field, title_column
from app.core.record.naming import display_columns, plural, singular
from app.imports.engine.derived import import_of
from app.models.document import Document
from app.models.system.user import AppUser
from app.screens.list.decisions import decision_rights
from app.screens.list.ready_made import ready_made
from app.security.policy import require_policy
from app.security.roles import RIGHTS
from app.workflows.from_fields import entry_for

MOST_COLUMNS = 9
MOST_FILTERS = 10
MOST_TOLD = 4
# The system keeps these for itself, or every record has them.
_LEFT_OUT = {"id", "created_by_id", "changed_at", "version", "search_text", "created_at"}


def derive_view(view: type[Any]) -> None:
    """Derive for a view class that names its model what it does not say itself.

    errors  TypeError when nobody has decided who sees the model's rows, or it does not say what one is called
    """
    model = view.model
    require_policy(model)
    if not singular(model):
        raise TypeError(f"{model.__name__} does not say what one of its rows is called: __singular__ = _l(…)")
    view.title, view.one = plural(model), singular(model)
    rights = RIGHTS.get(model_name(model), {})
    if "create" in rights or "edit" in rights:
        entry_for(model)
    entry = ENTRIES.get(model)
    if entry is not None and entry.writable and "import" in rights:
        import_of(model, view.title)
    if hasattr(model, "search_text") and not getattr(model, "__searched__", None):
        model.__searched__ = tuple(f.name for f in _fields(model) if f.kind.is_line)
    for name, derived in _DERIVED.items():
        if name not in _said_by(view):
            setattr(view, name, derived(model))


def _said_by(view: type[Any]) -> set[str]:
    """Return names that the class, or one it shares with other views of a domain, gives itself."""
    own = takewhile(lambda kind: kind.__name__ not in ("RecordView", "ModelPages"), view.__mro__)
    return {name for kind in own for name in vars(kind)}


def _fields(model: type[Any]) -> list[Field]:
    """Return fields people read, in the order of the model, its title first."""
    title = display_columns(model)[0]
    found = [f for f in fields_of(model).values() if f.name not in _LEFT_OUT]
    return sorted(found, key=lambda described: described.name != title)


def _names(model: type[Any], is_wanted: Callable[[Kind], bool], most: int | None = None) -> tuple[str, ...]:
    return tuple(described.name for described in _fields(model) if is_wanted(described.kind))[:most]


def _list_columns(model: type[Any]) -> tuple[str, ...]:
    """Return the fields in order; for a document those asked for most: who, what about, how much, how far, when."""
    names = _names(model, lambda kind: kind.is_listed)
    if issubclass(model, Document):
        rank = {name: _rank(fields_of(model)[name]) for name in names}
        names = tuple(sorted((name for name in names if rank[name] < _SELDOM), key=lambda name: rank[name]))
    return names[:MOST_COLUMNS]


_SELDOM = 90


def _rank(field: Field) -> int:
    """Return the place of a document's field among the columns of its list; beyond `_SELDOM` it is not one of them."""
    if field.name in (title_column(field.model), "number"):
        return 0
    if field.name == subject_field(field.model):
        return 2
    if field.is_computed:
        return 3 if field.name == "total" else 5 if field.choices is not None else _SELDOM
    if field.name == "state":
        return 4
    if not field.required or field.said.get("with_lines"):
        return _SELDOM
    if field.said.get("default_row"):
        return 7
    return 1 if field.kind.is_relation and field.target is not AppUser else 6 if field.kind.is_temporal else 7


def _filter_columns(model: type[Any]) -> tuple[str, ...]:
    when = ("created_at",) if hasattr(model, "created_at") else ()
    return (*_names(model, lambda kind: kind.is_listed and kind.has_filter, MOST_FILTERS), *when)


def _order_columns(model: type[Any]) -> tuple[str, ...]:
    return tuple(name for name in _list_columns(model) if fields_of(model)[name].kind.has_order)


def _search_columns(model: type[Any]) -> tuple[str, ...]:
    return _names(model, lambda kind: kind.is_line, MOST_TOLD)


def _hit_columns(model: type[Any]) -> tuple[str, ...]:
    """Return the columns that a hit of the search shows: its title and the next few searched texts."""
    return _search_columns(model) if hasattr(model, "search_text") else ()


def _fieldsets(model: type[Any], names: Sequence[str]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    """Return the sections: short fields together, then the long texts, each of which takes a line of its own."""
    fields = fields_of(model)
    short = tuple(name for name in names if not fields[name].kind.is_long)
    long = tuple(name for name in names if fields[name].kind.is_long)
    return tuple((title, part) for title, part in ((_l("Basics"), short), (_l("Description"), long)) if part)


def _show_fieldsets(model: type[Any]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    """Return the sections of the page; for a document without what its head, figures and stages show already."""
    fields = [f for f in _fields(model) if f.kind.has_column]
    if issubclass(model, Document):
        told = {title_column(model), subject_field(model), "state"}
        fields = [f for f in fields if f.name not in told and not f.is_computed and not f.said.get("with_lines")]
    return _fieldsets(model, [f.name for f in fields])


def _form_fieldsets(model: type[Any]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    entry = ENTRIES.get(model)
    if entry is None:
        return ()
    fields = [f for name, f in fields_of(model).items() if name in entry.writable and not f.kind.is_lines]
    return _fieldsets(model, [f.name for f in fields if not f.said.get("with_lines")])


def _wide_fields(model: type[Any]) -> tuple[str, ...]:
    """Return long texts and addresses."""
    fields = fields_of(model)
    return tuple(name for name in fields if fields[name].kind.is_long or name.removeprefix("consignee_") == "address")


_DERIVED: dict[str, Callable[[type[Any]], Any]] = {
    "list_columns": _list_columns,
    "filter_columns": _filter_columns,
    "order_columns": _order_columns,
    "search_columns": _search_columns,
    "hit_columns": _hit_columns,
    "show_fieldsets": _show_fieldsets,
    "form_fieldsets": _form_fieldsets,
    "wide_fields": _wide_fields,
    "presets": ready_made,
    "preset_rights": decision_rights,
}
