"""Workbooks and CSV files are read row by row, and their columns are described."""
