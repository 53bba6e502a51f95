"""Each kind of field is one class. Every file of this folder is loaded, so a new kind is found by its place."""

from __future__ import annotations

from app.core.discovery import import_areas

import_areas(__name__)
