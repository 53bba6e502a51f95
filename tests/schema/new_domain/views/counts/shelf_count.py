"""清点 The pages of counts and leaflets."""

from __future__ import annotations

from app.models.counts.shelf_count import Leaflet, ShelfCount

from app.screens.document.document_view import DocumentView


class ShelfCountView(DocumentView):
    """清点单."""

    model, icon, asks = ShelfCount, "package", ("warehouse",)


class LeafletView(DocumentView):
    """推荐单."""

    model, icon = Leaflet, "file-text"
