"""单据 Documents share how they are written, approved, confirmed, and derived from one another."""

from app.workflows.document.approval import approval
from app.workflows.document.confirmation import confirmation
from app.workflows.document.derivation import Derivation, derives
from app.workflows.document.entry import DocumentEntry

__all__ = ["Derivation", "DocumentEntry", "approval", "confirmation", "derives"]
