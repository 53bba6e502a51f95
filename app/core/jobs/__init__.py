"""Long work outside a request is queued as rows of the database and run by a thread of the server or by a worker."""
