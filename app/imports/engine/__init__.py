"""The engine of imports: check a sheet, write its rows in batches, take them back."""
