"""What every layer builds on: database, records, steps, ledgers, search, files, jobs. It knows no business word."""
