"""Workbooks and CSV files: read row by row, and the columns of a sheet."""
