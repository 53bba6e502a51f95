"""Pages of documents are the form with its grid of lines, the record page, and the dialogs of its steps."""
