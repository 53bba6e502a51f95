"""The kinds of import: one file per domain, its columns and its rules; importing this package registers them."""

from app.core.discovery import import_areas

import_areas(__name__)
