"""Photographs the pages that the docs show, docs/images/*.png: commands write them, a headless Chromium draws them.

    python scripts/make_pictures.py [NAME ...]        report dissection worksheet perceptron boundary; all by default

Needs Chromium (CHROMIUM names it where it is not called chromium) and Pillow, which takes pictures down to 64 colours.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import glassnet as gn
from glassnet.cli import main as command
from glassnet.lab.boundary import boundary
from glassnet.lab.show import save

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSER = os.environ.get("CHROMIUM", "chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync"]


def report(folder: Path) -> Path:
    command(["train", "--out", str(folder / "run")])
    return folder / "run" / "report.html"


def dissection(folder: Path) -> Path:
    command(["dissect", str(ROOT / "examples" / "marking" / "slide.toml"), "--out", str(folder / "step.html")])
    return folder / "step.html"


def worksheet(folder: Path) -> Path:
    command(["worksheet", "--topic", "update", "--out", str(folder / "sheets")])
    return folder / "sheets" / "update-1.html"


def perceptron(folder: Path) -> Path:
    command(["perceptron", "--gate", "xor", "--out", str(folder / "xor.html")])
    return folder / "xor.html"


def spirals(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Two arms of a spiral, a class each: what no single line parts."""
    turn = np.linspace(0.5, 4.5, rows)
    arm = np.column_stack([turn * np.cos(turn), turn * np.sin(turn)]) / 4.5
    return np.concatenate([arm, -arm]), np.repeat([0, 1], rows)


def neurons(folder: Path) -> Path:
    X, y = spirals()
    net = gn.Network([gn.Dense(6, activation="tanh"), gn.Dense(6, activation="tanh"), gn.Dense(1)])
    net.fit(X, y, optimizer=gn.optimizers.Adam(0.02), epochs=1500, batch_size="full", seed=3, engine="reference")
    save(boundary(net, X, y), folder / "neurons.html")
    return folder / "neurons.html"


PAGES: dict[str, tuple[Callable[[Path], Path], int, int]] = {  # what writes the page; the window's width and height
    "report": (report, 1180, 1440),
    "dissection": (dissection, 1180, 1440),
    "worksheet": (worksheet, 1100, 1500),
    "perceptron": (perceptron, 1100, 2480),
    "boundary": (neurons, 1100, 2480),
}


def photograph(name: str) -> None:
    """Writes docs/images/NAME.png."""
    write, width, height = PAGES[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        page, shot = write(folder), folder / "shot.png"
        window = [f"--window-size={width},{height}", f"--screenshot={shot}"]
        subprocess.run([BROWSER, *FLAGS, *window, page.as_uri()], check=True, stderr=subprocess.DEVNULL)
        with Image.open(shot) as picture:
            picture.convert("RGB").quantize(64).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *PAGES])
    for name in parser.parse_args().names or PAGES:
        photograph(name)
