"""placeholder replaced by its owner"""
import sqlalchemy as sa
from flask_appbuilder import Model
from sqlalchemy.orm import Mapped, mapped_column
from app.core.base import Row
class ImportBatch(Row, Model):
    __tablename__ = "import_batch"
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
