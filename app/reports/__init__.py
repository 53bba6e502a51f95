"""All reports; importing this package registers them."""

from app.reports import receivable, stock

__all__ = ["receivable", "stock"]
