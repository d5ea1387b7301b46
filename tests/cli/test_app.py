"""The command itself: version, help, exit statuses, and one sentence for whatever goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import glassnet
from glassnet.cli import app
from glassnet.engine import choose
from glassnet.errors import DivergedError, SettingError

COMMANDS = ["train", "evaluate", "predict"]


def test_version(run):
    assert run("--version").out == f"glassnet {glassnet.__version__}, engine {choose()!r}\n"


def test_nothing_at_all_shows_the_commands(run):
    ran = run()
    assert ran.status == 0
    assert all(command in ran.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_page_shows_an_example_that_exists(run, command):
    ran = run(command, "--help")
    assert ran.status == 0
    assert f"Example: glassnet {command} " in ran.out
    example = app.EXAMPLES[getattr(app, command)]
    options = [word for word in example.split() if word.startswith("--")]
    assert all(option in ran.out.replace(example, "") for option in options)


@pytest.mark.parametrize("command", COMMANDS)
def test_plain_help_has_no_boxes(run, command, monkeypatch):
    assert "╭" in run(command, "--help").out
    assert "╭" not in run(command, "--plain", "--help").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "╭" not in run(command, "--help").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--layr", "3"], "has no option --layr; did you mean --layers?"),
        (["train", "--zzz"], "has no option --zzz; `glassnet train --help` lists"),
        (["trian"], "has no command trian; did you mean train?"),
        (["fly"], "has no command fly; `glassnet --help` lists"),
        (["evaluate"], "Missing argument 'RUN_OR_MODEL'"),
        (["train", "more"], "unexpected extra argument"),
        (["train", "--layers"], "--layers"),
    ],
)
def test_a_command_line_that_cannot_be_read(run, arguments, says):
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_with_json_every_failure_is_an_object_too(run):
    for arguments in (["train", "--layr"], ["evaluate", "nothing"], ["train", "--loss", "x"]):
        ran = run(*arguments, "--json")
        assert ran.status == 2
        assert ran.err == f"glassnet: {ran.json['error']}\n"


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (SettingError("No."), 2, "No."),
        (DivergedError("Lost."), 1, "Lost."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (PermissionError(13, "Permission denied", "x.csv"), 2, "x.csv: permission denied."),
        (OSError(28, "No space left on device"), 1, "no space left on device."),
        (MemoryError("Unable to allocate 3 TiB"), 1, "There is not enough memory for this (Unable to allocate 3 TiB)."),
        (SystemExit(3), 3, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_what_errors_become(error, status, sentence):
    assert app.explained(error) == (status, sentence)


def test_a_mistake_of_ours_is_one_sentence_and_a_traceback_only_on_request(run, monkeypatch):
    def broken(_given):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(app, "_invoke", broken)
    ran = run("train")
    assert ran.status == 1
    assert "ZeroDivisionError: division by zero" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("GLASSNET_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("train")


def test_warnings_are_notes_without_file_and_line(process):
    child = process("train", "--layers", "4", "--activation", "softmax", "--epochs", "1", "--json")
    out, err = child.communicate(timeout=60)
    assert json.loads(out)["test"]
    assert ".py" not in err


def test_ctrl_c_before_the_training_is_130_and_one_sentence(run, tmp_path, monkeypatch):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.cli.train.open_source", interrupted)
    ran = run("train", "--json")
    assert (ran.status, ran.err, ran.json) == (130, "glassnet: Interrupted.\n", {"error": "Interrupted."})
    assert not list(tmp_path.iterdir())


def test_a_reader_who_leaves_early_fails_nothing(process, tmp_path, digits_run):
    for options in ([], ["--json"], ["--plain"]):
        child = process("evaluate", digits_run, *options)
        child.stdout.close()  # as `| head -0` does
        assert child.stderr.read() == ""
        assert child.wait(timeout=60) == 0
        child.stderr.close()


def test_a_training_goes_on_when_nobody_reads_its_progress(process, tmp_path):
    child = process("train", "--layers", "4", "--epochs", "3", "--out", "run")
    child.stderr.close()
    assert "held-out rows" in child.stdout.read()
    assert child.wait(timeout=60) == 0
    child.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full is Unix's")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_one_sentence(process, digits_run, options):
    with open("/dev/full", "w") as full:
        child = process("evaluate", digits_run, *options, stdout=full)
        _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (1, "glassnet: no space left on device.\n")


def test_streams_that_are_closed_or_know_ascii_only(process, digits_run):
    script = f'"{sys.executable}" -m glassnet evaluate "{digits_run}"'
    closed = subprocess.run(f"{script} >&- 2>&-", shell=True)
    assert closed.returncode == 0
    child = process("evaluate", digits_run, environment={"PYTHONIOENCODING": "ascii"})
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert "0 36  .  .  ." in out
    assert "?" not in out
