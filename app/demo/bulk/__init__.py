"""A large firm for measuring: rows by the million, written in bulk."""
