"""Which approval rule is about a document, and who decides on it by that rule."""
