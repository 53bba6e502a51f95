"""The demo firm: each area declares what it has of it."""
