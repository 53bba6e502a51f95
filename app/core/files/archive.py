"""A zip file that a stranger sent is looked into without harm. quality.md R12.

Every part is inflated here first, by our own count: what the directory of the file says about sizes is not believed.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Refused

LARGEST = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
HIGHEST_RATIO = 100
RATIO_COUNTS_FROM = 1024 * 1024  # A small part may be compressed to any degree.
MOST_PARTS = 1000
CHUNK = 64 * 1024
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


def bad_file(text: Any) -> Refused:
    return Refused("bad_file", text, field="file")


def _not_readable() -> Refused:
    return bad_file(_l("The file is damaged or is not an Excel workbook (.xlsx)."))


def _too_large() -> Refused:
    return bad_file(_l("Unpacked, the file is far too large."))


class Archive:
    """The parts of a zip file, each read in small pieces and never beyond the limits.

    errors  Refused "bad_file" when it is no zip file, too large, encrypted, or holds a name twice
    """

    def __init__(self, content: bytes) -> None:
        if len(content) > LARGEST:
            raise bad_file(_l("The file is larger than 20 MB."))
        self.content = content
        self.unpacked = 0
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                parts = file.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
            raise _not_readable() from error
        self.parts = {part.filename: part for part in parts}
        if len(parts) > MOST_PARTS or len(self.parts) < len(parts):
            raise _not_readable()
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _too_large()

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the real content of one part, inflated piece by piece."""
        part = self.parts[name]
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _not_readable()
        size = 0
        try:
            for chunk in self._inflated(part):
                size += len(chunk)
                self._require_bounded(size, len(chunk), part)
                yield chunk
        except (zlib.error, struct.error) as error:
            raise _not_readable() from error
        if size != part.file_size:
            raise _not_readable()

    def _require_bounded(self, size: int, more: int, part: zipfile.ZipInfo) -> None:
        self.unpacked += more
        if self.unpacked > LARGEST_UNPACKED:
            raise _too_large()
        if size > RATIO_COUNTS_FROM and size > HIGHEST_RATIO * max(part.compress_size, 1):
            raise _too_large()

    def _inflated(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        raw = self._raw(part)
        if part.compress_type == zipfile.ZIP_STORED:
            for at in range(0, len(raw), CHUNK):
                yield bytes(raw[at : at + CHUNK])
            return
        inflater = zlib.decompressobj(-15)
        pending: bytes | memoryview = raw
        while not inflater.eof:
            chunk = inflater.decompress(pending, CHUNK)
            if not chunk and not inflater.unconsumed_tail:
                break
            pending = inflater.unconsumed_tail
            if chunk:
                yield chunk

    def _raw(self, part: zipfile.ZipInfo) -> memoryview:
        """Return the compressed bytes of a part, found in the file as any reader finds them."""
        header = _LOCAL_HEADER.unpack_from(self.content, part.header_offset)
        if header[0] != b"PK\x03\x04":
            raise _not_readable()
        begin = part.header_offset + _LOCAL_HEADER.size + header[-2] + header[-1]
        raw = memoryview(self.content)[begin : begin + part.compress_size]
        if len(raw) < part.compress_size:
            raise _not_readable()
        return raw
