"""Picture files: every way to write the same drawing, and what is no picture."""

from __future__ import annotations

import builtins
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from glassnet.data import pictures
from glassnet.data.pictures import parse_netpbm, read_picture
from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, MissingExtraError, MissingFileError


def drawing() -> np.ndarray:
    """A dark bar on light paper."""
    picture = np.full((30, 20), 250, np.uint8)
    picture[5:25, 8:12] = 10
    return picture


def netpbm(header: str, content: bytes = b"") -> np.ndarray:
    return parse_netpbm(ByteReader.over(header.encode() + content, "x.pgm"))


GREY = st.integers(1, 6).flatmap(lambda height: arrays.arrays(np.uint8, (height, 4)))


@given(GREY)
def test_pgm_in_bytes_and_in_figures(levels: np.ndarray) -> None:
    height, width = levels.shape
    figures = " ".join(map(str, levels.reshape(-1))).encode()
    assert np.array_equal(netpbm(f"P5\n{width} {height}\n255\n", levels.tobytes()), levels)
    assert np.array_equal(netpbm(f"P2 # by hand\n{width}\n# and more\n{height} 255\n", figures), levels)


def test_finer_and_coarser_levels_come_to_0_to_255() -> None:
    fine = netpbm("P5 3 1 65535\n", struct.pack(">3H", 0, 257 * 7 + 1, 65535))
    assert fine[0].tolist() == pytest.approx([0, 7 + 1 / 257, 255])
    assert netpbm("P2 3 1 1\n", b"0 1 0").tolist() == [[0, 255, 0]]
    assert netpbm("P5 2 1 15\n", bytes([3, 15])).tolist() == [[51, 255]]


def test_colours_count_by_their_brightness() -> None:
    primary = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    assert netpbm("P6 4 1 255\n", primary).tolist() == [[76, 150, 29, 255]]
    assert netpbm("P3 1 1 255\n", b"255 255 0").tolist() == [[226]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"P5", "x.pgm is cut short"),
        (b"P5 2 2 255\n123", "cut short: 4 bytes of pixels are announced, 3 bytes follow"),
        (b"P5 0 2 255\n", "has no pixels: its size is 0x2"),
        (b"P5 99999 99999 255\n", "has 99999x99999 pixels; at most 25000000 are read"),
        (b"P5 2 2 70000\n1234", "announces 70000 as its largest level"),
        (b"P5 2 2 0\n1234", "announces 0 as its largest level"),
        (b"P5 1 1 100\n\xff", "has the level 255, above the largest that it announces, 100"),
        (b"P5 2x2 255\n1234", "no valid PGM or PPM header"),
        (b"P5 -2 2 255\n1234", "no valid PGM or PPM header"),
        (b"P5 9999999999 1 255\n", "no valid PGM or PPM header"),
        (b"P5 # a comment without an end", "cut short"),
        (b"P2 2 1 255\n1", "announces 2 levels, but 1 follow"),
        (b"P2 1 1 255\n1 2", "announces 1 levels, but 2 follow"),
        (b"P2 1 1 255\nred", "something else than figures"),
        (b"P2 1 1 255\n-1", "a negative level"),
        (b"P2 1 1 255\n" + b"9" * 5000, "something else than figures"),
        (b"P2 1 1 255\n" + b"9" * 100, "something else than figures"),
    ],
)
def test_a_forged_pgm_is_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_netpbm(ByteReader.over(content, "x.pgm"))
    assert sentence in str(caught.value)


def test_a_picture_in_figures_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "TEXT_LIMIT", 10)
    with pytest.raises(DataError, match="too large for a picture in figures; save it as P5 or P6"):
        netpbm("P2 20 1 9\n", b"1 " * 20)


def test_pgm_files_are_read_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.pgm").write_bytes(b"P5 20 30 255\n" + drawing().tobytes())
    Image.fromarray(drawing()).save(tmp_path / "x.png")
    import_ = builtins.__import__

    def without_pillow(name: str, *arguments: object, **settings: object) -> object:
        if name.split(".")[0] == "PIL":
            raise ImportError("No module named 'PIL'")
        return import_(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    assert np.array_equal(read_picture(tmp_path / "x.pgm"), drawing())
    with pytest.raises(MissingExtraError, match=r"x\.png needs Pillow: pip install 'glassnet\[images\]'"):
        read_picture(tmp_path / "x.png")


def save(picture: Image.Image, path: Path, **settings: object) -> np.ndarray:
    picture.save(path, **settings)
    return read_picture(path)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16", "I", "CMYK", "F"])
def test_every_mode_shows_the_same_drawing(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(drawing())
    if mode in ("I;16", "I"):
        picture = Image.fromarray(drawing().astype(np.uint16) * 257)
        picture = picture if mode == "I;16" else picture.convert("I")
    else:
        picture = grey.convert(mode)
    suffix = "tiff" if mode in ("CMYK", "F", "I") else "png"
    read = save(picture, tmp_path / f"x.{suffix}")
    expected = {"1": [255, 0], "F": [255, 0]}.get(mode, [250, 10])
    assert read.shape == (30, 20)
    assert [float(read[0, 0]), float(read[10, 10])] == pytest.approx(expected, abs=6)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tiff", "webp"])
def test_every_format_shows_the_same_drawing(tmp_path: Path, suffix: str) -> None:
    read = save(Image.fromarray(drawing()).convert("RGB"), tmp_path / f"x.{suffix}")
    assert np.abs(read.astype(int) - drawing()).mean() < 8


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_what_is_transparent_becomes_paper_of_the_other_shade(tmp_path: Path, ink: int, paper: int) -> None:
    pixels = np.zeros((30, 20, 4), np.uint8)  # transparent, and black where nobody sees it
    pixels[5:25, 8:12] = (ink, ink, ink, 255)
    read = save(Image.fromarray(pixels), tmp_path / "x.png")
    assert (read[0, 0], read[10, 10]) == (paper, ink)


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    picture = Image.fromarray((drawing() < 100).astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, 0, 0, 0])  # both colours are black; the first is transparent
    read = save(picture, tmp_path / "x.png", transparency=0)
    assert (read[0, 0], read[10, 10]) == (255, 0)


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter, clockwise
    turned = save(Image.fromarray(np.rot90(drawing())), tmp_path / "x.jpg", exif=exif, quality=95)
    assert turned.shape == drawing().shape
    assert np.abs(turned.astype(int) - drawing()).mean() < 8


def test_a_large_photograph_is_read_smaller(tmp_path: Path) -> None:
    Image.new("L", (6000, 5000), 200).save(tmp_path / "x.jpg")
    assert read_picture(tmp_path / "x.jpg").shape == (2500, 3000)


def png(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds next to nothing."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a picture of a known format"),
        (b"hello", "is not a picture of a known format (PNG, JPEG, GIF, BMP, TIFF, WEBP, PGM, PPM)"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture of a known format"),
        (png(6000, 6000), "has 6000x6000 pixels; at most 25000000 are read"),
        (png(2**31 - 1, 2**31 - 1), "pixels"),
        (png(30, 20), "cannot be read as a picture"),
        (png(0, 0), "x.png"),
    ],
)
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_picture(tmp_path / "x.png")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tiff", "webp"])
def test_a_picture_changed_or_cut_anywhere_is_read_or_one_sentence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    Image.fromarray(drawing()[:8, :8]).convert("RGB").save(path)
    whole = path.read_bytes()
    refused = 0
    for i in range(0, len(whole), max(1, len(whole) // 60)):
        for content in (whole[:i], whole[:i] + bytes([whole[i] ^ 0xA5]) + whole[i + 1 :]):
            path.write_bytes(content)
            try:
                assert read_picture(path).ndim == 2
            except DataError:
                refused += 1
    assert refused


def test_a_missing_picture_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="There is no file"):
        read_picture(tmp_path / "none.png")
