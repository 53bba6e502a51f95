"""Files of a record: looked at in the page, in small, and sent one by one; nothing in them runs. quality.md R13."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageFile

from app.core.db.base import db
from app.core.files.files import PREVIEWED, Attachment
from app.core.files.pictures import THUMBNAIL
from app.core.files.previews import readable_text, thumbnail
from tests.support.pages import Browser

PDF = b"%PDF-1.4 contract"


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, **options)
    return made.getvalue()


@pytest.fixture
def key(office: Any) -> int:
    found: int = office.customer("lin").id
    return found


class Files:
    """The files of one customer, as one person handles them."""

    def __init__(self, browser: Browser, key: int) -> None:
        self.browser = browser
        self.key = key
        self.page = f"/customer/tab/{key}/files"

    def send(self, name: str, content: bytes, token: str | None = None) -> Any:
        tokens = dict(self.browser.open(self.page).form(f"/attachment/add/customer/{self.key}"))
        body = {**tokens, "file": (io.BytesIO(content), name)}
        if token:
            body["form_token"] = token
        return self.browser.client.post(f"/attachment/send/customer/{self.key}", data=body)

    def put(self, name: str, content: bytes) -> int:
        answer = self.send(name, content)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return int(re.findall(r"/attachment/get/(\d+)", self.browser.open(self.page).text)[0])

    def get(self, path: str) -> Any:
        return self.browser.client.get(path)


@pytest.fixture
def files(at: Any, key: int) -> Files:
    return Files(at("lin"), key)


@pytest.mark.parametrize(
    ("name", "content", "served"),
    [
        ("图.png", picture(), "image/png"), ("图.jpg", picture("JPEG"), "image/jpeg"),
        ("合同.pdf", PDF, "application/pdf"), ("说明.txt", "你好".encode("gb18030"), "text/plain; charset=utf-8"),
    ],
)  # fmt: skip
def test_what_may_be_looked_at_is_served_inert(files: Files, name: str, content: bytes, served: str) -> None:
    """In the page and as nothing but itself: no script, no sniffing, in no frame but ours."""
    answer = files.get(f"/attachment/view/{files.put(name, content)}")
    assert answer.status_code == 200
    assert answer.content_type == served
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'self'" not in policy
    assert "unsafe-eval" not in policy
    assert ("sandbox" in policy) is (served != "application/pdf"), "browsers show no sandboxed PDF"
    assert "no-store" in answer.headers["Cache-Control"]
    if name.endswith("txt"):
        assert answer.get_data(as_text=True) == "你好"


@pytest.mark.parametrize("name", ["表.xlsx", "包.zip"])
def test_everything_else_is_a_download_whatever_is_asked_for(files: Files, name: str) -> None:
    key = files.put(name, b"PK\x03\x04 <script>alert(1)</script>")
    answer = files.get(f"/attachment/view/{key}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "data-preview" not in files.browser.open(files.page).text
    assert files.get(f"/attachment/thumb/{key}").status_code == 404


def test_no_type_that_can_hold_a_script_is_ever_shown() -> None:
    assert not [kind for kind in PREVIEWED if "html" in kind or "svg" in kind or "xml" in kind or "script" in kind]


def test_a_picture_in_small_is_made_anew_and_without_its_origin(files: Files) -> None:
    """EXIF, where the camera writes the place, is not in what is shown to many."""
    exif = Image.Exif()
    exif[0x010E] = "GPS 39.9"
    key = files.put("门头.jpg", picture("JPEG", (4000, 1000), exif=exif))
    for _again in range(2):  # made once, then kept
        answer = files.get(f"/attachment/thumb/{key}")
        assert (answer.status_code, answer.content_type) == (200, "image/webp")
        with Image.open(io.BytesIO(answer.data)) as small:
            assert max(small.size) <= max(THUMBNAIL)
            assert not small.getexif()
        assert b"GPS" not in answer.data


def test_the_picture_itself_is_kept_and_served_without_its_origin(files: Files) -> None:
    """Row and file are of the picture made anew; an older one that was kept as it came can still be looked at."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[29] = "GPS 39.9"
    came = picture("JPEG", exif=exif)
    key = files.put("门头.jpg", came)
    row = db.session.get_one(Attachment, key)
    kept, size, digest = row.stored_name, row.size, row.sha256
    db.session.remove()
    for way in ("get", "view"):
        served = files.get(f"/attachment/{way}/{key}").data
        assert (len(served), hashlib.sha256(served).hexdigest()) == (size, digest)
        assert b"GPS" in came
        assert b"GPS" not in served
        with Image.open(io.BytesIO(served)) as shown:
            assert (shown.size, dict(shown.getexif())) == ((300, 600), {})
    files.browser.client.application.extensions["storage"].write(kept, came)
    assert files.get(f"/attachment/view/{key}").data == came
    assert files.get(f"/attachment/thumb/{key}").status_code == 200


def test_a_spoiled_picture_is_refused_with_the_reason(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with it all that came in the same form; after a document was printed, too."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as libraries that draw pages set it
    answer = files.send("门头.jpg", picture("JPEG")[:900])
    assert answer.status_code == 422
    assert "门头.jpg" in answer.get_json()["message"]
    add = f"/attachment/add/customer/{files.key}"
    named = [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(b"GIF89a"), "b.gif")]
    tokens = dict(files.browser.open(files.page).form(add))
    assert files.browser.client.post(add, data={**tokens, "file": named}).status_code == 422
    assert "/attachment/get/" not in files.browser.open(files.page).text


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that says it is enormous."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content", [bomb(), bomb(9_000), b"\x89PNG\r\n\x1a\nnothing", b"RIFF....AVI "])
def test_a_picture_that_is_none_or_far_too_large_has_no_small_one(content: bytes) -> None:
    assert thumbnail(content) is None


def test_texts_are_read_in_either_encoding() -> None:
    assert readable_text("\ufeff编号,名称".encode()) == "编号,名称"
    assert readable_text("编号,名称".encode("gb18030")) == "编号,名称"


def test_a_preview_is_only_for_who_sees_the_record(at: Any, files: Files) -> None:
    """spec.md §1: as the file itself."""
    key = files.put("图.png", picture())
    stranger = at("zhou")
    for kind in ("get", "view", "thumb"):
        assert stranger.open(f"/attachment/{kind}/{key}").status == 404, kind
    tokens = [("csrf_token", stranger.open("/password").typed("csrf_token")), ("form_token", "1" * 32)]
    assert stranger.send(f"/attachment/send/customer/{files.key}", tokens).status == 404
    assert at("manager").client.get(f"/attachment/view/{key}").status_code == 200


def test_names_are_shown_as_they_are_and_never_as_markup(files: Files) -> None:
    files.put("<img src=x onerror=alert(1)>.png", picture())
    page = files.browser.open(files.page).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_a_sent_file_is_refused_with_the_reason_and_kept_once(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's script gets a sentence for each file; a file sent twice by a bad line is there once."""
    for module in ("app.core.files.files", "app.screens.record.attachment"):
        monkeypatch.setattr(f"{module}.LARGEST", 2000)
    for name, content in (("a.exe", b"MZ"), ("a.pdf", b"MZ"), ("a.pdf", b"%PDF-" + b"0" * 2000)):
        answer = files.send(name, content)
        assert answer.status_code == 422
        assert name in answer.get_json()["message"]
    for _twice in range(2):
        assert files.send("合同.pdf", PDF, token="0" * 32).status_code == 200
    assert len(set(re.findall(r"/attachment/get/(\d+)", files.browser.open(files.page).text))) == 1


def test_several_files_come_with_one_form(files: Files) -> None:
    """Without scripts, too: all of them or none."""
    add = f"/attachment/add/customer/{files.key}"

    def several(*named: tuple[str, bytes]) -> Any:
        tokens = dict(files.browser.open(files.page).form(add))
        return files.browser.client.post(add, data={**tokens, "file": [(io.BytesIO(c), n) for n, c in named]})

    assert several(("一.pdf", PDF), ("二.exe", b"MZ")).status_code == 422
    assert "/attachment/get/" not in files.browser.open(files.page).text
    answer = several(("一.pdf", PDF), ("二.png", picture()))
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/customer/show/{files.key}#files")
    assert len(set(re.findall(r"/attachment/get/(\d+)", files.browser.open(files.page).text))) == 2
