"""Puts the files of the domain into the layers of app/, before anything has looked through them.

It is loaded as a plugin of pytest, `-p tests.schema.new_domain.finder`, because plugins come before every conftest.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
# Package of a layer → folder with what the domain puts into it.
LAYERS = {
    "app.models": "models", "app.security.policies": "policies", "app.workflows": "workflows",
    "app.reports": "reports", "app.views": "views", "app.demo": "demo",
}  # fmt: skip


class AlsoHere:
    """Lets packages of layers hold the files of the domain too, so that they are found by their place alone."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in LAYERS else None
        if spec is not None and spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(HERE / LAYERS[name]))
        return spec


if "app" in sys.modules:
    raise RuntimeError("the layers have been looked through already")
sys.meta_path.insert(0, AlsoHere)
