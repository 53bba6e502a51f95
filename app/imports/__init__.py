"""The kinds of import: one file per domain, its workbook's columns and its rules."""

from app.imports import batch_jobs  # it registers what runs the jobs
from app.imports.customer import CustomerImport
from app.imports.product import ProductImport
from app.imports.stock import OpeningStockImport

__all__ = ["batch_jobs", "CustomerImport", "OpeningStockImport", "ProductImport"]
