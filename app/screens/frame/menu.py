"""The frame of every page has the menu of the active role and the switch of roles. Manual 3.1.

An area declares its section, and pages and tools that are no list of a model, in `views/<area>/menu.py`; the list of a
model has an entry by its view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Flask, g, render_template, request
from markupsafe import Markup

from app.core.actor import Actor
from app.core.cache.per_process import BoundedCache, cached_per_process
from app.core.db.base import model_name
from app.core.record.fields import fields_of
from app.models.system.user import AppUser
from app.screens.frame.assets import asset
from app.screens.frame.cells import page_of
from app.screens.frame.registry import VIEWS
from app.screens.frame.texts import catalogue
from app.security.roles import R, role_label

_parts: BoundedCache[Markup] = BoundedCache(most=2_000)  # Most are menus of a few kilobytes.


@dataclass(frozen=True)
class MenuEntry:
    """A menu entry or a tool: an address, and for whom it is.

    right    the right it needs and the subject of it
    offered  what else must be true of the person
    only     the roles it is for; everybody with the right when left out
    without  roles that may open it and find nothing there
    order    its place among the entries of its section, or among the tools
    """

    label: Any
    icon: str
    href: str
    right: tuple[str, str] | None = None
    offered: Callable[[Actor], bool] | None = None
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    order: int = 100

    def is_for(self, actor: Actor) -> bool:
        if actor.active_role in self.without or (self.only and actor.active_role not in self.only):
            return False
        if self.offered is not None and not self.offered(actor):
            return False
        return self.right is None or actor.may(*self.right)


@dataclass(frozen=True)
class MenuSection:
    """A group of entries, in the menu of the roles that work with it.

    order      its place among the sections
    first_for  role → its place among the sections that this role works with most, which stand before all others
    """

    key: str
    label: Any
    order: int
    roles: frozenset[str] = frozenset(R)
    first_for: Mapping[str, int] = field(default_factory=dict)


SECTIONS: dict[str, MenuSection] = {}
PAGES: list[tuple[str, MenuEntry]] = []  # (key of the section, entry) of pages that are no list of a model
TOOLS: list[MenuEntry] = []  # 工具集成入口: what stands in the top bar. Manual 3.2.


def declare_section(section: MenuSection) -> None:
    """Add a section to the menu.

    errors  ValueError when there is a section of that key already
    """
    if section.key in SECTIONS:
        raise ValueError(f"the section {section.key} of the menu is declared twice")
    SECTIONS[section.key] = section


def declare_page(section: str, entry: MenuEntry) -> None:
    """Give a page an entry in a section; the lists of models have theirs by their views.

    errors  ValueError when the page has an entry already
    """
    if entry.href in (known.href for _section, known in PAGES):
        raise ValueError(f"{entry.href} has two entries in the menu")
    PAGES.append((section, entry))


def declare_tool(tool: MenuEntry) -> None:
    """Add a tool to the top bar.

    errors  ValueError when the page is a tool already
    """
    if tool.href in (known.href for known in TOOLS):
        raise ValueError(f"{tool.href} is declared as a tool twice")
    TOOLS.append(tool)


@dataclass(frozen=True)
class MenuGroup:
    """A section as one person sees it."""

    key: str
    label: Any
    entries: list[MenuEntry]


@dataclass
class Shell:
    """The frame of a page shows these things."""

    actor: Actor
    menu: tuple[MenuGroup, ...]
    here: str

    @cached_property
    def tools(self) -> list[MenuEntry]:
        return [tool for tool in sorted(TOOLS, key=lambda tool: tool.order) if tool.is_for(self.actor)]

    @property
    def roles(self) -> list[tuple[str, str]]:
        return [(code, role_label(code)) for code in sorted(self.actor.roles)]

    @property
    def role(self) -> str:
        return role_label(self.actor.active_role) if self.actor.active_role else ""

    @property
    def menu_drawn(self) -> Markup:
        """The menu as it looks on this page; it is cached, for it is the same on every page of one kind."""
        return cached_part("parts/menu.html", (self.actor.permissions, self.actor.active_role, self._at), frame=self)

    @property
    def tools_drawn(self) -> Markup:
        return cached_part("parts/tools.html", self.actor.permissions, frame=self)

    @cached_property
    def _at(self) -> str:
        """The entry whose address is nearest to this page: a single report rather than all of them."""
        begun = {entry.href: entry.href.split("list/")[0] for group in self.menu for entry in group.entries}
        near = [address for address, start in begun.items() if self.here.startswith(start) and (start != "/")]
        return "/" if self.here == "/" else max(near, key=lambda address: len(begun[address]), default="")

    def is_on(self, entry: MenuEntry) -> bool:
        return entry.href == self._at


def section_of(model: type[Any]) -> str | None:
    """Return the key of the section that a list stands in. It is its view's, its area's, or that of what it refers to.

    returns  the first of all where nothing else is left; None for a list without an entry
    errors   LookupError when the view says a section that there is none of
    """
    view = VIEWS[model]
    said: str | None = view.menu_section
    if said is None or said in SECTIONS:
        return said
    if said:
        raise LookupError(f"{view.__name__}: there is no section {said} in the menu")
    area = view.__module__.removeprefix("app.views.").partition(".")[0]
    if area in SECTIONS:
        return area
    targets = [described.target for described in fields_of(model).values() if described.target in VIEWS]
    near = (section_of(target) for target in targets if target not in (None, model, AppUser))
    labelled = sorted((section for section in SECTIONS.values() if section.label), key=lambda section: section.order)
    return next(filter(None, near), labelled[0].key)


def _entries_of(section: MenuSection) -> list[MenuEntry]:
    """Return lists of models and other pages, in their order."""
    found = [
        MenuEntry(
            view.title, view.icon, f"{page_of(model)}/list/", ("read", model_name(model)),
            without=frozenset(view.menu_without), order=view.menu_order,
        )
        for model, view in VIEWS.items()
        if section_of(model) == section.key
    ]  # fmt: skip
    found += [entry for key, entry in PAGES if key == section.key]
    return sorted(found, key=lambda entry: entry.order)


def menu_of(actor: Actor) -> tuple[MenuGroup, ...]:
    """Return sections of the active role, in its order, with the entries this person may open; no entry twice."""
    return _menu_for(Actor(0, "", frozenset(), actor.permissions, actor.active_role))


@cached_per_process()
def _menu_for(actor: Actor) -> tuple[MenuGroup, ...]:
    """Return the menu, which is the same for everybody with these rights."""
    found = []
    for section in sorted(SECTIONS.values(), key=lambda section: _place(section, actor.active_role)):
        if actor.active_role in R.__members__ and actor.active_role not in section.roles:
            continue
        entries = [entry for entry in _entries_of(section) if entry.is_for(actor)]
        if entries:
            found.append(MenuGroup(section.key, section.label, entries))
    return tuple(found)


def _place(section: MenuSection, role: str) -> tuple[int, int, int]:
    """Return the place of a section among the others: the desk, what the role works with most, everything else."""
    return (1 if section.label else 0, section.first_for.get(role, len(SECTIONS)), section.order)


def shell() -> Shell | None:
    """Return the frame for the person who is signed in; None for nobody, or where reading the person failed."""
    actor = g.get("actor")
    return Shell(actor, menu_of(actor), request.path) if actor is not None else None


def cached_part(template: str, key: Any = None, **values: Any) -> Markup:
    """Return a part of a page, drawn once for each language, set of files and key: it holds no figure and no token."""
    whole = (template, key, catalogue(), asset(""))
    return _parts.get(whole, lambda: Markup(render_template(template, **values)))  # noqa: S704 - our own template


def install(app: Flask) -> None:
    app.jinja_env.globals.update(shell=shell, cached_part=cached_part)
