"""`glassnet verify` and `glassnet train --resume`, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn

TRAIN = ("train", "--layers", "16", "--epochs", "3", "--batch-size", "64")


def test_a_run_verifies(run: Any) -> None:
    assert run(*TRAIN).status == 0
    ran = run("verify", "runs/1", "--json")
    assert ran.status == 0
    assert (ran.json["equal"], ran.json["step"], ran.json["quantity"]) == (True, None, None)
    assert "recorded bits" in run("verify", "runs/1", "--plain").out


def test_a_run_that_is_another_is_a_result_and_not_a_failure(run: Any, tmp_path: Path) -> None:
    run(*TRAIN)
    card = json.loads((tmp_path / "runs/1/run.json").read_text())
    card["settings"]["seed"] = 7
    (tmp_path / "runs/1/run.json").write_text(json.dumps(card))
    ran = run("verify", "runs/1", "--json")
    assert ran.status == 0
    assert (ran.json["equal"], ran.json["step"]) == (False, 23)


def test_what_is_no_run_is_one_sentence_and_status_2(run: Any, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for folder in ("none", "folder"):
        ran = run("verify", folder)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith("glassnet: ")
        assert "Traceback" not in ran.err


def test_a_run_is_interrupted_and_resumed_with_the_same_bits(run: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "glassnet", "train", "--layers", "16", "--epochs", "300", "--out", "stopped"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (tmp_path / "stopped" / "history.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert gn.load_run(tmp_path / "stopped").ended == "interrupted"
    ran = run("train", "--resume", "stopped", "--json")
    assert ran.status == 0
    assert ran.json["run"] == "stopped"
    run("train", "--layers", "16", "--epochs", "300", "--out", "straight")
    verdict = run("diff", "stopped", "straight", "--json").json
    assert (verdict["equal"], verdict["differences"]) == (True, [])
    assert "has ended" in run("train", "--resume", "stopped").err


def test_resuming_takes_no_new_settings(run: Any) -> None:
    run(*TRAIN)
    ran = run("train", "--resume", "runs/1", "--learning-rate", "0.1")
    assert ran.status == 2
    assert "--learning-rate is for a new run" in ran.err


def test_a_large_file_is_given_again(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("glassnet.training.material.STORED_LIMIT", 100)
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(80, 3)).round(4)
    lines = [f"{a},{b},{c},{'yes' if a > b else 'no'}" for a, b, c in rows]
    for name, body in (("table.csv", lines), ("other.csv", lines[::-1])):
        (tmp_path / name).write_text("\n".join(["a,b,c,answer", *body]))
    assert run("train", "--data", "table.csv", "--split", "20", "--epochs", "3").status == 0
    refused = run("verify", "runs/1")
    assert refused.status == 2
    assert "give them again" in refused.err
    assert run("verify", "runs/1", "--data", "table.csv", "--json").json["equal"] is True
    assert "another" in run("verify", "runs/1", "--data", "other.csv").err
