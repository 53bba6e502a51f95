"""What we are compared with, on the same tables."""
