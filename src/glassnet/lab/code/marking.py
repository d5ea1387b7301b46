"""Verdicts on a student's functions: each is given the right inputs of random small steps, its results are compared.

The helpers come first (one-hot, activation, softmax), then forward, backward, update, then the whole descent; so the
first quantity that differs is where the mistake is. What follows from an earlier difference in the same function is
judged by the student's own numbers. The slip is the one that gives the student's numbers in every trial.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import DataError, TypeNotUsableError
from glassnet.lab.code import signatures
from glassnet.lab.code.child import Other
from glassnet.lab.code.comparing import fitting, inputs_of, like, same, same_shape
from glassnet.lab.code.descent import Descent
from glassnet.lab.code.reference import Net, Step, applied
from glassnet.lab.code.report import CodeLine, CodeReport
from glassnet.lab.code.runner import Called, Student
from glassnet.lab.code.shrinking import smallest
from glassnet.lab.code.trials import SQUARE, WIDTHS, Numbers, Trial, Trials
from glassnet.lab.problem import load_problem
from glassnet.maths import activations

TRIALS = 3
HELPERS = ("one_hot", "activation", "derivative", "softmax")


def mark_code(problem: Any, functions: Any, *, seconds: float = 5.0) -> CodeReport:
    """Marks a student's own Python functions: forward, backward, update, or a whole gradient descent.

    They run in a process of their own, with limits of time and memory, on random small inputs. Functions are known by
    their names (`forward_prop`, `backward`, `update_params`, `ReLU`, `one_hot`, ...), arguments and results by theirs.
    Examples are columns, as in the lecture, or rows; which of the two is found out.

    Args:
        problem: a problem's name, file or mapping: its layers' activations and its loss; its sizes do not matter.
        functions: a Python file, or the functions themselves: a mapping from names, a list, or a module.
        seconds: the longest that one call may take.

    Returns:
        The report: a line for each quantity, the slip that reproduces it, the smallest input that shows it.

    Raises:
        DataError, MissingFileError, SettingError: a file or a problem that cannot be used.

    Example:
        >>> def update(W1, b1, dW1, db1, alpha):
        ...     return W1 + alpha * dW1, b1 - alpha * db1
        >>> network = [{"activation": "sigmoid", "W": [[0.15]], "b": [0.40]}]
        >>> problem = {"layers": network, "sample": {"X": [[0.1]], "y": [[0.25]]}, "loss": {"name": "half_mse"}}
        >>> report = mark_code(problem, [update])
        >>> [(line.quantity, line.verdict, [finding["slip"] for finding in line.findings]) for line in report.answers]
        [('W1.new', 'wrong', ['ascent']), ('b1.new', 'right', [])]

    Source: the rules are the project's own; the exercise is the lecture's MNIST network, by hand.
    """
    posed = load_problem(problem)
    with Student(_code(functions), seconds) as student:
        return _Marking(posed.title, Trials(Net.of(posed), student)).report()


def _code(functions: Any) -> Any:
    """A path, or functions by name."""
    if isinstance(functions, (str, os.PathLike)):
        return Path(functions)
    if hasattr(functions, "__dict__") and hasattr(functions, "__name__") and not callable(functions):
        functions = {name: value for name, value in vars(functions).items() if callable(value)}
    if isinstance(functions, Mapping):
        found = dict(functions)
    elif isinstance(functions, Sequence):
        found = {getattr(function, "__name__", f"function {i}"): function for i, function in enumerate(functions)}
    else:
        raise TypeNotUsableError("mark_code takes a Python file, or functions: a mapping, a list, or a module.")
    if not found or not all(callable(function) for function in found.values()):
        raise TypeNotUsableError("mark_code takes a Python file, or functions: a mapping, a list, or a module.")
    return {str(name): function for name, function in found.items()}


@dataclass
class _Marking:
    title: str
    trials: Trials
    lines: list[CodeLine] = field(default_factory=list)

    def report(self) -> CodeReport:
        """Every function that is there, in order."""
        found = signatures.recognised(self.trials.student.functions, self.trials.net.layers)
        if not found:
            known = "forward, backward, update, gradient_descent, ReLU, softmax, one_hot"
            raise DataError(f"There is no function to mark; these names are known, among others: {known}.")
        self.trials.rows = self._examples_are_rows(found)
        for role in ("one_hot", "activation", "derivative", "softmax", "forward", "backward", "update"):
            if role in found:
                self._function(found[role])
        if "softmax" in found or ("forward" in found and self.trials.net.classes):
            self._large_numbers(found.get("softmax") or found["forward"])
        if "gradient_descent" in found:
            self._descent(found["gradient_descent"], found.get("init"))
        named = {role: signature.name for role, signature in found.items()}
        return CodeReport(self.title, tuple(self.lines), named, self.trials.rows, tuple(self.trials.student.notes))

    # ---- the student's conventions ---------------------------------------------------------------------------------

    def _examples_are_rows(self, found: Mapping[str, signatures.Signature]) -> bool:
        """Whether a function takes its inputs as rows and does not take them as columns."""
        for role in ("forward", "backward"):
            if role in found:
                fits = {}
                for rows in (False, True):
                    self.trials.rows = rows
                    fits[rows] = not self.trials.tried(found[role], self.trials.inputs(0, WIDTHS)).called.failed
                if fits[False] != fits[True]:
                    return fits[True]
        return False

    # ---- one function ----------------------------------------------------------------------------------------------

    def _function(self, signature: signatures.Signature) -> None:
        """Its quantities in order, over all trials."""
        trials = [self.trials.tried(signature, self.trials.inputs(seed, WIDTHS)) for seed in range(TRIALS)]
        failed = next((trial for trial in trials if trial.called.failed), None)
        if failed is not None:
            self._failed(signature, failed)
            return
        if signature.role == "activation" or signature.role == "derivative" or signature.role == "softmax":
            trials = [self._elementwise(signature, trial) for trial in trials]
        names = self._expected_names(signature)
        missing = [name for name in names if not isinstance(trials[0].results.get(name), np.ndarray)]
        present = [name for name in names if name not in missing]
        if not present:
            finding = {"slip": "nothing-returned", "written": _kind(trials[0].called.value)}
            self.lines.append(CodeLine(signature.name, names[0], "wrong", (finding,), printed=trials[0].called.printed))
            return
        own: list[Numbers] = [{} for _ in trials]
        for name in present:
            self._quantity(signature, name, trials, own)
        self._changed_arguments(signature, trials[0])

    def _elementwise(self, signature: signatures.Signature, trial: Trial) -> Trial:
        """A helper's result under the name of what it should be."""
        value = next(iter(trial.results.values()), None)
        name = {"activation": "A1", "derivative": "slope", "softmax": f"A{self.trials.net.layers}"}[signature.role]
        return Trial(trial.step, trial.called, {name: value})

    def _expected_names(self, signature: signatures.Signature) -> list[str]:
        """What the function should return, in the order in which it is computed."""
        layers = self.trials.net.layers
        weights = signatures.weight_names(layers)
        if signature.role == "backward":
            deltas = [f"{letter}{k}" for k in range(layers, 0, -1) for letter in ("dZ", "dW", "db")]
            returned = [name for name in signature.returns if name]
            return [n for n in deltas if not n.startswith("dZ") or n in returned]
        return {
            "one_hot": ["Y"],
            "activation": ["A1"],
            "derivative": ["slope"],
            "softmax": [f"A{layers}"],
            "forward": [n for n in signatures.forward_names(layers)
                        if n in signature.returns or not any(signature.returns)] or [f"A{layers}"],
            "update": [f"{name}.new" for name in weights],
        }[signature.role]  # fmt: skip

    def _quantity(self, signature: signatures.Signature, name: str, trials: list[Trial], own: list[Numbers]) -> None:
        """One quantity in all trials; from then on the student's own value counts."""
        theirs = [trial.results[name] for trial in trials]
        wanted = [self._wanted(signature, trial, name, mine) for trial, mine in zip(trials, own, strict=True)]
        true = [self._wanted(signature, trial, name, {}) for trial in trials]
        if all(same(value, right) for value, right in zip(theirs, true, strict=True)):
            verdict = "right"
        elif all(same(value, right) for value, right in zip(theirs, wanted, strict=True)):
            verdict = "follow-through"
        else:
            verdict = "wrong"
        findings: tuple[Any, ...] = ()
        example = None
        if verdict == "wrong":
            findings = self._explained(signature, name, trials, own)
            before = self._same_before(signature, findings)
            if before is not None or (findings and self._named_before(findings[0]["slip"], name)):
                verdict = "follow-through"
                findings = ({**findings[0], "same": before},) if before is not None else ()
            else:
                example = self._example(signature, name)
        self.lines.append(CodeLine(signature.name, name, verdict, findings, example, trials[0].called.printed))
        for trial, mine in zip(trials, own, strict=True):
            if trial.results[name].shape == np.shape(self._wanted(signature, trial, name, {})):
                mine[name] = trial.results[name]

    def _wanted(self, signature: signatures.Signature, trial: Trial, name: str, own: Mapping[str, Any]) -> Any:
        step = trial.step
        if signature.role == "one_hot":
            return like(step["Y"], trial.results.get("Y"))
        if name == "slope":
            return self.trials.net.g(1).gradient(step["Z1"])
        if signature.role == "activation":
            return applied(self.trials.net.g(1), step["Z1"])
        inputs = {key: step[key] for key in inputs_of(signature.role, self.trials.net.layers)}
        return Step(self.trials.net, {**step.known, **inputs, **own})[name]

    def _same_before(self, signature: signatures.Signature, findings: Sequence[Mapping[str, Any]]) -> str | None:
        """The quantity of this function that the same slip, further back, made wrong already."""
        for line in self.lines:
            for earlier in line.findings if line.function == signature.name else ():
                if findings and "at" in earlier and all(earlier.get(k) == findings[0].get(k) for k in ("slip", "at")):
                    return line.quantity
        return None

    def _named_before(self, slip: str, name: str) -> bool:
        """Whether a helper was found to have this slip: what uses it follows from that."""
        helpers = ("one_hot", "activation", "derivative", "softmax")
        roles = {line.function for line in self.lines if line.verdict == "wrong" and any(
            f["slip"] == slip for f in line.findings)}  # fmt: skip
        known = signatures.recognised(self.trials.student.functions, self.trials.net.layers)
        return any(known[role].name in roles for role in helpers if role in known)

    # ---- what may have happened ------------------------------------------------------------------------------------

    def _explained(
        self, signature: signatures.Signature, name: str, trials: list[Trial], own: list[Numbers]
    ) -> tuple[dict[str, Any], ...]:
        """The slips that give the student's numbers in every trial; else what can be said of the numbers themselves."""
        fits = self._fitting(signature, name, trials, own)
        if not fits:
            squares = [self.trials.tried(signature, self.trials.inputs(9, (SQUARE,) * 4, SQUARE))]
            if not squares[0].called.failed and isinstance(squares[0].results.get(name), np.ndarray):
                fits = self._fitting(signature, name, squares, [{} for _ in squares])
        if not fits:
            return ({"slip": "shape", "written": _shown_shape(trials[0].results[name]),
                     "should_be": _shown_shape(self._wanted(signature, trials[0], name, {}))},) if not same_shape(
                trials[0].results[name], self._wanted(signature, trials[0], name, {})) else ()  # fmt: skip
        first, *others = dict.fromkeys(fits)
        found: dict[str, Any] = {"slip": first[0]} | ({"at": first[1]} if first[1] != name else {})
        names = [slip for slip in dict.fromkeys(slip for slip, _ in others) if slip != first[0]]
        return (found | ({"alternatives": names[:4]} if names else {}),)

    def _fitting(
        self, signature: signatures.Signature, name: str, trials: list[Trial], own: list[Numbers]
    ) -> list[tuple[str, str]]:
        """(slip, site) of everything that gives the student's numbers, those of the quantity's own formula first."""
        if name == "slope":
            return self._fitting_slopes(trials)
        knowns = []
        for trial, mine in zip(trials, own, strict=True):
            inputs = {key: trial.step[key] for key in inputs_of(signature.role, self.trials.net.layers)}
            known = {**trial.step.known, **inputs, **mine}
            if signature.role == "one_hot":
                known.pop("Y")
            knowns.append({key: value for key, value in known.items() if key != name})
        targets = [trial.results[name] for trial in trials]
        return fitting(self.trials.net, name, knowns, targets, turned=signature.role == "one_hot")

    def _fitting_slopes(self, trials: list[Trial]) -> list[tuple[str, str]]:
        others = [activations.get(name) for name in ("sigmoid", "tanh", "relu")]
        candidates: list[tuple[str, Any]] = [("activation-for-derivative", self.trials.net.g(1))]
        candidates += [("another-derivative", other.gradient) for other in others]
        return [
            (slip, "slope")
            for slip, made in candidates
            if all(same(trial.results["slope"], made(trial.step["Z1"])) for trial in trials)
        ]

    def _example(self, signature: signatures.Signature, name: str) -> dict[str, Any] | None:
        """The smallest input that shows the difference."""

        def differs(known: Numbers) -> tuple[Any, Any] | None:
            step = Step(self.trials.net, known)
            trial = self.trials.tried(signature, step)
            value = trial.results.get(name) if not trial.called.failed else None
            if signature.role in ("activation", "derivative", "softmax") and not trial.called.failed:
                value = self._elementwise(signature, trial).results.get(name)
            wanted = self._wanted(signature, trial, name, {})
            return None if not isinstance(value, np.ndarray) or same(value, wanted) else (value, wanted)

        shown = [a for a in signature.arguments if a in ("X", "labels", "Y", "alpha") or a[0] in "WbZAd"]
        return smallest(self.trials.net, differs, shown, self.trials.turned)

    # ---- what a function does besides ------------------------------------------------------------------------------

    def _failed(self, signature: signatures.Signature, trial: Trial) -> None:
        """A line for a function that gave no value."""
        called = trial.called
        square = self.trials.tried(signature, self.trials.inputs(9, (SQUARE,) * 4, SQUARE))
        finding: dict[str, Any] = {"slip": {"raised": "raised", "time": "too-long", "died": "died"}[called.failed],
                                   "written": called.said, "line": called.line}  # fmt: skip
        findings: list[dict[str, Any]] = [finding]
        if called.failed == "raised" and not square.called.failed:
            for name in self._expected_names(signature):
                value = square.results.get(name)
                if isinstance(value, np.ndarray) and not same(value, self._wanted(signature, square, name, {})):
                    slips = self._fitting(signature, name, [square], [{}])
                    findings = [{"slip": slip, "at": name} for slip, _ in slips[:1]] + findings
                    break
        first = self._expected_names(signature)[0]
        self.lines.append(CodeLine(signature.name, first, "wrong", tuple(findings), None, called.printed))

    def _changed_arguments(self, signature: signatures.Signature, trial: Trial) -> None:
        """A function that writes over the arrays it is given, which others use after it."""
        changed = [signature.arguments[i] for i in trial.called.changed if i < len(signature.arguments)]
        harmless = signature.role == "update" and all(name[0] in "Wb" for name in changed)
        if changed and not harmless:
            finding = {"slip": "in-place", "written": ", ".join(changed)}
            self.lines.append(CodeLine(signature.name, changed[0], "wrong", (finding,)))

    def _large_numbers(self, signature: signatures.Signature) -> None:
        """Whether a softmax of large numbers is still one."""
        if any(f["slip"].startswith("softmax") for line in self.lines for f in line.findings):
            return
        step = self.trials.inputs(0, WIDTHS)
        k = self.trials.net.layers
        known = {**step.known, f"b{k}": step[f"b{k}"] + 1000.0, f"Z{k}": step[f"Z{k}"] + 1000.0}
        large = Step(self.trials.net, known if signature.role == "softmax" else {**step.known, f"b{k}": known[f"b{k}"]})
        trial = self.trials.tried(signature, large)
        if signature.role == "softmax":
            trial = self._elementwise(signature, trial)
        value = trial.results.get(f"A{k}")
        if isinstance(value, np.ndarray) and not np.isfinite(value).all():
            shown = {"inputs": {f"Z{k}": [[1000.0], [1001.0]]}, "given": "nan", "expected": [[0.2689], [0.7311]]}
            self.lines.append(CodeLine(signature.name, f"A{k}", "wrong", ({"slip": "softmax-not-shifted"},), shown))

    # ---- the whole descent -----------------------------------------------------------------------------------------

    def _descent(self, signature: signatures.Signature, init: signatures.Signature | None) -> None:
        """One step of the loop, then three: the new weights, and how often it went round."""
        step = self.trials.inputs(3, WIDTHS)
        start = {name: step[name] for name in signatures.weight_names(self.trials.net.layers)}
        run = Descent(self.trials, signature, init, step, start)
        one = run.after(1)
        if isinstance(one, Called):
            self._failed_descent(signature, one)
            return
        right = run.trajectory(3)
        if run.matches(one, right[1]):
            three = run.after(3)
            matched = not isinstance(three, Called) and run.matches(three, right[3])
            slip = None if matched else run.loop_slip(three, right)
            verdict = "right" if matched else "wrong"
            found: list[dict[str, Any]] = [{"slip": slip}] if slip else []
            self.lines.append(CodeLine(signature.name, "W1.new", verdict, tuple(found)))
            return
        slip = run.loop_slip(one, right)
        earlier = any(line.verdict == "wrong" for line in self.lines)
        if slip is None and earlier:
            self.lines.append(CodeLine(signature.name, "W1.new", "follow-through"))
            return
        if slip is not None:
            self.lines.append(CodeLine(signature.name, "W1.new", "wrong", ({"slip": slip},)))
            return
        for name in one:
            wanted = right[1][name]
            if same(one[name], wanted):
                self.lines.append(CodeLine(signature.name, name, "right"))
                continue
            fits = run.fitting(name, one[name])
            findings = tuple({"slip": slip} | ({"at": site} if site != name else {}) for slip, site in fits[:1])
            self.lines.append(CodeLine(signature.name, name, "wrong", findings))

    def _failed_descent(self, signature: signatures.Signature, called: Called) -> None:
        if any(line.verdict == "wrong" for line in self.lines):
            return  # what it calls has failed by itself already
        slip = {"raised": "raised", "time": "too-long", "died": "died"}.get(called.failed, "nothing-returned")
        written = called.said or _kind(called.value)
        finding = {"slip": slip, "written": written, "line": called.line}
        self.lines.append(CodeLine(signature.name, "W1.new", "wrong", (finding,), None, called.printed))


def _kind(value: Any) -> str:
    return "None" if value is None else value.name if isinstance(value, Other) else type(value).__name__


def _shown_shape(value: Any) -> str:
    return str(tuple(np.shape(value))).replace(",)", ")")
