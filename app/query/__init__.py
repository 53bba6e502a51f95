"""The engine of lists reads rows by order, cursor and filters, alike for page, REST, export and desk."""
