"""Pictures that strangers send are opened within a bound of memory and made anew before they are kept.

This is done in a process of its own (`child_process.py`), so this module imports little of the application.
What a camera or a program writes beside the picture (place, time, serial numbers, comments, a picture in small) and
what somebody hung on behind it is not copied, so it is gone. quality.md R13.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from PIL import Image, ImageCms
from PIL.ExifTags import Base
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l

MOST_WHOLE = 40_000_000  # pixels of a picture that is unpacked as it is; four bytes each
ROOM = 4 * MOST_WHOLE  # bytes that a picture may take in all while it is worked on
WEBP_PIXEL = 26  # bytes a pixel takes in libwebp, which holds pictures several times over
LARGEST_PROFILE = 4 * 1024 * 1024
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_FAULTS = (
    OSError, ValueError, SyntaxError, TypeError, NameError, LookupError, ArithmeticError, struct.error, zlib.error,
)  # fmt: skip
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
THUMBNAIL = (96, 96)  # pixels, twice the size shown, for sharp screens


class UnreadablePicture(Exception):
    """This error says that a picture cannot be opened, or that there is no memory for it."""

    def __init__(self, *, is_too_large: bool = False) -> None:
        super().__init__()
        self.is_too_large = is_too_large


@contextmanager
def _faults_told() -> Iterator[None]:
    """Tell one fault from the many that a library has.

    errors  UnreadablePicture, for whatever a spoiled picture may raise
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes, which `require_room` judges, and of odd metadata.
            yield
    except Image.DecompressionBombError as error:
        raise UnreadablePicture(is_too_large=True) from error
    except _FAULTS as error:
        raise UnreadablePicture from error


@contextmanager
def opened_picture(content: bytes, form: str | None = None) -> Iterator[Any]:
    """Yield the picture before anything of it is unpacked.

    form    what it must be: PNG, JPEG, GIF or WEBP; by default any of them
    errors  UnreadablePicture, for whatever goes wrong within the block too
    """
    with _faults_told(), Image.open(io.BytesIO(content), formats=(form,) if form else FORMATS) as picture:
        yield picture


def require_room(picture: Any, content: bytes, *, scale: int = 1, copies: int = 1) -> None:
    """Refuse a picture whose unpacking would take too much memory.

    scale   by which a JPEG's sides are divided
    errors  UnreadablePicture
    """
    pixels = picture.width * picture.height
    bytes_each: float = 4 * copies
    if isinstance(picture, JpegImageFile):
        bytes_each = bytes_each / scale**2 + _held_beside(content)
    elif picture.format == "WEBP":
        bytes_each = WEBP_PIXEL
    if pixels * bytes_each > ROOM:
        raise UnreadablePicture(is_too_large=True)


def upright(picture: Any) -> Any:
    """Return the picture turned upright, however the camera was held."""
    turn = _TURNS.get(_orientation(picture))
    return picture if turn is None else picture.transpose(turn)


def clean_picture(content: bytes, out: BinaryIO, form: str, name: str) -> None:
    """Write the picture anew: upright, in sRGB, without metadata, in the quality in which it came; a task.

    A JPEG there is no room for is kept at a half, quarter or eighth of its sides.
    errors  BadFile when it cannot be opened, is far too large, or moves
    """
    try:
        with _faults_told():
            bare, options = _unpacked(content, form, name)
            out.write(_written(bare, form, options))
    except UnreadablePicture as fault:
        if fault.is_too_large:
            text = _l("The picture %(name)s has too many pixels. Make it smaller, or save it as JPEG.")
        else:
            text = _l("The picture %(name)s is damaged and cannot be opened.")
        raise BadFile(text, name=name) from fault


def draw_thumbnail(content: bytes, out: BinaryIO) -> None:
    """Write a small WebP of a picture, upright and without metadata, and nothing when it cannot be opened; a task."""
    try:
        with opened_picture(content) as picture:
            require_room(picture, content, scale=8)  # A strip may be so narrow that it is no larger.
            picture.draft("RGB", THUMBNAIL)
            small = picture.convert("RGBA") if picture.mode == "P" else picture
            small.thumbnail(THUMBNAIL)  # This comes first, because every further step would copy the whole picture.
            made = io.BytesIO()
            upright(small).convert("RGBA").save(made, "WEBP", quality=80)
            out.write(made.getvalue())
    except UnreadablePicture:
        return


def _unpacked(content: bytes, form: str, name: str) -> tuple[Any, dict[str, Any]]:
    """Return the picture with nothing beside it, and how it is to be written."""
    with opened_picture(content, form) as picture:
        if form != "JPEG" and getattr(picture, "is_animated", False):  # The first picture of a JPEG is the whole.
            raise BadFile(_l("Moving pictures are not taken: %(name)s"), name=name)
        _prepare(picture, content)
        options = _writing(picture, content, form)
        picture.load()
        shown = picture.info.get("transparency")
        bare = upright(_in_srgb(picture))
        if form == "WEBP" and bare is picture:
            bare = picture.copy()  # The opened picture holds as much again as the writing needs, so it is released now.
        bare.info = {} if shown is None or bare.mode == "RGBA" else {"transparency": shown}
        return bare, options


def _written(bare: Any, form: str, options: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    try:
        bare.save(made, form, **options)
    except ValueError:  # No encoder takes its tables.
        made = io.BytesIO()
        bare.save(made, form, quality=90)
    return made.getvalue()


def _prepare(picture: Any, content: bytes) -> None:
    """Have a JPEG unpacked only as finely as there is room for."""
    copies = 2 if _orientation(picture) in _TURNS or picture.mode == "CMYK" else 1
    if not isinstance(picture, JpegImageFile):
        require_room(picture, content, copies=copies)
        return
    for scale in (1, 2, 4, 8):
        try:
            require_room(picture, content, scale=scale, copies=copies)
        except UnreadablePicture:
            if scale == 8:
                raise
        else:
            picture.draft(None, (picture.width // scale, picture.height // scale))
            return


def _writing(picture: Any, content: bytes, form: str) -> dict[str, Any]:
    """Return the options of writing that keep the quality; a JPEG keeps its tables and so loses next to nothing."""
    if form == "JPEG":
        return {"qtables": picture.quantization, "subsampling": max(get_sampling(picture), 0)}
    if form == "WEBP":
        return {"lossless": True, "method": 0} if _is_lossless(content) else {"quality": 90}
    return {}


def _in_srgb(picture: Any) -> Any:
    """Return the picture in sRGB, so that no colour profile need be kept; CMYK becomes RGB."""
    profile = picture.info.get("icc_profile")
    if profile and len(profile) <= LARGEST_PROFILE and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            own, common = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            if picture.mode == "CMYK":
                return ImageCms.profileToProfile(picture, own, common, outputMode="RGB")
            ImageCms.profileToProfile(picture, own, common, inPlace=True)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # A profile that cannot be read says nothing about colours.
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _orientation(picture: Any) -> int:
    try:
        found = picture.getexif().get(Base.Orientation, 1)
    except _FAULTS:
        return 1
    return found if isinstance(found, int) else 1


def _held_beside(content: bytes) -> float:
    """Return the further bytes a pixel that libjpeg holds for a progressive picture or one that comes colour by colour.

    Read from the file, for the library tells only after it has begun.
    """
    at, colours, factors = 2, 0, [0x11]
    while at + 10 < len(content) and content[at] == 0xFF:
        kind = content[at + 1]
        if kind == 0xFF:  # a gap
            at += 1
            continue
        if kind in range(0xC0, 0xD0) and kind not in (0xC4, 0xC8, 0xCC):
            colours = content[at + 9]
            factors = list(content[at + 11 : at + 11 + 3 * colours : 3]) or factors
            if kind not in (0xC0, 0xC1):
                break
        if kind == 0xDA and content[at + 4] >= colours:
            return 0.0
        if kind == 0xDA:
            break
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    across, down = max(f >> 4 for f in factors) or 1, max(f & 15 for f in factors) or 1
    return 2.0 * sum((f >> 4) * (f & 15) for f in factors) / (across * down)


def _is_lossless(content: bytes) -> bool:
    """Return whether a WebP holds its picture without loss."""
    at = 12
    while at + 8 <= len(content):
        if content[at : at + 4] in (b"VP8L", b"VP8 "):
            return content[at : at + 4] == b"VP8L"
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return False
