"""Make trajectories.json: 100 steps of every optimizer and variant, in 50 decimal digits.

Written from the papers in mpmath numbers, one weight at a time, without a line of glassnet, so that the two can only
agree by both being right. Run `python tests/golden/make_trajectories.py` to write the file again (two seconds).

The problem has three weights, curvatures from 1/2 to 25, and is not quadratic:

    E(x, y, z) = 25/2 x^2 + 1/2 x y + 1/2 y^2 + 1/4 (z - y^2)^2

Settings are taken as the float64 numbers that Python reads (0.1 is not 1/10), since that is what glassnet is given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mpmath import mp, mpf, nstr, sign, sqrt

FILE = Path(__file__).with_name("trajectories.json")
DIGITS = 50  # of the computation
STORED = 20  # of them are written: three more than float64 can tell apart
STEPS = 100
WRITTEN = [*range(1, 11), *range(20, STEPS + 1, 10)]  # a wrong step stays visible in every later one
START = ["1", "-2", "3"]

Numbers = list[mpf]
Trajectory = Iterator[Numbers]


def gradient(theta: Numbers) -> Numbers:
    x, y, z = theta
    return [25 * x + y / 2, x / 2 + y - y * (z - y * y), (z - y * y) / 2]


def zeros() -> Numbers:
    return [mpf(0) for _ in START]


def gradient_descent(theta: Numbers, learning_rate: mpf) -> Trajectory:
    while True:
        g = gradient(theta)
        theta = [t - learning_rate * gi for t, gi in zip(theta, g, strict=True)]
        yield theta


def momentum(theta: Numbers, learning_rate: mpf, eta: mpf) -> Trajectory:
    v = zeros()
    while True:
        g = gradient(theta)
        v = [eta * vi + learning_rate * gi for vi, gi in zip(v, g, strict=True)]
        theta = [t - vi for t, vi in zip(theta, v, strict=True)]
        yield theta


def nesterov(w: Numbers, learning_rate: mpf, eta: mpf) -> Trajectory:
    """As published, with the gradient at w - eta v; what is yielded is that place for the next step."""
    v = zeros()
    while True:
        ahead = [wi - eta * vi for wi, vi in zip(w, v, strict=True)]
        g = gradient(ahead)
        v = [eta * vi + learning_rate * gi for vi, gi in zip(v, g, strict=True)]
        w = [wi - vi for wi, vi in zip(w, v, strict=True)]
        yield [wi - eta * vi for wi, vi in zip(w, v, strict=True)]


def over_root(epsilon: mpf, epsilon_inside: bool) -> Callable[[mpf], mpf]:
    return lambda s: sqrt(s + epsilon) if epsilon_inside else sqrt(s) + epsilon


def adagrad(theta: Numbers, learning_rate: mpf, epsilon: mpf, epsilon_inside: bool) -> Trajectory:
    root, s = over_root(epsilon, epsilon_inside), zeros()
    while True:
        g = gradient(theta)
        s = [si + gi**2 for si, gi in zip(s, g, strict=True)]
        theta = [t - learning_rate * gi / root(si) for t, gi, si in zip(theta, g, s, strict=True)]
        yield theta


def rmsprop(theta: Numbers, learning_rate: mpf, rho: mpf, epsilon: mpf, epsilon_inside: bool) -> Trajectory:
    root, s = over_root(epsilon, epsilon_inside), zeros()
    while True:
        g = gradient(theta)
        s = [rho * si + (1 - rho) * gi**2 for si, gi in zip(s, g, strict=True)]
        theta = [t - learning_rate * gi / root(si) for t, gi, si in zip(theta, g, s, strict=True)]
        yield theta


def adadelta(theta: Numbers, learning_rate: mpf, rho: mpf, epsilon: mpf, epsilon_inside: bool) -> Trajectory:
    root, s, u = over_root(epsilon, epsilon_inside), zeros(), zeros()
    while True:
        g = gradient(theta)
        s = [rho * si + (1 - rho) * gi**2 for si, gi in zip(s, g, strict=True)]
        d = [root(ui) / root(si) * gi for ui, si, gi in zip(u, s, g, strict=True)]
        u = [rho * ui + (1 - rho) * di**2 for ui, di in zip(u, d, strict=True)]
        theta = [t - learning_rate * di for t, di in zip(theta, d, strict=True)]
        yield theta


def adam(
    theta: Numbers,
    learning_rate: mpf,
    beta1: mpf,
    beta2: mpf,
    epsilon: mpf,
    epsilon_inside: bool,
    bias_correction: bool,
) -> Trajectory:
    root, m, v, t = over_root(epsilon, epsilon_inside), zeros(), zeros(), 0
    while True:
        t += 1
        g = gradient(theta)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g, strict=True)]
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g, strict=True)]
        m_hat = [mi / (1 - beta1**t) if bias_correction else mi for mi in m]
        v_hat = [vi / (1 - beta2**t) if bias_correction else vi for vi in v]
        theta = [w - learning_rate * mi / root(vi) for w, mi, vi in zip(theta, m_hat, v_hat, strict=True)]
        yield theta


def adamw(
    theta: Numbers,
    learning_rate: mpf,
    weight_decay: mpf,
    beta1: mpf,
    beta2: mpf,
    epsilon: mpf,
    epsilon_inside: bool,
) -> Trajectory:
    root, m, v, t = over_root(epsilon, epsilon_inside), zeros(), zeros(), 0
    while True:
        t += 1
        g = gradient(theta)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g, strict=True)]
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g, strict=True)]
        steps = [mi / (1 - beta1**t) / root(vi / (1 - beta2**t)) for mi, vi in zip(m, v, strict=True)]
        theta = [w - learning_rate * (step + weight_decay * w) for w, step in zip(theta, steps, strict=True)]
        yield theta


def amsgrad(
    theta: Numbers,
    learning_rate: mpf,
    beta1: mpf,
    beta2: mpf,
    epsilon: mpf,
    epsilon_inside: bool,
    bias_correction: bool,
) -> Trajectory:
    root, m, v, largest, t = over_root(epsilon, epsilon_inside), zeros(), zeros(), zeros(), 0
    while True:
        t += 1
        g = gradient(theta)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g, strict=True)]
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g, strict=True)]
        largest = [max(a, b) for a, b in zip(largest, v, strict=True)]
        m_hat = [mi / (1 - beta1**t) if bias_correction else mi for mi in m]
        v_hat = [vi / (1 - beta2**t) if bias_correction else vi for vi in largest]
        theta = [w - learning_rate * mi / root(vi) for w, mi, vi in zip(theta, m_hat, v_hat, strict=True)]
        yield theta


def nadam(
    theta: Numbers,
    learning_rate: mpf,
    beta1: mpf,
    beta2: mpf,
    momentum_decay: mpf,
    epsilon: mpf,
    epsilon_inside: bool,
) -> Trajectory:
    """Dozat's algorithm 2, with its suggested mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)."""
    root, m, n, t, product = over_root(epsilon, epsilon_inside), zeros(), zeros(), 0, mpf(1)

    def mu(step: int) -> mpf:
        return beta1 * (1 - mpf(0.96) ** (step * momentum_decay) / 2)

    while True:
        t += 1
        g = gradient(theta)
        product *= mu(t)
        g_hat = [gi / (1 - product) for gi in g]
        m = [mu(t) * mi + (1 - mu(t)) * gi for mi, gi in zip(m, g, strict=True)]
        m_hat = [mi / (1 - product * mu(t + 1)) for mi in m]
        n = [beta2 * ni + (1 - beta2) * gi**2 for ni, gi in zip(n, g, strict=True)]
        m_bar = [(1 - mu(t)) * gi + mu(t + 1) * mi for gi, mi in zip(g_hat, m_hat, strict=True)]
        theta = [w - learning_rate * mi / root(ni / (1 - beta2**t)) for w, mi, ni in zip(theta, m_bar, n, strict=True)]
        yield theta


def radam(theta: Numbers, learning_rate: mpf, beta1: mpf, beta2: mpf, epsilon: mpf, epsilon_inside: bool) -> Trajectory:
    root, m, v, t, rho_inf = over_root(epsilon, epsilon_inside), zeros(), zeros(), 0, 2 / (1 - beta2) - 1
    while True:
        t += 1
        g = gradient(theta)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g, strict=True)]
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g, strict=True)]
        steps = [mi / (1 - beta1**t) for mi in m]
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 4:
            r = sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            steps = [r * step / root(vi / (1 - beta2**t)) for step, vi in zip(steps, v, strict=True)]
        theta = [w - learning_rate * step for w, step in zip(theta, steps, strict=True)]
        yield theta


def adamax(theta: Numbers, learning_rate: mpf, beta1: mpf, beta2: mpf, epsilon: mpf) -> Trajectory:
    m, u, t = zeros(), zeros(), 0
    while True:
        t += 1
        g = gradient(theta)
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g, strict=True)]
        u = [max(beta2 * ui, abs(gi)) for ui, gi in zip(u, g, strict=True)]
        theta = [
            w - learning_rate / (1 - beta1**t) * mi / (ui + epsilon) for w, mi, ui in zip(theta, m, u, strict=True)
        ]
        yield theta


def lion(theta: Numbers, learning_rate: mpf, beta1: mpf, beta2: mpf, weight_decay: mpf) -> Trajectory:
    m = zeros()
    while True:
        g = gradient(theta)
        c = [sign(beta1 * mi + (1 - beta1) * gi) for mi, gi in zip(m, g, strict=True)]
        theta = [w - learning_rate * (ci + weight_decay * w) for w, ci in zip(theta, c, strict=True)]
        m = [beta2 * mi + (1 - beta2) * gi for mi, gi in zip(m, g, strict=True)]
        yield theta


def rprop(theta: Numbers, learning_rate: mpf, grow: mpf, shrink: mpf, smallest: mpf, largest: mpf) -> Trajectory:
    """Riedmiller and Braun's, weight by weight, with the way back after a change of sign."""
    sizes, before, steps = [learning_rate for _ in START], zeros(), zeros()
    while True:
        g = gradient(theta)
        for i, (new, old) in enumerate(zip(g, before, strict=True)):
            if new * old < 0:
                sizes[i] = max(shrink * sizes[i], smallest)
                steps[i], before[i] = -steps[i], mpf(0)
            else:
                if new * old > 0:
                    sizes[i] = min(grow * sizes[i], largest)
                steps[i], before[i] = -sign(new) * sizes[i], new
        theta = [w + step for w, step in zip(theta, steps, strict=True)]
        steps = [step if kept != 0 or gi == 0 else mpf(0) for step, kept, gi in zip(steps, before, g, strict=True)]
        yield theta


OPTIMIZERS: dict[str, Callable[..., Trajectory]] = {
    function.__name__: function
    for function in (
        *(gradient_descent, momentum, nesterov, adagrad, rmsprop, adadelta),
        *(adam, adamw, amsgrad, nadam, radam, adamax, lion, rprop),
    )
}


def variants() -> Iterator[dict[str, Any]]:
    """Every optimizer with every choice of its switches; epsilons large enough to be seen, and the usual ones."""
    yield {"optimizer": "gradient_descent", "settings": {"learning_rate": 0.02}}
    yield {"optimizer": "momentum", "settings": {"learning_rate": 0.02, "eta": 0.9}}
    yield {"optimizer": "nesterov", "settings": {"learning_rate": 0.02, "eta": 0.9}}
    for inside in (False, True):
        for epsilon in (1e-8, 0.1):
            switches = {"epsilon": epsilon, "epsilon_inside": inside}
            yield {"optimizer": "adagrad", "settings": {"learning_rate": 0.3, **switches}}
            yield {"optimizer": "rmsprop", "settings": {"learning_rate": 0.02, "rho": 0.9, **switches}}
            betas = {"learning_rate": 0.05, "beta1": 0.9, "beta2": 0.999}
            for correction in (False, True):
                for name in ("adam", "amsgrad"):
                    yield {"optimizer": name, "settings": {**betas, **switches, "bias_correction": correction}}
            yield {"optimizer": "adamw", "settings": {**betas, **switches, "weight_decay": 0.1}}
            yield {"optimizer": "nadam", "settings": {**betas, **switches, "momentum_decay": 0.004}}
            for beta2 in (0.9, 0.999):
                yield {"optimizer": "radam", "settings": {**betas, **switches, "beta2": beta2}}
        for epsilon in (1e-6, 1e-3):
            switches = {"epsilon": epsilon, "epsilon_inside": inside}
            yield {"optimizer": "adadelta", "settings": {"learning_rate": 1.0, "rho": 0.95, **switches}}
    for beta2 in (0.9, 0.999):
        settings = {"learning_rate": 0.05, "beta1": 0.9, "beta2": beta2}
        yield {"optimizer": "adamax", "settings": {**settings, "epsilon": 1e-8}}
        yield {"optimizer": "lion", "settings": {**settings, "weight_decay": 0.1}}
    sizes = {"grow": 1.2, "shrink": 0.5, "smallest": 1e-6}
    for largest in (0.3, 50.0):
        yield {"optimizer": "rprop", "settings": {"learning_rate": 0.1, **sizes, "largest": largest}}


def trajectory(variant: dict[str, Any], steps: int = STEPS) -> dict[str, list[str]]:
    """The weights after each written step up to `steps`, as decimal digits."""
    with mp.workdps(DIGITS):
        settings = {name: s if isinstance(s, bool) else mpf(s) for name, s in variant["settings"].items()}
        path = OPTIMIZERS[variant["optimizer"]]([mpf(number) for number in START], **settings)
        points = {step: next(path) for step in range(1, steps + 1)}
        return {str(step): [nstr(t, STORED) for t in points[step]] for step in WRITTEN if step <= steps}


if __name__ == "__main__":
    paths = [{**variant, "theta": trajectory(variant)} for variant in variants()]
    body = ",\n".join(json.dumps(path) for path in paths)
    FILE.write_text(f'{{"start": {json.dumps(START)}, "steps": {STEPS}, "trajectories": [\n{body}\n]}}\n')
    print(f"{FILE.name}: {len(paths)} trajectories of {STEPS} steps")
