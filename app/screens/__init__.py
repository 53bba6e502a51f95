"""The engine of pages: frame, list, form, record, desk. It knows no domain; `views/` declares what it shows."""
