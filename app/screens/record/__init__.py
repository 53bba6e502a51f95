"""The page of one record shows its fields, tabs, history, timeline and files."""
