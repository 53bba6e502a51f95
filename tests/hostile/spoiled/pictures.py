"""Pictures that are cut off, changed, or say that they are of another size than they are."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

FORMS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}
HUGE = ((60_000, 60_000), (2**31 - 1, 1), (1, 2**31 - 1), (0, 0), (65_535, 65_535))


def good(ending: str, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    made = io.BytesIO()
    picture = Image.effect_noise(size, 80).convert("P" if ending == "gif" else "RGB")
    picture.save(made, FORMS[ending], **options)
    return made.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(size: tuple[int, int], *more: bytes, pixels: bytes = b"", form: tuple[int, ...] = (8, 2, 0, 0, 0)) -> bytes:
    head = struct.pack(">IIBBBBB", *size, *form)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def every() -> Iterator[tuple[str, bytes]]:
    yield from spoiled()
    yield from sized()
    yield from _png()
    yield from _others()


def spoiled() -> Iterator[tuple[str, bytes]]:
    draw = random.Random(3)
    for ending in FORMS:
        whole = good(ending)
        for part in (1, 2, 4, 8):
            yield f"cut {part}.{ending}", whole[: max(12, len(whole) * part // 10)]
        for number in range(6):
            changed = bytearray(whole)
            for _spot in range(draw.choice((1, 2, 8, 40))):
                changed[draw.randrange(12, len(changed))] = draw.randrange(256)
            yield f"changed {number}.{ending}", bytes(changed)
        yield f"no picture.{ending}", whole[:12] + draw.randbytes(2000)


def sized() -> Iterator[tuple[str, bytes]]:
    """The size is said in a few bytes, and memory is taken for it before the first pixel comes."""
    for width, height in HUGE:
        yield f"{width} by {height}.png", png((width, height), pixels=zlib.compress(b"0" * 99))
        two = struct.pack(">HH", height % 65_536, width % 65_536)
        plain = good("jpg")
        at = plain.index(b"\xff\xc0") + 5
        yield f"{width} by {height}.jpg", plain[:at] + two + plain[at + 4 :]
        plain = good("gif")
        small = struct.pack("<HH", width % 65_536, height % 65_536)
        yield f"{width} by {height}.gif", plain[:6] + small + plain[10:]
        plain = good("webp")
        at = plain.index(b"\x9d\x01\x2a") + 3
        yield (
            f"{width} by {height}.webp",
            plain[:at] + struct.pack("<HH", width % 16_384, height % 16_384) + plain[at + 4 :],
        )


def _png() -> Iterator[tuple[str, bytes]]:
    pixels = zlib.compress(b"\0" * (64 * 3 + 1) * 48)
    bomb = zlib.compress(b"\0" * 300_000_000)
    yield "pixels without end.png", png((64, 48), pixels=bomb)
    yield "a profile without end.png", png((64, 48), chunk(b"iCCP", b"a\0\0" + bomb), pixels=pixels)
    yield "a text without end.png", png((64, 48), chunk(b"zTXt", b"a\0\0" + bomb), pixels=pixels)
    yield "many texts.png", png((64, 48), *(chunk(b"tEXt", b"a\0b") for _n in range(200_000)), pixels=pixels)
    yield "a chunk too long.png", png((64, 48), struct.pack(">I", 2**31 - 1) + b"tEXt", pixels=pixels)
    yield "a wrong sum.png", png((64, 48), chunk(b"gAMA", b"\0" * 4)[:-1] + b"x", pixels=pixels)
    for form in ((16, 6, 0, 0, 1), (1, 3, 0, 0, 0), (7, 2, 0, 0, 0), (8, 9, 9, 9, 9)):
        yield f"of form {form}.png", png((64, 48), pixels=pixels, form=form)
    yield "colours that are not there.png", png((64, 48), pixels=zlib.compress(b"\xff" * 65 * 48), form=(8, 3, 0, 0, 0))
    frames = [Image.new("RGB", (8, 8), (n, 0, 0)) for n in range(200)]
    made = io.BytesIO()
    frames[0].save(made, "PNG", save_all=True, append_images=frames[1:])
    yield "moving.png", made.getvalue()


def _others() -> Iterator[tuple[str, bytes]]:
    frames = [Image.new("P", (64, 64), n % 256) for n in range(300)]
    for ending in ("gif", "webp"):
        made = io.BytesIO()
        frames[0].save(made, FORMS[ending], save_all=True, append_images=frames[1:])
        yield f"moving on.{ending}", made.getvalue()
    turns = Image.Exif()
    turns[0x0112] = 65_535
    yield "an odd turn.jpg", good("jpg", exif=turns)
    yield "a broken exif.jpg", good("jpg", exif=b"Exif\0\0MM\0*" + b"\xff" * 3000)
    yield "a broken profile.jpg", good("jpg", icc_profile=b"\xff" * 60_000)
    yield "finer and finer.jpg", scans(good("jpg", (1200, 1200), progressive=True), 30)
    yield "another kind.jpg", good("png")
    yield "another kind.png", good("gif")


def scans(content: bytes, times: int) -> bytes:
    """A progressive picture whose last scan comes again and again: each of them is a walk through all of it."""
    at = content.rindex(b"\xff\xda")
    return content[:-2] + content[at:-2] * times + content[-2:]
