"""A picture is made anew when it is taken in: nothing comes along that is not the picture. quality.md R13."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageCms

from app.core.errors import Refused
from app.core.files.files import received_file
from app.core.files.pictures import MOST_WHOLE, ROOM, UnreadablePicture, opened_picture, require_room

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("opened_here")]

PLACE = "SECRETPLACE"
FORMS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}
RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture(autouse=True)
def _texts(app: Flask) -> Any:
    with app.app_context():
        yield


def halves(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def written(picture: Image.Image, form: str, **options: Any) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)
    return made.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a telephone writes: where it was, what it is, who has it."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010F] = PLACE
    told.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 23.0, 29.0), 29: PLACE})
    return told


def taken(content: bytes, name: str = "a.jpg") -> Image.Image:
    kept = received_file(name, content).content
    found = Image.open(io.BytesIO(kept))
    found.load()
    return found


def refused(content: bytes, name: str = "a.jpg") -> str:
    with pytest.raises(Refused) as caught:
        received_file(name, content)
    assert caught.value.code == "bad_file"
    return caught.value.message


def is_near(found: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(found[:3], colour, strict=True))


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_the_place_a_picture_was_taken_at_is_gone(ending: str) -> None:
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PLACE}</x:xmpmeta>".encode()
    content = written(halves(), FORMS[ending], exif=exif(), xmp=xmp)
    assert content.count(PLACE.encode()) >= 2
    kept = received_file(f"a.{ending}", content).content
    assert PLACE.encode() not in kept
    found = taken(content, f"a.{ending}")
    assert not found.getexif()
    assert not {"exif", "xmp", "XML:com.adobe.xmp", "comment", "icc_profile"} & set(found.info)


def test_comments_and_texts_are_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Comment", PLACE)
    told.add_itxt("XML:com.adobe.xmp", PLACE)
    for name, content in (
        ("a.png", written(halves(), "PNG", pnginfo=told)),
        ("a.gif", written(halves(), "GIF", comment=PLACE.encode())),
        ("a.jpg", written(halves(), "JPEG", comment=PLACE.encode())),
    ):
        assert PLACE.encode() in content, name
        assert PLACE.encode() not in received_file(name, content).content, name


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_it_was_seen(ending: str, orientation: int) -> None:
    """Red is on the left of what the camera's chip saw, whichever way it was held."""
    found = taken(written(halves(), FORMS[ending], exif=exif(orientation)), f"a.{ending}").convert("RGB")
    assert found.size == ((64, 32) if orientation < 5 else (32, 64))
    red = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"}[orientation]
    across, down = found.size
    spots = {"left": (4, down // 2), "right": (across - 5, down // 2), "top": (across // 2, 4)}
    spots["bottom"] = (across // 2, down - 5)
    assert [side for side, spot in spots.items() if is_near(found.getpixel(spot), RED)].count(red) == 1
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[red]
    assert is_near(found.getpixel(spots[opposite]), BLUE)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif"])
def test_what_hangs_behind_a_picture_is_cut_off(ending: str) -> None:
    """The same bytes would be picture and archive at once."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("run.html", "<script>alert(1)</script>")
    content = written(halves(), FORMS[ending]) + packed.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(content))
    kept = received_file(f"a.{ending}", content)
    assert not zipfile.is_zipfile(io.BytesIO(kept.content))
    assert b"<script>" not in kept.content
    assert taken(content, f"a.{ending}").size == (64, 32)


def test_nothing_rides_in_a_profile_of_colours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + PLACE.encode()
    for name in ("a.jpg", "a.png", "a.webp"):
        content = written(halves(), FORMS[name[2:]], icc_profile=profile)
        assert PLACE.encode() in Image.open(io.BytesIO(content)).info["icc_profile"]
        assert "icc_profile" not in taken(content, name).info
        assert PLACE.encode() not in received_file(name, content).content
        assert is_near(taken(content, name).convert("RGB").getpixel((4, 4)), RED)


def test_colours_of_another_profile_become_those_of_every_screen() -> None:
    """Red and blue change places in this one, so that something is to be seen."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {swapped[place : place + 4].decode(): place for place in range(132, 132 + 12 * swapped[131], 12)}
    red, blue = at["rXYZ"], at["bXYZ"]
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    found = taken(written(halves(), "PNG", icc_profile=bytes(swapped)), "a.png")
    assert found.getpixel((4, 4))[2] > 150


@pytest.mark.parametrize(
    "options", [{"quality": 92}, {"quality": 60, "subsampling": 0}, {"quality": 30}, {"progressive": True}]
)
def test_a_jpeg_taken_in_hardly_changes(options: dict[str, Any]) -> None:
    """Written with the tables it came with: neither coarser nor larger, however often it is sent on."""
    rough = Image.frombytes("L", (60, 40), random.Random(1).randbytes(2400)).resize((600, 400)).convert("RGB")
    content = kept = written(rough, "JPEG", **options)
    for _again in range(4):
        kept = received_file("a.jpg", kept).content
    first, last = Image.open(io.BytesIO(content)).tobytes(), Image.open(io.BytesIO(kept)).tobytes()
    assert sum(abs(one - other) for one, other in zip(first, last, strict=True)) / len(first) < 0.5
    assert len(kept) < len(content) * 1.2


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_a_png_keeps_every_dot(mode: str) -> None:
    source = halves().convert("L").convert("I;16") if mode == "I;16" else halves().convert(mode)
    content = written(source, "PNG", **({"transparency": 0} if mode == "P" else {}))
    found, before = taken(content, "a.png"), Image.open(io.BytesIO(content))
    assert found.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()


def test_see_through_pictures_stay_so() -> None:
    clear = Image.new("RGBA", (20, 20), (200, 30, 30, 0))
    for name in ("a.png", "a.webp", "a.gif"):
        for options in ({}, {"lossless": True}) if name == "a.webp" else ({},):
            assert taken(written(clear, FORMS[name[2:]], **options), name).convert("RGBA").getpixel((5, 5))[3] == 0


def test_a_picture_for_print_becomes_one_for_screens() -> None:
    found = taken(written(halves().convert("CMYK"), "JPEG"))
    assert (found.mode, is_near(found.getpixel((4, 4)), RED)) == ("RGB", True)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_a_picture_that_moves_is_refused_in_words(ending: str) -> None:
    others = [Image.new("RGB", (64, 32), (n * 60, 0, 0)) for n in range(3)]
    content = written(halves(), FORMS[ending], save_all=True, append_images=others)
    assert f"a.{ending}" in refused(content, f"a.{ending}")


def test_of_several_pictures_in_a_jpeg_the_first_is_kept() -> None:
    """Telephones put a second one behind it, for depth or for brighter screens."""
    content = written(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 32), (9, 9, 9))])
    found = taken(content)
    assert (found.format, found.size, is_near(found.getpixel((4, 4)), RED)) == ("JPEG", (64, 32), True)


@pytest.mark.parametrize(("ending", "form"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("gif", "GIF")])
def test_a_spoiled_picture_is_refused_in_words_or_made_whole(ending: str, form: str) -> None:
    draw = random.Random(7)
    content = written(halves(), form, **({"exif": exif(6)} if form != "GIF" else {}))
    assert f"a.{ending}" in refused(content[: len(content) // 3], f"a.{ending}")
    for _try in range(150):
        spoiled = bytearray(content)
        for _spot in range(draw.randint(1, 8)):
            spoiled[draw.randrange(12, len(spoiled))] = draw.randrange(256)
        with suppress(Refused):
            Image.open(io.BytesIO(received_file(f"a.{ending}", bytes(spoiled)).content)).load()


@pytest.mark.parametrize("content", [b"RIFF....AVI ", b"\x89PNG\r\n\x1a\nnothing", b"\xff\xd8\xff", b"GIF89a"])
def test_what_only_begins_like_a_picture_is_refused(content: bytes) -> None:
    ending = {b"R": "webp", b"\x89": "png", b"\xff": "jpg", b"G": "gif"}[content[:1]]
    refused(content, f"a.{ending}")


def test_a_picture_of_one_kind_under_the_name_of_another_is_refused() -> None:
    refused(written(halves(), "PNG"), "a.jpg")
    refused(b"RIFF" + written(halves(), "WEBP")[4:8] + b"AVI " + b"\0" * 20, "a.webp")


# Room


def test_a_picture_there_is_no_room_for_is_refused() -> None:
    side = int(MOST_WHOLE**0.5) + 2
    assert "JPEG" in refused(written(Image.new("1", (side, side)), "PNG"), "a.png")
    assert "JPEG" in refused(written(Image.new("L", (3000, 2400)), "WEBP"), "a.webp")


def test_a_large_jpeg_is_kept_smaller() -> None:
    large = written(Image.new("L", (8000, 5200)), "JPEG")
    assert taken(large).size == (4000, 2600)
    turned = written(Image.new("L", (6000, 4000)), "JPEG", exif=exif(6))
    assert taken(turned).size == (2000, 3000), "turning it takes a second copy"


@pytest.mark.parametrize(
    ("options", "beside"), [({}, 0), ({"progressive": True}, 3), ({"progressive": True, "subsampling": 0}, 6)]
)
def test_what_a_jpeg_takes_beside_its_dots_is_counted(options: dict[str, Any], beside: int) -> None:
    """libjpeg holds all of a picture that becomes finer as it comes."""
    content = written(halves((400, 200)), "JPEG", **options)
    with opened_picture(content, "JPEG") as picture:
        picture._size = (1, ROOM // (4 + beside))
        require_room(picture, content)
        picture._size = (1, ROOM // (4 + beside) + 2)
        with pytest.raises(UnreadablePicture) as caught:
            require_room(picture, content)
    assert caught.value.is_too_large


CHILD = """
import sys
from app.core.files.files import received_file
from app.core.files.previews import thumbnail
from pathlib import Path
from tests.support.memory import peak
content = Path(sys.argv[1]).read_bytes()
before = peak()
kept = received_file(sys.argv[1].rpartition("/")[2], content).content
thumbnail(kept), thumbnail(content)
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("a.jpg", (7200, 5400), {}), ("a.jpg", (5000, 3900), {"exif": exif(6)}), ("a.jpg", (12000, 9000), {}),
        ("a.jpg", (6000, 4000), {"progressive": True, "subsampling": 0}), ("a.png", (7200, 5400), {}),
        ("a.webp", (2800, 2100), {"lossless": True, "method": 0}),
    ],
)  # fmt: skip
def test_a_large_picture_takes_no_more_memory_than_there_is_room_for(
    tmp_path: Path, name: str, size: tuple[int, int], options: dict[str, Any]
) -> None:
    file = tmp_path / name
    file.write_bytes(written(Image.new("RGB", size, RED), FORMS[name[2:]], **options))
    here = {**os.environ, "PYTHONPATH": "."}
    told = subprocess.run(
        [sys.executable, "-c", CHILD, str(file)], capture_output=True, text=True, check=True, env=here
    )
    assert int(told.stdout) < ROOM // 1024**2 + 20
