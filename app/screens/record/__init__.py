"""The page of one record: its fields, tabs, history, timeline and files."""
