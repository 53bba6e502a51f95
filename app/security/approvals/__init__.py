"""An approval rule is found for a document, and it says who decides."""
