"""The engine of pages draws frame, list, form, record and desk. It knows no domain; `views/` declares what it shows."""
