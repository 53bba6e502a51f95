"""All workflows, entries and checks; importing this package registers them."""

from app.core.discovery import import_areas

import_areas(__name__)
