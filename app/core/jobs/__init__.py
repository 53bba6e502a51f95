"""Long work outside a request: queued as rows of the database, run by a thread of the server or by a worker."""
