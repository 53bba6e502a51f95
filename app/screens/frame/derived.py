"""Making a model known: from its fields and its policy follow its entry, import, search, lists, page and form.

What a view or a domain's own class says goes before what is derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.db.base import model_name
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, Kind, fields_of
from app.core.record.naming import display_columns, plural, singular
from app.imports.engine.from_fields import import_of
from app.screens.list.decisions import decision_presets, decision_rights
from app.security.policy import require_policy
from app.security.roles import RIGHTS
from app.workflows.from_fields import entry_for

MOST_COLUMNS = 9
MOST_FILTERS = 10
MOST_TOLD = 4
# What the system keeps for itself, and what stands on every record alike.
_LEFT_OUT = {"id", "created_by_id", "changed_at", "version", "search_text", "name_key", "created_at"}
_LONG = (Kind.long_text,)
_IN_LIST = set(Kind) - {Kind.long_text, Kind.many, Kind.lines}
_FILTERED = (Kind.choice, Kind.dictionary, Kind.relation, Kind.flag, Kind.date, Kind.decimal, Kind.integer, Kind.time)
_SORTED = (Kind.text, Kind.integer, Kind.decimal, Kind.date, Kind.time)


def derive_view(view: type[Any]) -> None:
    """Called once for each view class that names its model.

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
        model.__searched__ = tuple(f.name for f in _fields(model) if f.kind is Kind.text)
    for name, derived in _DERIVED.items():
        if name not in _said_by(view):
            setattr(view, name, derived(model))


def _said_by(view: type[Any]) -> set[str]:
    """Names that the class, or one it shares with other views of a domain, gives itself."""
    own = takewhile(lambda kind: kind.__name__ not in ("RecordView", "ModelPages"), view.__mro__)
    return {name for kind in own for name in vars(kind)}


def _fields(model: type[Any]) -> list[Field]:
    """Fields people read, in the order of the model, its title first."""
    title = display_columns(model)[0]
    found = [f for f in fields_of(model).values() if f.name not in _LEFT_OUT]
    return sorted(found, key=lambda described: described.name != title)


def _names(model: type[Any], kinds: Sequence[Kind] | set[Kind], most: int) -> tuple[str, ...]:
    return tuple(described.name for described in _fields(model) if described.kind in kinds)[:most]


def _list_columns(model: type[Any]) -> tuple[str, ...]:
    return _names(model, _IN_LIST, MOST_COLUMNS)


def _filter_columns(model: type[Any]) -> tuple[str, ...]:
    when = ("created_at",) if hasattr(model, "created_at") else ()
    return (*_names(model, _FILTERED, MOST_FILTERS), *when)


def _order_columns(model: type[Any]) -> tuple[str, ...]:
    return tuple(name for name in _list_columns(model) if fields_of(model)[name].kind in _SORTED)


def _search_columns(model: type[Any]) -> tuple[str, ...]:
    return _names(model, (Kind.text,), MOST_TOLD)


def _hit_columns(model: type[Any]) -> tuple[str, ...]:
    """Of what is found by its texts: its title and the next few of them."""
    return _search_columns(model) if hasattr(model, "search_text") else ()


def _fieldsets(model: type[Any], names: Sequence[str]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    """Short fields together, then the long texts, each of which takes a line of its own."""
    fields = fields_of(model)
    short = tuple(name for name in names if fields[name].kind not in _LONG)
    long = tuple(name for name in names if fields[name].kind in _LONG)
    return tuple((title, part) for title, part in ((_l("Basics"), short), (_l("Description"), long)) if part)


def _show_fieldsets(model: type[Any]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    return _fieldsets(model, [f.name for f in _fields(model) if f.kind not in (Kind.lines, Kind.many)])


def _form_fieldsets(model: type[Any]) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    entry = ENTRIES.get(model)
    fields = fields_of(model)
    return (
        _fieldsets(model, [n for n in entry.writable if n in fields and fields[n].kind is not Kind.lines])
        if entry
        else ()
    )


def _wide_fields(model: type[Any]) -> tuple[str, ...]:
    """Long texts and addresses."""
    fields = fields_of(model)
    return tuple(name for name in fields if fields[name].kind in _LONG or name.removeprefix("consignee_") == "address")


_DERIVED: dict[str, Callable[[type[Any]], Any]] = {
    "list_columns": _list_columns,
    "filter_columns": _filter_columns,
    "order_columns": _order_columns,
    "search_columns": _search_columns,
    "hit_columns": _hit_columns,
    "show_fieldsets": _show_fieldsets,
    "form_fieldsets": _form_fieldsets,
    "wide_fields": _wide_fields,
    "presets": decision_presets,
    "preset_rights": decision_rights,
}
