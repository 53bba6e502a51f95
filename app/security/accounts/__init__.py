"""Accounts of people: passwords, attempts to sign in, sessions and devices."""
