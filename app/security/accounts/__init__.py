"""Accounts of people have passwords, attempts to sign in, sessions and devices."""
