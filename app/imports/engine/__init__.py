"""The engine of imports checks a sheet, writes its rows in batches, and takes them back."""
