"""Every layer builds on this one: database, records, steps, ledgers, search, files, jobs. It knows no business word."""
