"""A drawn digit made like those that a network was trained on.

MNIST's rule: the digit, scaled to fit a box of 20x20 with its proportions kept and its edges smoothed, is placed in
28x28 so that its centre of mass is in the middle (LeCun, Cortes, Burges, "The MNIST database of handwritten digits").

The embedded 8x8 digits' rule: the digit fills the height of a 32x32 bitmap and at most 20 columns of it; every pixel of
8x8 counts the ink in 4x4 points (Garris et al., "NIST form-based handprint recognition system", NISTIR 5469, 1994).
They are of 13 writers only: what others write is recognised far less often than by a network trained on MNIST.

Before either, the digit has to be found: whatever its size, on light or dark paper, with some shade and noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from glassnet.errors import DataError, SettingError
from glassnet.typing import Array, Floats

LOOKED_AT = 1024  # pixels of the longer side that the digit is looked for in
CELLS = 128  # cells of the longer side that specks are told from strokes in
DRAWN_IN = 160  # pixels of the cut-out digit's longer side that strokes are measured and broadened in
CONTRAST = 16.0  # grey levels of 255: anything fainter is no drawing
FAINT = 0.1  # of the stroke's darkness: anything fainter is paper
EDGE = 0.25  # of the stroke's darkness: where the digit begins, between a sharp edge and a blurred one
SPECK = 0.02  # of the largest stroke's ink: anything smaller is dust

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Centring:
    """A drawn digit on its way to the network's input, step by step.

    grey: as it was looked at, 0..255. light_on_dark: what it was drawn as. ink: 0..1, 1 is the stroke, 0 the paper.
    box: where the digit is. scaled: the digit in its new size. result: (28, 28) uint8 0..255, or (8, 8) uint8 0..16.
    """

    grey: Floats
    light_on_dark: bool
    ink: Floats
    box: Box
    scaled: Floats
    result: Array

    @property
    def row(self) -> Array:
        """What the network takes: (784,) uint8, or (64,) float32 in 0..1."""
        row = self.result.reshape(-1)
        return row if len(row) == 784 else (row / np.float32(16)).astype(np.float32)

    @property
    def steps(self) -> tuple[tuple[str, Array], ...]:
        """A title and a picture (uint8, 0 black to 255 white) for each step."""
        largest = 16 if self.result.shape == (8, 8) else 255
        return (
            ("drawn", _bytes(self.grey / 255)),
            ("ink found, " + ("light on dark" if self.light_on_dark else "dark on light"), _bytes(self.ink)),
            ("cut out", _bytes(self.ink[self.box])),
            ("scaled to {}x{}".format(*self.scaled.shape), _bytes(self.scaled)),
            ("in {}x{}".format(*self.result.shape), _bytes(self.result / largest)),
        )


def centre_digit(picture: Array, size: int = 28) -> Centring:
    """Finds the digit in a picture and makes it like MNIST's (size 28) or the embedded digits (size 8).

    picture: (H, W) grey levels 0..255.

    Raises: DataError for a picture without a drawing, SettingError for another size.

    >>> picture = np.full((100, 60), 255.0)
    >>> picture[20:80, 28:34] = 0.0  # a one
    >>> centred = centre_digit(picture)
    >>> centred.light_on_dark, centred.box, centred.scaled.shape
    (False, (slice(20, 80, None), slice(28, 34, None)), (20, 2))
    >>> np.argwhere(centred.result).min(axis=0), np.argwhere(centred.result).max(axis=0)
    (array([ 4, 13]), array([23, 14]))
    """
    if size not in (28, 8):
        raise SettingError(f"A digit can be made like MNIST's (28x28) or the embedded ones (8x8), not {size}x{size}.")
    grey = _looked_at(picture)
    signal, light_on_dark, noise = _without_paper(grey)
    ink = _ink(signal, noise)
    box = _bounding_box(ink)
    scaled, result = _like_mnist(ink[box]) if size == 28 else _like_digits(ink[box])
    return Centring(grey, light_on_dark, ink, box, scaled, result)


def _looked_at(picture: Array) -> Floats:
    """The picture as floats, a large one as the means of square cells."""
    grey = np.asarray(picture)
    if grey.ndim != 2 or grey.size == 0 or grey.dtype.kind not in "biuf":
        raise DataError(f"A picture of a digit has rows and columns of grey levels, not {grey.dtype} of {grey.shape}.")
    if grey.dtype.kind == "f" and not np.isfinite(grey).all():
        raise DataError("The picture holds grey levels that are not finite numbers.")
    cell = -(-max(grey.shape) // LOOKED_AT)
    means: Floats = _cell_sums(grey, cell) / _cell_sums(np.ones(grey.shape, np.int8), cell)
    return means


def _border(grey: Floats) -> Array:
    """True on a frame as wide as a fiftieth of the picture."""
    width = max(1, min(grey.shape) // 50)
    frame = np.ones(grey.shape, bool)
    frame[width:-width, width:-width] = False
    return frame


def _without_paper(grey: Floats) -> tuple[Floats, bool, float]:
    """How far each pixel is from the paper towards the ink, which of them is the lighter, and the paper's noise."""
    frame = _border(grey)
    paper = float(np.median(grey[frame]))
    light_on_dark = bool(paper < (grey.min() + grey.max()) / 2)
    signal = grey - paper if light_on_dark else paper - grey
    # A photograph's paper is darker on one side: take off the plane that fits the frame, the frame's ink left out.
    rows, columns = np.nonzero(frame & (np.abs(signal) < signal.max() / 2))
    if len(rows) > 8:
        plane, *_ = np.linalg.lstsq(np.column_stack([rows, columns, np.ones(len(rows))]), signal[rows, columns])
        down, right = np.ogrid[: grey.shape[0], : grey.shape[1]]
        signal = signal - (plane[0] * down + plane[1] * right + plane[2])
    noise = 1.4826 * float(np.median(np.abs(signal[frame])))  # the deviation of normal noise with this median
    return signal, light_on_dark, noise


def _ink(signal: Floats, noise: float) -> Floats:
    """The signal in units of the stroke: 1 in a stroke, 0 on paper, between them at its edges."""
    strongest = float(signal.max())
    if strongest < max(CONTRAST, 6 * noise):
        raise DataError("The picture holds no drawing: it is all of one shade.")
    stroke = float(np.median(signal[signal > strongest / 2]))
    ink = np.clip(signal / stroke, 0.0, 1.0)
    ink[ink < max(FAINT, 4 * noise / stroke)] = 0.0
    return _without_specks(ink)


def _without_specks(ink: Floats) -> Floats:
    """Ink without dust: what hangs together is looked for on a coarse grid, and little of it is taken off."""
    cell = -(-max(ink.shape) // CELLS)
    coarse = _cell_sums(ink, cell)
    pieces = _pieces(coarse > 0)
    amounts = np.bincount(pieces.reshape(-1), weights=coarse.reshape(-1))
    amounts[0] = 0.0  # the paper
    kept = (amounts >= SPECK * amounts.max())[pieces]
    fine = np.repeat(np.repeat(kept, cell, axis=0), cell, axis=1)
    clean: Floats = ink * fine[: ink.shape[0], : ink.shape[1]]
    return clean


def _cell_sums(values: Array, cell: int) -> Floats:
    """Sums over cells of cell x cell pixels, smaller ones at the right and below."""
    sums: Array = values
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, sums.shape[axis], cell), axis=axis, dtype=np.float64)
    return sums


def _pieces(mask: Array) -> Array:
    """A number for each piece of True cells that touch, corners included; 0 for False."""
    framed = np.pad(mask, 1)  # so that every cell has eight neighbours
    width = framed.shape[1]
    around = (-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1)
    numbers = np.where(framed, -1, 0).reshape(-1).tolist()  # a list: Python reads single numbers from it faster
    count = 0
    for start in np.flatnonzero(framed).tolist():
        if numbers[start] != -1:
            continue
        count += 1
        numbers[start] = count
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for step in around:
                if numbers[here + step] == -1:
                    numbers[here + step] = count
                    waiting.append(here + step)
    return np.array(numbers).reshape(framed.shape)[1:-1, 1:-1]


def _bounding_box(ink: Floats) -> Box:
    digit = ink >= EDGE
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _like_mnist(digit: Floats) -> tuple[Floats, Array]:
    """20x20 with the proportions kept, the centre of mass in the middle of 28x28."""
    digit = _with_strokes(digit, at_least=0.06, else_to=0.09)
    longer = max(digit.shape)
    scaled = resized(digit, *(max(1, round(20 * side / longer)) for side in digit.shape))
    result = np.zeros((28, 28))
    top, left = (_offset(scaled.sum(axis=1 - axis), 28) for axis in (0, 1))
    result[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return scaled, _bytes(result)


def _offset(mass: Floats, size: int) -> int:
    """Where to begin so that the centre of this mass comes to pixel size / 2, without leaving the picture.

    MNIST counts pixels from 0 here: over its digits the mean centre is pixel 14.0, not the picture's middle at 13.5.
    """
    centre = float(mass @ np.arange(len(mass)) / mass.sum())
    nearest = ceil(size / 2 - centre - 0.5)  # round() would send halves now up, now down
    return min(max(0, nearest), size - len(mass))


def _like_digits(digit: Floats) -> tuple[Floats, Array]:
    """Upright, 32 points high and at most 20 wide, in the middle of 32x32; then the ink of each 4x4 points, 0..16."""
    digit = _upright(_with_strokes(digit, at_least=0.12, else_to=0.12))
    scaled = resized(digit, 32, min(20, max(1, round(32 * digit.shape[1] / digit.shape[0]))))
    bitmap = np.zeros((32, 32))
    left = (32 - scaled.shape[1]) // 2
    bitmap[:, left : left + scaled.shape[1]] = scaled
    counts = np.rint(bitmap.reshape(8, 4, 8, 4).sum(axis=(1, 3)))
    return scaled, counts.astype(np.uint8)


def _with_strokes(digit: Floats, *, at_least: float, else_to: float) -> Floats:
    """The digit with strokes as broad as the network knows them: a thin pen's would vanish in few pixels.

    Breadths are parts of the longer side. MNIST's strokes are 0.09 broad in the median, 0.05 and 0.18 at the 1 % ends.
    """
    longer = max(digit.shape)
    if longer > DRAWN_IN:
        digit = resized(digit, *(max(1, round(DRAWN_IN * side / longer)) for side in digit.shape))
        digit = np.minimum(digit / np.quantile(digit[digit > 0], 0.9), 1.0)
        longer = DRAWN_IN
    breadth = _breadth(digit >= 0.5)
    if breadth >= at_least * longer:
        return digit
    margin = round((else_to * longer - breadth) / 2)
    broader = np.pad(digit, margin)
    for i in range(margin):
        broader = _grown(broader, corners=i % 2 == 1)
    return broader


def _breadth(stroke: Array) -> float:
    """The mean breadth of a stroke: a line of length l and breadth b has the area l b and about 2 l of outline."""
    framed = np.pad(stroke, 1).astype(np.int8)
    outline = sum(int(np.abs(np.diff(framed, axis=axis)).sum()) for axis in (0, 1))
    return 2 * float(stroke.sum()) / max(1, outline)


def _grown(ink: Floats, *, corners: bool) -> Floats:
    """Every pixel as dark as its darkest neighbour; with and without corners in turn, a point becomes an octagon."""
    height, width = ink.shape
    framed = np.pad(ink, 1)
    around = [framed[i : i + height, j : j + width] for i in range(3) for j in range(3) if corners or 1 in (i, j)]
    grown: Floats = np.maximum.reduce(around)
    return grown


def _upright(digit: Floats) -> Floats:
    """The digit without its slant: rows are moved so that the ink's columns no longer depend on its rows."""
    height, width = digit.shape
    rows, columns = np.mgrid[:height, :width]
    total = digit.sum()
    row_offset = rows - (digit * rows).sum() / total
    variance = float((digit * row_offset**2).sum())
    slant = float((digit * row_offset * columns).sum()) / variance if variance > 0 else 0.0
    slant = min(max(slant, -1.0), 1.0)
    moved = np.zeros((height, width + 2 * height))
    for i in range(height):
        left = height - round(slant * float(row_offset[i, 0]))
        moved[i, left : left + width] = digit[i]
    return moved[_bounding_box(moved)]


def resized(picture: Floats, height: int, width: int) -> Floats:
    """A picture in another size: each new pixel is the mean of the area that it covers of the old ones.

    >>> resized(np.array([[0.0, 1.0, 2.0, 3.0]]), 1, 2)
    array([[0.5, 2.5]])
    """
    return _means(_means(picture, height).T, width).T


def _means(values: Floats, new: int) -> Floats:
    """Means of ``new`` equal stretches of rows: differences of the running sum, taken between rows by proportion."""
    old = len(values)
    total = np.zeros((old + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    edges = np.arange(new + 1) * (old / new)
    row = np.minimum(edges.astype(np.int64), old - 1)
    at_edges = total[row] + (edges - row)[:, None] * (total[row + 1] - total[row])
    means: Floats = np.diff(at_edges, axis=0) * (new / old)
    return means


def _bytes(values: Floats) -> Array:
    return np.rint(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)
