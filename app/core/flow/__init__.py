"""Workflows: a table of steps for each document, the only code that sets a state; and its diagram."""
