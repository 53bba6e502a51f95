"""The database layer holds the engine, exact column types, the one place that commits, and bulk loading."""
