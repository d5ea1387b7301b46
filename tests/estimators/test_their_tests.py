"""scikit-learn's own tests of its perceptrons, run with our classes in the place of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Tests that read, or call, what begins with an underscore: the inside of scikit-learn's class.
INSIDE = {
    "test_gradient": "calls mlp._loss_grad_lbfgs",
    "test_learning_rate_warmstart": "reads mlp._optimizer.learning_rate",
    "test_adaptive_learning_rate": "reads mlp._optimizer.learning_rate",
}
RUN = """
import sys
import pytest
import sklearn.neural_network
import sklearn.linear_model
import sklearn.neural_network._multilayer_perceptron as theirs
from glassnet.estimators import MLPClassifier, MLPRegressor, PerceptronClassifier

sklearn.linear_model.Perceptron = PerceptronClassifier
for module in (sklearn.neural_network, theirs):
    module.MLPClassifier, module.MLPRegressor = MLPClassifier, MLPRegressor
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "module", ["sklearn.neural_network.tests.test_mlp", "sklearn.linear_model.tests.test_perceptron"]
)
def test_theirs_pass_with_ours(module: str, tmp_path: Path) -> None:
    deselected = " and ".join(f"not {name}" for name in INSIDE)
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null", "-k", deselected]
    arguments = [*options, "--pyargs", module]
    done = subprocess.run([sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
