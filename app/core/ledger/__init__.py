"""Ledgers hold entries that are only ever added, and balances with them; `crm verify` checks both."""
