"""Lists of records have filters, columns, saved views, steps with many rows, and an export."""
