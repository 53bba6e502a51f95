"""This package knows what a record is: its fields, entry, number, freeze, audit and recycle bin."""
