"""A table per area says for each model who sees, changes and keeps it. spec.md §1; manual 6.5, 10.10, 11.6.

A model without a line is visible to nobody. Lines of documents follow their document.
"""

from app.core.discovery import import_areas

import_areas(__name__)
