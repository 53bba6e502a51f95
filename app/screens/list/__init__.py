"""Lists of records: filters, columns, saved views, steps with many rows, export."""
