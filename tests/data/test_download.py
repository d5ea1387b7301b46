"""Downloads: whole and accepted, or not there; every way in which a mirror fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from glassnet.data import download as module
from glassnet.data.download import download
from glassnet.errors import DataError, DownloadError, StorageError

LIMIT = 100_000


def whole(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(b"good"):
        raise DataError(f"{path} is not good.")
    return content


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mnist" / "file.gz"


def nothing_left(target: Path) -> bool:
    return not list(target.parent.iterdir())


def test_a_file_arrives_and_progress_is_told(new_mirror: Callable, target: Path) -> None:
    mirror = new_mirror()
    mirror.serve("/file.gz", b"good" * 20_000)
    told: list[tuple[str, int, int | None]] = []
    got = download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT, progress=lambda *call: told.append(call))
    assert got == b"good" * 20_000 == target.read_bytes()
    assert [entry.name for entry in target.parent.iterdir()] == ["file.gz"]
    assert told[-1] == ("file.gz", 80_000, 80_000)
    assert [received for _, received, _ in told] == sorted({received for _, received, _ in told})


def test_a_server_that_announces_no_size(new_mirror: Callable, target: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"good")

    mirror = new_mirror()
    mirror.answers["/file.gz"] = answer
    told: list[tuple[str, int, int | None]] = []
    download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT, progress=lambda *call: told.append(call))
    assert told[-1] == ("file.gz", 4, None)


@pytest.mark.parametrize(
    ("content", "settings", "reason"),
    [
        (b"good", {"announce": 90}, "ended after 4 of 90 bytes"),
        (b"bad", {}, "what arrived is not good"),
        (b"", {}, "what arrived is not good"),
        (b"good" * 50_000, {}, "more than the 100000 bytes expected"),
        (b"no", {"status": 503}, "answered 503"),
        (b"no", {"status": 404}, "answered 404"),
    ],
)
def test_a_mirror_that_fails_is_followed_by_the_next(
    new_mirror: Callable, target: Path, content: bytes, settings: dict[str, int], reason: str
) -> None:
    bad, good = new_mirror(), new_mirror()
    bad.serve("/file.gz", content, **settings)
    with pytest.raises(DownloadError) as caught:
        download([f"{bad.url}file.gz"], target, whole, limit=LIMIT)
    assert reason in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert nothing_left(target)

    good.serve("/file.gz", b"good")
    assert download([f"{bad.url}file.gz", f"{good.url}file.gz"], target, whole, limit=LIMIT) == b"good"
    assert target.read_bytes() == b"good"


def test_a_mirror_that_falls_silent_is_given_up(
    new_mirror: Callable, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"good")
        handler.wfile.flush()
        time.sleep(1)

    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    mirror = new_mirror()
    mirror.answers["/file.gz"] = answer
    start = time.monotonic()
    with pytest.raises(DownloadError, match="no answer for 0 seconds"):
        download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT)
    assert time.monotonic() - start < 0.9
    assert nothing_left(target)


def test_a_mirror_that_trickles_is_given_up(
    new_mirror: Callable, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    monkeypatch.setattr(module, "DEADLINE", 0.2)
    mirror = new_mirror()
    mirror.answers["/file.gz"] = answer
    start = time.monotonic()
    with pytest.raises(DownloadError, match="not finished after 0 seconds"):
        download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT)
    assert time.monotonic() - start < 1.5
    assert nothing_left(target)


def test_a_host_that_is_not_there(target: Path) -> None:
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9: .*(refused|Connection)"):
        download(["http://127.0.0.1:9/file.gz"], target, whole, limit=LIMIT)


def test_an_answer_that_is_no_http(new_mirror: Callable, target: Path) -> None:
    mirror = new_mirror()
    mirror.answers["/file.gz"] = lambda handler: handler.wfile.write(b"\x00\x01 hello\r\n\r\n")
    with pytest.raises(DownloadError, match="could not be downloaded"):
        download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT)
    assert nothing_left(target)


def test_what_is_in_place_stays_until_something_better_is(new_mirror: Callable, target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    mirror = new_mirror()
    mirror.serve("/file.gz", b"bad")
    with pytest.raises(DownloadError):
        download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT)
    assert target.read_bytes() == b"old"


def test_an_interrupt_leaves_nothing(new_mirror: Callable, target: Path) -> None:
    mirror = new_mirror()
    mirror.serve("/file.gz", b"good")

    def interrupt(*call: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download([f"{mirror.url}file.gz"], target, whole, limit=LIMIT, progress=interrupt)
    assert nothing_left(target)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot take the download"):
        download(["http://127.0.0.1:9/x"], tmp_path / "cache" / "file.gz", whole, limit=LIMIT)


def test_a_full_disk_is_one_sentence_and_not_the_mirrors_fault(
    new_mirror: Callable, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, piece: bytes) -> None:
            raise OSError(28, "No space left on device")

    write = module._write
    monkeypatch.setattr(module, "_write", lambda file, piece: write(Full(), piece))
    mirror = new_mirror()
    mirror.serve("/file.gz", b"good")
    with pytest.raises(StorageError, match="No space left on device"):
        download([f"{mirror.url}file.gz"] * 2, target, whole, limit=LIMIT)
    assert mirror.asked == ["/file.gz"]
    assert nothing_left(target)
