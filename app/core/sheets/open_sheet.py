"""A file to import is an Excel workbook or comma-separated text; name and content tell which."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.files import child_process
from app.core.files.archive import LARGEST
from app.core.files.child_process import bad_file
from app.core.sheets.csv_file import read_csv
from app.core.sheets.workbook import Sheet, sheet_told
from app.core.sheets.xlsx import read_workbook

_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # what such files begin with


def open_sheet(content: bytes, file_name: str) -> Sheet:
    """Return the sheet to import from. The file is opened in a process of its own.

    errors  Refused "bad_file": of another kind, not what its name says, larger than the limits, or whatever its reader
            cannot take; Unavailable
    """
    require_sheet(content, file_name)
    task = read_csv if _is_csv(file_name) else read_workbook
    return sheet_told(child_process.opened(task, content))


def _is_csv(file_name: str) -> bool:
    return file_name.lower().endswith(".csv")


def require_sheet(content: bytes, file_name: str) -> None:
    """Refuse a file that can be seen to be none without opening it.

    errors  Refused "bad_file": of another kind, not what its name says, or too large
    """
    name, is_csv = file_name[-80:], _is_csv(file_name)
    if not is_csv and not file_name.lower().endswith(".xlsx"):
        raise bad_file(_l("Only Excel workbooks (.xlsx) and CSV files can be imported: %(name)s", name=name))
    if len(content) > LARGEST:
        raise bad_file(_l("The file is larger than 20 MB."))
    if content.startswith(_OLD_WORKBOOK):
        text = _l("%(name)s is an old or a locked Excel workbook. Save it as .xlsx without a password.", name=name)
        raise bad_file(text)
    if is_csv:
        if content.startswith(_WORKBOOK):
            raise bad_file(_l("%(name)s is an Excel workbook, not a CSV file. Let its name end in .xlsx.", name=name))
    elif content and not content.startswith(_WORKBOOK) and b"\0" not in content[:4096]:
        text = _l("%(name)s is no Excel workbook. If it is a CSV file, let its name end in .csv.", name=name)
        raise bad_file(text)
