"""What keeps the system running: logs, metrics, readiness, backup and restore. It knows no business word."""
