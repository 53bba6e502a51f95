"""These pages add, edit and delete records; whatever is refused comes back as typed, with the reason beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.db.base import db
from app.core.errors import AppError, NotAllowed
from app.core.kinds.numerals import counting_number
from app.core.kinds.relation import row_key
from app.core.record.fields import Field, default_of, fields_of
from app.core.record.freeze import is_frozen
from app.models.system.user import AppUser
from app.query.choices import default_items, dictionary_choices
from app.query.naming import nameable_in
from app.screens.form.forms import Control, Fields, FormSection, offer_new, place_errors
from app.screens.form.saving import Done, earlier_save, once, read_all
from app.screens.list.address import public_name
from app.screens.record.model_pages import ModelPages
from app.security.policy import row_to_name
from app.workflows.from_fields import owner_of


class EditPages(ModelPages):
    """These attributes say which fields stand in which sections; the rest follows from the model.

    form_fieldsets  (heading, field names); every writable field when left out
    form_sources    field → address of its picker, where it is not /pick/<model>
    form_depends    field → the field whose value narrows its picker
    """

    form_template = "form/form.html"
    form_fieldsets: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    form_sources: Mapping[str, str] = {}
    form_depends: Mapping[str, str] = {}
    form_hints: Mapping[str, Any] = {}
    form_required: tuple[str, ...] = ()  # fields required of people, though the table takes NULL

    # Which fields

    def form_names(self) -> list[str]:
        if self.form_fieldsets:
            return [name for _title, names in self.form_fieldsets for name in names]
        fields = fields_of(self.model)
        return [n for n in self.entry.writable if n in fields and not fields[n].kind.is_lines]

    def may_set(self, described: Field, actor: Actor) -> bool:
        """Return whether a field is on the form: one that needs a right (cost) is there for who may see and set it."""
        needs = described.needs
        return not needs or (actor.may("view", needs) and actor.may("edit", needs))

    def open_fields(self, row: Any) -> list[str]:
        """Return names of fields that may still change: on a frozen document those its model leaves open."""
        names = [name for name in self.form_names() if name not in self.entry.create_only]
        if not is_frozen(row):
            return names
        fields = fields_of(self.model)
        return [name for name in names if (fields[name].column or name) in row.__frozen__.open_fields]

    def fields_for(self, row: Any, actor: Actor) -> Fields:
        """Return the fields that this person may type in now."""
        fields = fields_of(self.model)
        names = self.form_names() if row is None else self.open_fields(row)
        described = [fields[name] for name in names if self.may_set(fields[name], actor)]
        dictionaries = [f.dictionary for f in described if f.dictionary]
        required = {f.name for f in self.entry.required()} | set(self.form_required)
        if row is not None:  # A field that a rule fills in on creation cannot be emptied later.
            required |= {f.name for f in described if f.required and f.name not in self.entry.optional}
        return Fields(
            described, required, dictionary_choices(db.session(), dictionaries),
            sources=self.form_sources, depends=self.form_depends, hints=self.form_hints,
        )  # fmt: skip

    def defaults(self, actor: Actor) -> dict[str, Any]:
        """Return the values a new record begins with: the defaults of its columns, and its maker as its owner."""
        fields = fields_of(self.model)
        found = {name: default_of(fields[name]) for name in self.form_names()}
        owner = owner_of(self.model)
        if owner in self.entry.optional and owner in found:
            found[owner] = db.session.get(AppUser, actor.user_id)
        return {name: value for name, value in found.items() if value is not None}

    def default_items(self) -> dict[str, Any]:
        """Return the default values of the dictionaries a new record chooses from."""
        described = [fields_of(self.model)[name] for name in self.form_names()]
        found = default_items(db.session(), [str(f.dictionary) for f in described if f.dictionary])
        return {f.name: found[f.dictionary] for f in described if f.dictionary in found}

    def presets_from_address(self, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Fill in what the address presets: `?customer=7` fills in the customer, as “new” on a record's page does.

        Manual 8.3.
        """
        for name in self.form_names():
            described = fields_of(self.model)[name]
            key = row_key(request.args.get(public_name(name), ""))
            if described.kind.is_relation and described.target is not None and key is not None:
                values[name] = row_to_name(db.session(), described, key, actor)
        return values

    def values_of(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self.form_names()}

    def sections(self, fields: Fields, values: Mapping[str, Any], actor: Actor) -> list[FormSection]:
        """Return all controls in their sections; a field that cannot be typed in now is shown as it stands."""
        typed_in = {described.name for described in fields.fields}
        described = fields_of(self.model)
        fieldsets = self.form_fieldsets or (("", tuple(self.form_names())),)
        found = []
        for title, names in fieldsets:
            controls = [
                fields.control(described[name], values.get(name), fixed=name not in typed_in)
                for name in names
                if not described[name].needs or name in typed_in
            ]
            for control in controls:
                control.is_broad = control.name in getattr(self, "wide_fields", ())
            if controls:
                found.append(FormSection(title, controls))
        return found

    # Parts of a form besides its fields: lines, passwords, prices by tier

    def extra_form(self, row: Any, actor: Actor) -> dict[str, Any]:
        """Return further values for the form's template; after a refusal `request.form` holds what was typed."""
        return {}

    def extra_values(self, actor: Actor, current: Any) -> dict[str, Any]:
        """Return values read from the form beside its fields.

        errors  Refused with field names like "lines.0.quantity"
        """
        return {}

    # Pages

    @expose("/add", methods=("GET", "POST"))
    def add(self) -> ResponseReturnValue:
        """Show the form of a new record, or create it."""
        actor = self.reader()
        self.require("create", actor)
        if not self.can_add:
            raise NotAllowed("not_allowed", _("This cannot be made by hand."))
        if request.method == "GET":
            values = self.presets_from_address(self.default_items() | self.defaults(actor), actor)
            return self._form_page(None, actor, values)
        try:
            return once(lambda: self._create(actor))
        except AppError as error:
            return self._form_page(None, self.reader_again(), self.default_items(), error)

    def _create(self, actor: Actor) -> Done:
        session = db.session()
        values = self._read(None, actor)
        row = self.entry.create(session, values, actor)
        self.saved(row, actor)
        warnings = [(warning["message"], "warning") for warning in self.entry.warnings(session, row, actor)]
        text = _("%(what)s has been saved.", what=str(row))
        return Done(self.after_save(row), [(text, "success"), *warnings])

    @expose("/edit/<int:pk>", methods=("GET", "POST"))
    def edit(self, pk: int) -> ResponseReturnValue:
        """Change a record; a version behind the database's is refused, naming who was faster."""
        actor = self.reader()
        self.require("edit", actor)
        if not self.can_edit:
            raise NotAllowed("not_allowed", _("This cannot be changed by hand."))
        row = self.row(pk, actor)
        if request.method == "GET":
            self.entry.require_writable(db.session(), row, actor)
            return self._form_page(row, actor, self.values_of(row))
        try:
            return once(lambda: self._change(pk, actor))
        except AppError as error:
            if error.http_status == 404:
                raise
            actor = self.reader_again()
            row = self.row(pk, actor)
            return self._form_page(row, actor, self.values_of(row), error)

    def _change(self, pk: int, actor: Actor) -> Done:
        session = db.session()
        row = self.row(pk, actor)
        self.entry.require_writable(session, row, actor)
        version = counting_number(request.form.get("version", ""))
        if hasattr(row, "version") and version != row.version:
            version = version or -1
            # The person has seen what the other person wrote.
            if counting_number(request.form.get("over", "")) == row.version:
                version = row.version
        values = self._read(row, actor) if version in (None, getattr(row, "version", None)) else {}
        self.entry.change(session, row, values, actor, version if hasattr(row, "version") else None)
        self.saved(row, actor)
        warnings = [(warning["message"], "warning") for warning in self.entry.warnings(session, row, actor)]
        text = _("%(what)s has been saved.", what=str(row))
        return Done(self.after_save(row), [(text, "success"), *warnings])

    def _read(self, row: Any, actor: Actor) -> dict[str, Any]:
        """Return everything that was typed; all refusals of fields and of lines are raised at once."""
        fields = self.fields_for(row, actor)
        return read_all(
            lambda: fields.read(request.form, db.session(), actor, row), lambda: self.extra_values(actor, row)
        )

    def saved(self, row: Any, actor: Actor) -> None:
        """Save what a form sets beside the entry's own values, in the same transaction."""

    def after_save(self, row: Any) -> str:
        return self.show_url(row.id)

    def _form_page(
        self, row: Any, actor: Actor, values: Mapping[str, Any], error: AppError | None = None
    ) -> ResponseReturnValue:
        fields = self.fields_for(row, actor)
        sections = self.sections(fields, values, actor)
        stale: dict[str, Any] = {}
        if error is not None:
            if error.code == "stale":
                stale = self._stale(row, sections)
            self._put_back(fields, sections, actor)
        more = self.extra_form(row, actor)
        controls = [*(control for section in sections for control in section.controls), *_controls_in(more)]
        offer_new(controls, actor)
        notes = place_errors(controls, error) if error is not None else []
        page = render_template(
            self.form_template, view=self, row=row, sections=sections, errors=notes, stale=stale,
            faults=[control for control in controls if control.errors], keep=actor.user_id,
            version=request.form.get("version", "") if error is not None else getattr(row, "version", ""),
            back=self.show_url(row.id) if row is not None else f"{self.route_base}/list/",
            **more,
        )  # fmt: skip
        return page, error.http_status if error else 200

    def _put_back(self, fields: Fields, sections: Sequence[FormSection], actor: Actor) -> None:
        """Put what was typed into the form again, with the names of picked rows."""
        described = {public_name(field.name): field for field in fields.fields}
        texts: dict[str, str] = {}
        for name, field in described.items():
            if not (field.kind.is_relation or field.kind.is_several):
                continue
            keys = [key for text in request.form.getlist(name) if (key := row_key(text)) is not None]
            for key, text in self.called(field, keys, actor).items():
                texts[f"{name}:{key}" if field.kind.is_several else name] = text
        for section in sections:
            for control in section.controls:
                if control.name in described:
                    before = control.value
                    fields.typed(control, described[control.name], request.form, texts)
                    if control.now and control.value == before:
                        control.now = ""

    def called(self, described: Field, keys: Sequence[int], actor: Actor) -> dict[int, str]:
        """Return what rows picked in a field are called, by key; of those alone that this person may name there."""
        return nameable_in(db.session(), described, keys, actor)

    def _stale(self, row: Any, sections: Sequence[FormSection]) -> dict[str, Any]:
        """Return who was faster, when, and what they changed; fields that differ say what is saved now."""
        for section in sections:
            for control in section.controls:
                if control.kind == "flag":
                    continue
                control.now = str(_now(control)) or "—"
        earlier = earlier_save(row)
        return {"who": earlier.who, "at": earlier.at, "fields": earlier.fields, "version": row.version}

    @expose("/delete/<int:pk>", methods=("POST",))
    def delete(self, pk: int) -> ResponseReturnValue:
        """Put a record into the recycle bin."""
        actor = self.reader()

        def remove() -> Done:
            row = self.row(pk, actor)
            if not self.can_delete:
                raise NotAllowed("not_allowed", _("This cannot be deleted by hand."))
            text = _("%(what)s is in the recycle bin now and can be restored from there.", what=str(row))
            self.entry.delete(db.session(), row, actor)
            return Done(f"{self.route_base}/list/", [(text, "success")])

        try:
            return once(remove)
        except AppError as error:
            if error.http_status == 404:
                raise
            actor = self.reader_again()
            return self.show_page(self.row(pk, actor), actor, error=error)

    def show_page(
        self, row: Any, actor: Actor, *, failed: str = "", error: AppError | None = None
    ) -> ResponseReturnValue:
        raise NotImplementedError


def _controls_in(more: Mapping[str, Any]) -> list[Control]:
    """Return controls that a form has besides its fields: tier prices, roles, the first password."""
    parts = [part if isinstance(part, list) else [part] for part in more.values()]
    return [control for part in parts for control in part if isinstance(control, Control)]


def _now(control: Control) -> Any:
    if control.kind == "select":
        return dict(control.options).get(control.value, "")
    return control.text if control.kind in ("pick", "fixed") else control.value
