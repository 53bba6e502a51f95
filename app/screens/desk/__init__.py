"""The desk: what waits, figures and charts, collected from what each area declares."""
