"""A zip file that a stranger sent is looked into without harm. quality.md R12.

Every part is inflated here first, by our own count: what the directory of the file says about sizes is not believed.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l

LARGEST = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
HIGHEST_RATIO = 100
RATIO_COUNTS_FROM = 1024 * 1024  # A small part may be compressed to any degree.
MOST_PARTS = 1000
CHUNK = 64 * 1024
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def _not_readable() -> BadFile:
    return BadFile(_l("The file is damaged or is not an Excel workbook (.xlsx)."))


def _too_large() -> BadFile:
    return BadFile(_l("Unpacked, the file is far too large."))


class Archive:
    """The parts of a zip file, each read in small pieces and never beyond the limits.

    Readers of workbooks take names without regard to case and to the way a slash leans, so parts have theirs in small
    letters here, and two that differ in nothing else are refused.

    errors  BadFile when it is no zip file, too large, encrypted, or holds a name twice
    """

    def __init__(self, content: bytes) -> None:
        if len(content) > LARGEST:
            raise BadFile(_l("The file is larger than 20 MB."))
        self.content = content
        self.unpacked = 0
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                parts = file.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
            raise _not_readable() from error
        self.parts = {part.filename.replace("\\", "/").lower(): part for part in parts}
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

    def only(self, names: Mapping[str, str], more: Mapping[str, bytes]) -> bytes:
        """Return a zip file of these parts, packed as they are here, and of these besides, and of nothing else.

        Whoever reads it finds what was examined, whatever else the file said or held.

        names  what a part is called there → what it is called here
        """
        made, directory, count = bytearray(), bytearray(), 0
        for name, part, raw in self._chosen(names, more):
            packed = (20, 0, part.compress_type, 0, 33, part.CRC, len(raw), part.file_size, len(name), 0)
            begin = len(made)
            made += _LOCAL_HEADER.pack(b"PK\x03\x04", *packed) + name + raw
            directory += _ENTRY.pack(b"PK\x01\x02", 20, *packed, 0, 0, 0, 0, begin) + name
            count += 1
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(made), 0)
        return bytes(made + directory + end)

    def _chosen(
        self, names: Mapping[str, str], more: Mapping[str, bytes]
    ) -> Iterator[tuple[bytes, zipfile.ZipInfo, memoryview]]:
        for name, here in names.items():
            yield name.encode(), self.parts[here], self._raw(self.parts[here])
        for name, content in more.items():
            part = zipfile.ZipInfo(name)
            part.CRC, part.file_size = zlib.crc32(content), len(content)
            yield name.encode(), part, memoryview(content)

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
