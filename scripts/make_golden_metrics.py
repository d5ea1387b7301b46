"""Makes tests/golden/metrics.json: what scikit-learn says of the same labels and scores. Run where scikit-learn is:

    python scripts/make_golden_metrics.py

Ties, weights, classes that are rare, and predictions that are bad on purpose.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics


def softmax(Z: np.ndarray) -> np.ndarray:
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def two_classes(rng: np.random.Generator, ties: bool) -> dict[str, object]:
    t = rng.integers(0, 2, 40)
    p = np.clip(0.3 + 0.3 * t + 0.25 * rng.normal(size=40), 0.02, 0.98)
    p = np.round(p, 1 if ties else 12).clip(0.02, 0.98)
    w = rng.uniform(0, 2, 40)
    called = (p >= 0.5).astype(int)
    expected = {}
    for weight, name in ((None, ""), (w, " weighted")):
        expected |= {
            f"roc_auc{name}": metrics.roc_auc_score(t, p, sample_weight=weight),
            f"average_precision{name}": metrics.average_precision_score(t, p, sample_weight=weight),
            f"log_loss{name}": metrics.log_loss(t, p, sample_weight=weight),
            f"brier{name}": metrics.brier_score_loss(t, p, sample_weight=weight),
        }
    expected |= {
        "matthews": metrics.matthews_corrcoef(t, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(t, called),
    }
    return {"target": t.tolist(), "prediction": p.tolist(), "weight": w.tolist(), "expected": expected}


def several_classes(rng: np.random.Generator) -> dict[str, object]:
    t = rng.choice(4, 60, p=[0.5, 0.3, 0.15, 0.05])
    t[:4] = range(4)
    P = softmax(rng.normal(size=(60, 4)) + 1.2 * np.eye(4)[t])
    w = rng.uniform(0, 2, 60)
    expected = {}
    for average in ("macro", "weighted"):
        expected[f"roc_auc {average}"] = metrics.roc_auc_score(t, P, multi_class="ovr", average=average)
        expected[f"average_precision {average}"] = metrics.average_precision_score(np.eye(4)[t], P, average=average)
    called = P.argmax(axis=1)
    expected |= {
        "log_loss": metrics.log_loss(t, P),
        "log_loss weighted": metrics.log_loss(t, P, sample_weight=w),
        "brier": metrics.brier_score_loss(t, P),
        "brier weighted": metrics.brier_score_loss(t, P, sample_weight=w),
        "matthews": metrics.matthews_corrcoef(t, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(t, called),
    }
    return {"target": t.tolist(), "prediction": P.tolist(), "weight": w.tolist(), "expected": expected}


def interval(right: int, rows: int, confidence: float) -> dict[str, object]:
    test = stats.binomtest(right, rows)
    found = {name: list(test.proportion_ci(confidence, method)) for name, method in METHODS.items()}
    return {"right": right, "rows": rows, "confidence": confidence} | found


METHODS = {"wilson": "wilson", "clopper_pearson": "exact"}

if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    rng = np.random.default_rng(20)
    golden = {
        "made with": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}",
        "two classes": two_classes(rng, ties=False),
        "two classes with ties": two_classes(rng, ties=True),
        "several classes": several_classes(rng),
        "intervals": [interval(*case) for case in ((7, 10, 0.95), (0, 20, 0.95), (350, 360, 0.99), (1, 1, 0.9))],
    }
    place = Path(__file__).parents[1] / "tests" / "golden" / "metrics.json"
    place.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
