"""数据字典与设置 What the administrator changes. spec.md §2; manual 10.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.errors import AppError, NotAllowed, all_refused, no_such_row
from app.core.record.entry import ENTRIES
from app.core.text import without_hidden
from app.models.system.setting import DICTIONARIES, DictionaryItem
from app.reports.system.setting import dictionary_counts, dictionary_rows
from app.screens.form.forms import Control, Fields, FormSection, place_errors
from app.screens.form.saving import Done, once
from app.screens.record.record_view import RecordView
from app.screens.web.current_actor import current_actor
from app.security.dictionaries import dictionary_label
from app.security.settings import GROUPS, SETTINGS, all_settings, set_setting


class DictionaryView(RecordView):
    """数据字典: one page per list; values are added, renamed, ordered, made default and retired."""

    model = DictionaryItem
    icon = "notebook"
    menu_section = None  # its entry is for who may change them
    badge_columns = ("state",)
    show_fieldsets = ((_l("Basics"), ("label", "code", "position", "is_default")),)
    form_fieldsets = ((_l("Basics"), ("label", "position", "state", "is_default", "is_divisible")),)
    form_hints: Mapping[str, Any] = {
        "state": _l("A retired value stays on old records and can no longer be chosen."),
        "is_divisible": _l("Quantities in this unit may have decimals."),
    }
    has_attachments = False

    def subheading(self, row: DictionaryItem) -> str:
        return dictionary_label(row.dictionary)

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """All lists; one of them with its values."""
        actor = self.reader()
        name = request.args.get("dictionary", "")
        if name and name not in DICTIONARIES:
            raise no_such_row()
        name = name or next(iter(DICTIONARIES))
        return self._dictionary(name, actor)

    def _dictionary(self, name: str, actor: Actor, error: AppError | None = None) -> ResponseReturnValue:
        counts = dictionary_counts(db.session())
        lists = [(code, dictionary_label(code), counts.get(code, 0)) for code in DICTIONARIES]
        page = render_template(
            "system/dictionary.html", view=self, lists=lists, name=name, label=dictionary_label(name),
            rows=dictionary_rows(db.session(), name), is_measured=DICTIONARIES[name].is_measured,
            may_edit=actor.may("edit", DictionaryItem),
            errors=[reason.message for reason in error.reasons] if error else [],
            typed=request.form.get("label", "") if error else "",
        )  # fmt: skip
        return page, error.http_status if error else 200

    @expose("/add", methods=("GET", "POST"))
    def add(self) -> ResponseReturnValue:
        """A new value at the end of a list."""
        actor = self.reader()
        self.require("create", actor)
        name = request.form.get("dictionary", "")
        if request.method == "GET" or name not in DICTIONARIES:
            return redirect("/dictionaryitem/list/")
        label = without_hidden(request.form.get("label", "").replace("\x00", "")).strip()[:60]

        def make() -> Done:
            ENTRIES[DictionaryItem].create(db.session(), {"dictionary": name, "label": label}, actor)
            return Done(
                f"/dictionaryitem/list/?dictionary={name}", [(_("%(what)s has been saved.", what=label), "success")]
            )

        try:
            return once(make)
        except AppError as error:
            return self._dictionary(name, self.reader_again(), error)

    def fields_for(self, row: Any, actor: Actor) -> Fields:
        """Whether it comes in parts is asked of units alone."""
        found = super().fields_for(row, actor)
        if row is not None and not DICTIONARIES[row.dictionary].is_measured:
            found.fields = [field for field in found.fields if field.name != "is_divisible"]
        return found

    def sections(self, fields: Fields, values: Mapping[str, Any], actor: Actor) -> list[FormSection]:
        typed_in = {field.name for field in fields.fields}
        found = super().sections(fields, values, actor)
        for section in found:
            section.controls = [c for c in section.controls if c.name in typed_in or c.name != "is_divisible"]
        return found

    def after_save(self, row: DictionaryItem) -> str:
        return f"/dictionaryitem/list/?dictionary={row.dictionary}"


class SettingView(BaseView):
    """设置: typed, with defaults. spec.md §2."""

    route_base = "/setting"
    default_view = "page"

    @expose("/", methods=("GET", "POST"))
    def page(self) -> ResponseReturnValue:
        """All settings in their groups."""
        actor = current_actor()
        right = "read" if request.method == "GET" else "edit"
        if not actor.may(right, "setting"):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        if request.method == "GET":
            return self._page(all_settings(db.session()), actor)
        typed = {key: request.form.get(key, "").replace("\x00", "") for key in SETTINGS}
        try:
            return once(lambda: self._save(typed))
        except AppError as error:
            return self._page(typed, current_actor(), error)

    def _save(self, typed: Mapping[str, str]) -> Done:
        refused: list[AppError] = []
        for key, text in typed.items():
            try:
                set_setting(db.session(), key, text)
            except AppError as error:
                refused += error.reasons
        if refused:
            raise all_refused(refused)
        return Done("/setting/", [(_("The settings have been saved."), "success")])

    def _page(self, values: Mapping[str, Any], actor: Actor, error: AppError | None = None) -> ResponseReturnValue:
        sections = _sections(values)
        notes = place_errors([c for section in sections for c in section.controls], error) if error else []
        page = render_template(
            "system/settings.html", sections=sections, errors=notes, may_edit=actor.may("edit", "setting")
        )
        return page, error.http_status if error else 200


def _sections(values: Mapping[str, Any]) -> list[FormSection]:
    kinds = {"flag": "flag", "integer": "number"}
    found: dict[str, FormSection] = {}
    for key, definition in SETTINGS.items():
        value = values.get(key, definition.default)
        control = Control(
            key, str(definition.label), kinds.get(definition.kind, "text"), required=definition.kind != "text"
        )
        control.value = value in (True, "1", "on") if definition.kind == "flag" else str(value)
        control.required = definition.kind == "integer"
        section = found.setdefault(str(definition.group), FormSection(str(definition.group), []))
        section.controls.append(control)
    return [found[str(group)] for group in GROUPS if str(group) in found]


def register(builder: AppBuilder) -> None:
    for view in (DictionaryView, SettingView):
        builder.add_view_no_menu(view)
