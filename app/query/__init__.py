"""The engine of lists: rows, order, mark and filters, the same for page, REST, export and desk."""
