"""The files of a layer are found by their place: every module of every area folder is loaded."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def import_areas(package: ModuleType | str, *, besides: tuple[str, ...] = ()) -> list[ModuleType]:
    """Import every module below the folders of a package, in the order of their names, and return them.

    besides  names of folders or files directly in the package that are left out, because they are parts of an engine
    """
    root = import_module(package) if isinstance(package, str) else package
    found: list[ModuleType] = []
    for entry in sorted(iter_modules(root.__path__), key=lambda entry: entry.name):
        if entry.name in besides:
            continue
        module = import_module(f"{root.__name__}.{entry.name}")
        found.append(module)
        if entry.ispkg:
            found += import_areas(module)
    return found
