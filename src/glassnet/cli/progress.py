"""A training as it goes: a line an epoch and a bar on a terminal, sentences elsewhere; always on standard error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from glassnet.plots.readable import count, duration, percent, significant
from glassnet.training.callbacks import Callback
from glassnet.typing import Floats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from glassnet.cli.output import Output
    from glassnet.training.run import Run

MOST_LINES = 12  # epochs that are written down; of more, every second, every fifth, ... is
SPEED_MEMORY = 0.3  # how much the newest piece counts in the speed that is shown


class EpochLines(Callback):
    """Tells the course of a training: see the head of this file."""

    watches: ClassVar[bool] = True

    def __init__(self, output: Output, opening: str, measured_on: str) -> None:
        """`opening` is said once all has been checked; `measured_on` is what the validation data are called."""
        self.output, self.opening, self.measured_on = output, opening, measured_on

    def on_fit_start(self, run: Run) -> None:
        self.output.note(self.opening)
        self.started = self.piece_began = monotonic()
        self.first_step, self.first_epoch = run.state.step, run.epoch
        self.speed = 0.0
        self.header_shown = False
        self.every = _interval(run.epochs - run.epoch)
        self.bar = self._bar(run) if self.output.live else None

    def on_steps(self, run: Run, losses: Floats) -> None:
        now = monotonic()
        rows = len(losses) * run.program.batch_size
        newest = rows / max(now - self.piece_began, 1e-9)
        self.speed += (newest - self.speed) * (SPEED_MEMORY if self.speed else 1.0)
        self.piece_began = now
        if self.bar is not None:
            done = run.state.step - self.first_step
            left = (now - self.started) / done * (run.steps - self.first_step - done)
            self.bar.update(
                self.bar.task_ids[0],
                completed=done,
                epoch=f"epoch {min(run.epoch + 1, run.epochs)} of {run.epochs}",
                loss=f"loss {significant(float(losses[-1]))}",
                speed=f"{significant(self.speed, 2)} rows/s",
                left=f"{duration(left)} left" if left >= 1 else "",
            )
            self.bar.refresh()

    def on_epoch_end(self, run: Run, record: dict[str, Any]) -> None:
        last = bool(run.ended) or run.epoch >= run.epochs
        if (run.epoch - self.first_epoch) % self.every and not last and run.epoch - self.first_epoch != 1:
            return
        if self.bar is None:
            self.output.note(sentence(record, run.epochs, self.measured_on))
            return
        if not self.header_shown:
            self.header_shown = True
            self.bar.console.print(Text("\n"), header(record, self.measured_on), sep="")
        self.bar.console.print(line(record, self.measured_on))
        self.piece_began = monotonic()

    def on_fit_end(self, run: Run) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _bar(self, run: Run) -> Progress:
        columns = [TextColumn("{task.fields[" + name + "]}") for name in ("epoch", "loss", "speed", "left")]
        narrow = self.output.err.width < 76
        shown = [columns[0], BarColumn(bar_width=None), columns[1], *([] if narrow else columns[2:3]), columns[3]]
        bar = Progress(
            *shown, console=self.output.err, auto_refresh=False, transient=True, expand=True
        )  # no thread: the loop reports ten times a second
        bar.add_task("", total=run.steps - self.first_step, epoch="", loss="", speed="", left="")
        bar.start()
        return bar


def _interval(epochs: int) -> int:
    """Every how many epochs a line is written, a round number: 1 for up to 12 epochs, 5 for 30, 10 for 100."""
    size = 1
    while True:
        for interval in (size, 2 * size, 5 * size):
            if interval * MOST_LINES >= epochs:
                return interval
        size *= 10


def columns_of(record: dict[str, Any]) -> list[str]:
    """The columns of a record that are shown, in order: those of training, then those of validation."""
    shown = [name for name in record if name not in ("epoch", "seconds")]
    return sorted(shown, key=lambda name: name.startswith("val_"))


def readable_score(name: str, value: float) -> str:
    """Accuracies and their like as per cent, everything else to four digits.

    >>> readable_score("val_accuracy", 0.975), readable_score("loss", 0.123456)
    ('97.5\\xa0%', '0.1235')
    """
    shares = ("accuracy", "precision", "recall", "f1", "top_k_accuracy")
    return percent(value) if name.removeprefix("val_") in shares else significant(value, 4)


def header(record: dict[str, Any], measured_on: str) -> Text:
    """The names above the lines."""
    names = [name.replace("val_", f"{measured_on} ") for name in columns_of(record)]
    return Text("epoch" + "".join(f"{name:>{_width(name)}}" for name in names), "quiet")


def line(record: dict[str, Any], measured_on: str = "test") -> Text:
    """One epoch as a row of numbers."""
    text = Text(f"{count(record['epoch']):>5}")
    for name in columns_of(record):
        shown = name.replace("val_", f"{measured_on} ")
        style = "number" if name.startswith("val_") else ""
        text.append(f"{readable_score(name, record[name]):>{_width(shown)}}", style)
    return text


def sentence(record: dict[str, Any], epochs: int, measured_on: str) -> str:
    """One epoch as a sentence.

    >>> sentence({"epoch": 2, "loss": 0.5, "val_accuracy": 0.9, "seconds": 1.0}, 10, "test")
    'Epoch 2 of 10: loss 0.5, test accuracy 90.0\\xa0%, in 1.0\\xa0s.'
    """
    parts = [
        f"{name.replace('val_', f'{measured_on} ')} {readable_score(name, record[name])}" for name in columns_of(record)
    ]
    time = f", in {duration(record['seconds'])}" if record["seconds"] >= 0.001 else ""
    return f"Epoch {record['epoch']} of {epochs}: {', '.join(parts)}{time}."


def _width(name: str) -> int:
    return max(10, len(name) + 3)


@contextmanager
def download_progress(output: Output) -> Iterator[Callable[[str, int, int | None], None]]:
    """What `open_source` calls while it downloads: a bar on a terminal, a sentence a file elsewhere."""
    bar: Progress | None = None
    tasks: dict[str, Any] = {}

    def report(name: str, received: int, expected: int | None) -> None:
        nonlocal bar
        if not output.live:
            if name not in tasks:
                tasks[name] = None
                size = f" ({expected / 1e6:.1f} MB)" if expected else ""
                output.note(f"Downloading {name}{size}.")
            return
        if bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.fields[size]}"))
            bar = Progress(*columns, console=output.err, transient=True, expand=True)
            bar.start()
        if name not in tasks:
            tasks[name] = bar.add_task(name, total=expected, size="")
        bar.update(tasks[name], completed=received, size=f"{received / 1e6:.1f} MB")

    try:
        yield report
    finally:
        if bar is not None:
            bar.stop()
