"""The desk shows what waits, figures and charts, collected from what each area declares."""
