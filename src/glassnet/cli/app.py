"""The `glassnet` command: its subcommands, and what becomes of everything that can go wrong in them.

Exit status: 0 done; 1 the work failed; 2 something the user named cannot be used; 130 interrupted.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any

import typer

from glassnet._version import __version__
from glassnet.cli.descend import descend
from glassnet.cli.diff import diff
from glassnet.cli.dissect import dissect
from glassnet.cli.evaluate import evaluate
from glassnet.cli.mark import mark
from glassnet.cli.output import failed, prepare_streams, silence, wants_plain
from glassnet.cli.perceptron import perceptron
from glassnet.cli.predict import predict
from glassnet.cli.show import show
from glassnet.cli.train import train
from glassnet.cli.verify import verify
from glassnet.cli.worksheet import worksheet
from glassnet.errors import GlassnetError

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
# What goes wrong with a path that was named; every other OSError is the work's (a full disk, a broken one).
NAMED = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
EXAMPLES: dict[Callable[..., int], str] = {
    train: "glassnet train --data mnist --layers 128,64 --epochs 5",
    evaluate: "glassnet evaluate runs/1",
    predict: "glassnet predict runs/1 my-seven.png --show-centring",
    verify: "glassnet verify runs/1",
    diff: "glassnet diff runs/1 runs/2",
    dissect: "glassnet dissect runs/1 --step 700 --explain 'dW1[210,7]'",
    descend: "glassnet descend 'x**2 - y**2' --start 2,3 --learning-rate 0.1 --plot saddle.svg",
    show: "glassnet show activations --out pictures",
    mark: "glassnet mark slide examples/marking/slide-answers.json",
    perceptron: "glassnet perceptron --gate and --threshold 2.5 --start 1,1",
    worksheet: "glassnet worksheet --topic backward --students 30 --format latex",
}


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line; every failure becomes one sentence on standard error and an exit status.

    GLASSNET_DEBUG=1 shows the traceback of what went wrong.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare_streams()
    with warnings.catch_warnings():
        warnings.showwarning = _note
        try:
            status = _invoke(given)
            sys.stdout.flush()
            return status
        except BaseException as error:
            if os.environ.get("GLASSNET_DEBUG"):
                raise
            status, sentence = explained(error)
            if sentence:
                failed(sentence, "--json" in given)
            if isinstance(error, OSError):
                silence(sys.stdout)
            return status


def app(*, plain: bool = False) -> typer.Typer:
    """The commands; `plain` leaves out the boxes of their help pages."""
    commands = typer.Typer(
        add_completion=False,
        rich_markup_mode=None if plain else "rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    commands.callback(invoke_without_command=True)(_root)
    for command, example in EXAMPLES.items():
        commands.command(epilog=f"Example: {example}")(_interruptible(command))
    return commands


def explained(error: BaseException) -> tuple[int, str]:
    """The exit status and the sentence for whatever ended a command.

    >>> explained(FileNotFoundError(2, "No such file or directory", "digits.csv"))
    (2, 'digits.csv: no such file or directory.')
    """
    if isinstance(error, GlassnetError):
        return error.exit_status, str(error)
    if isinstance(error, (KeyboardInterrupt, InterruptedHereError, typer.Abort)):
        return INTERRUPTED, "Interrupted."
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # Typer's own, in each of its versions
        return UNUSABLE, _usage(error)
    if isinstance(error, BrokenPipeError):  # the reader has seen enough
        return DONE, ""
    if isinstance(error, SystemExit):
        return int(error.code or DONE), ""
    if isinstance(error, OSError):
        reason = (error.strerror or str(error) or type(error).__name__).rstrip(".")
        where = f"{error.filename}: " if error.filename else ""
        return UNUSABLE if isinstance(error, NAMED) else FAILED, f"{where}{reason[:1].lower()}{reason[1:]}."
    if isinstance(error, MemoryError):
        reason = str(error).rstrip(".")
        return FAILED, f"There is not enough memory for this{f' ({reason})' if reason else ''}."
    return FAILED, (
        f"This should not have happened ({type(error).__name__}: {error}); it is a mistake in glassnet. "
        "GLASSNET_DEBUG=1 shows where."
    )


class InterruptedHereError(Exception):
    """Ctrl-C during a command; Typer would end on KeyboardInterrupt without a word."""


def _interruptible(command: Callable[..., int]) -> Callable[..., int]:
    @wraps(command)
    def guarded(*arguments: Any, **options: Any) -> int:
        try:
            return command(*arguments, **options)
        except KeyboardInterrupt:
            raise InterruptedHereError from None

    return guarded


def _invoke(given: list[str]) -> int:
    if given[:1] == [descend.__name__]:  # "-x^2" is a formula, not an option; with a space before it it stays one
        given = [f" {word}" if re.match(r"-[^-]", word) and word != "-h" else word for word in given]
    return int(app(plain=wants_plain(given))(given, prog_name="glassnet", standalone_mode=False) or DONE)


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Neural networks under glass: train one on digits, evaluate it, use it on a picture.

    Start with: glassnet train
    """
    if version:
        from glassnet.engine import choose

        typer.echo(f"glassnet {__version__}, engine {choose()!r}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _usage(error: Any) -> str:
    """A sentence for a command line that cannot be read, with the nearest thing that exists."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "glassnet"
    if hasattr(error, "option_name") and hasattr(error, "possibilities"):
        near = sorted(error.possibilities or get_close_matches(error.option_name, _options(context), n=1))
        hint = f"; did you mean {near[0]}?" if near else f"; `{path} --help` lists what there is."
        return f"`{path}` has no option {error.option_name}{hint}"
    text = " ".join(error.format_message().split())
    unknown = re.match("No such command '(.*?)'", text)
    if unknown:
        near = get_close_matches(unknown[1], [command.__name__ for command in EXAMPLES], n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; `{path} --help` lists what there is."
        return f"`{path}` has no command {unknown[1]}{hint}"
    return f"{text.rstrip('.')}. `{path} --help` shows how it is used."


def _options(context: Any) -> list[str]:
    return [name for parameter in context.command.params for name in parameter.opts] if context else []


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    with suppress(OSError):  # a training goes on when nobody reads its notes
        print(f"glassnet: note: {message}", file=sys.stderr, flush=True)
