"""`glassnet diff`, as a user runs it."""

from __future__ import annotations

from typing import Any

TRAIN = ("train", "--layers", "16", "--epochs", "3")


def test_two_runs_with_the_same_settings_are_equal(run: Any) -> None:
    run(*TRAIN)
    run(*TRAIN)
    ran = run("diff", "runs/1", "runs/2", "--json")
    assert ran.status == 0
    assert ran.json["equal"] is True


def test_the_first_number_and_the_setting_are_named(run: Any) -> None:
    run(*TRAIN)
    run(*TRAIN, "--seed", "1")
    run(*TRAIN, "--learning-rate", "0.5")
    seeds = run("diff", "runs/1", "runs/2", "--json").json
    assert (seeds["equal"], seeds["step"], seeds["quantity"]) == (False, 0, "W1 before")
    assert seeds["differences"] == ["seed is 0 and 1"]
    rates = run("diff", "runs/1", "runs/3", "--json").json
    assert (rates["step"], rates["quantity"]) == (1, "W1.new")
    assert "learning_rate" in run("diff", "runs/1", "runs/3", "--plain").out


def test_a_run_that_is_not_there_is_status_2(run: Any) -> None:
    run(*TRAIN)
    ran = run("diff", "runs/1", "runs/7")
    assert ran.status == 2
    assert "no run" in ran.err
