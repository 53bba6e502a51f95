"""Workflows are tables of steps, the only code that sets a state; diagrams are drawn from them."""
