"""The database: engine, exact column types, the one place that commits, statements kept compiled, bulk loading."""
