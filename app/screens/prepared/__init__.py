"""Files that take long to make are made by jobs, and have a page that tells how far they are."""
