"""All reports and reads of domains; importing this package registers them."""

from app.core.discovery import import_areas

import_areas(__name__)
