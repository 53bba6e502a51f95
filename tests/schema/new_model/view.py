"""维保合同 The pages of maintenance contracts."""

from __future__ import annotations

from app.screens.record.record_view import RecordView
from tests.schema.new_model.model import Maintenance


class MaintenanceView(RecordView):
    """维保合同."""

    model = Maintenance
    icon = "tool"
