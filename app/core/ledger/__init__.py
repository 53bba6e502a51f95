"""Ledgers: entries that are only ever added, balances kept with them, and the checks of `crm verify`."""
