"""Documents are printed here; importing this package registers what each domain declares about its papers."""

from app.core.discovery import import_areas

import_areas(__name__)
