"""The sentences for the learner, one of each slip, with the rule to remember: the one page to translate.

In a sentence {quantity} is the answer's quantity; the other names in braces are the finding's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = {
    "right": "right",
    "follow-through": "follow-through",
    "wrong": "wrong",
    "exact": "exact",
    "rounded": "rounded",
    "cut": "cut",
    "up": "rounded up",
    "own": "from your own numbers",
    "follows": "follows from your numbers",
    "no number follows": "no number follows from yours",
    "marks": "marks",
    "missing": "Not answered:",
    "same": "The same slip as in {quantity}.",
    "at": "On the way, in {at}:",
}
HINTS = {
    "number": "Look at {quantity} again: the number does not follow from those before it.",
    "formula further back": "Look at {at}, on the way to {quantity}.",
    "working": "The number is right; look at the working of {quantity} again.",
    "no slip": "No known slip gives this number: write the formula down, put the numbers in, calculate once more.",
    "solution": "Solution: {solution}.",
}
LISTING = ("missing-factor", "extra-factor", "in-place")  # slips whose sentence lists something

MESSAGES: dict[str, tuple[str, str]] = {
    "operand": ("In the working stands {written}; {is} is {should_be}.", "Copy every digit, then calculate."),
    "operand/decimal-point": ("In the working stands {written} for {is} = {should_be}: the decimal point.",
                              "Count the places behind the point."),
    "operand/cut": ("In the working {is} = {should_be} is cut to {written}.",
                    "Carry all the digits you have; round once, at the end."),
    "operand/digits-swapped": ("In the working stands {written} for {is} = {should_be}: two digits changed places.",
                               "Read a number back after copying it."),
    "operand/sign": ("In the working stands {written} for {is} = {should_be}: the sign.", "A sign is copied, too."),
    "missing-factor": ("In {quantity} a factor is missing{listed}.",
                       "The chain rule has one factor for every link from the loss to the weight."),
    "extra-factor": ("In the working of {quantity} stands a factor that does not belong there{listed}.",
                     "Every factor of the chain has its link."),
    "label": ("What is called {written} is {should_be}.", "Name a result before writing it down."),
    "missed-derivative": ("The derivative of the activation is missing on the way to {quantity}.",
                          "dZ = dA * g'(Z): through an activation the gradient is multiplied by its slope."),
    "derivative-at-z": ("The derivative of the activation was taken with z in place of a.",
                        "For the sigmoid g'(z) = a (1 - a), with a = g(z)."),
    "derivative-half": ("Only half of the activation's derivative a (1 - a) is there.",
                        "For the sigmoid g'(z) = a (1 - a), for tanh 1 - a^2."),
    "derivative-of-a": ("The derivative was taken at a, as if a were z: g was applied twice.",
                        "g'(z) = a (1 - a) needs no second sigmoid: a is g(z) already."),
    "another-derivative": ("The slope of another activation was used.",
                           "Sigmoid: a (1 - a). Tanh: 1 - a^2. ReLU: 1 where z > 0, else 0."),
    "activation-for-weight": ("The activation below stands where the weight belongs.",
                              "Back to a layer the gradient passes the weights: dA = dZ W^T; a belongs in dW."),
    "weight-for-activation": ("The weight stands where what comes in through it belongs.",
                              "The slope of w a by w is a: dW = a dZ."),
    "another-unit": ("The gradient of another unit was used.", "dW[i,o] belongs to the unit o it leads to."),
    "prediction-omitted": ("Of the difference between prediction and target only one stands there.",
                           "The error is a - y."),
    "new-weights": ("The hidden layer's gradient was taken through the weights after the update.",
                    "All gradients of a step use the weights before it."),
    "transposed-weights": ("The weights were used transposed.",
                           "Forward a unit collects over its inputs, backward over its outputs."),
    "activation-omitted": ("{quantity} is the weighted sum itself: the activation was left out.", "a = g(z)."),
    "another-activation": ("Another activation was used than the layer has.",
                           "The layer says its activation; a sigmoid looks at one z, a softmax at the whole row."),
    "exponent-sign": ("In the sigmoid stands e^z for e^-z.", "sigmoid(z) = 1 / (1 + e^-z): large z, near 1."),
    "softmax-of-column": ("The softmax was divided by the sum over the examples.",
                          "A softmax goes over the classes of one example; every example sums to 1."),
    "softmax-not-divided": ("e^z was not divided by the sum of the row.", "The softmax of a row sums to 1."),
    "z-for-a": ("The weighted sum z was used where its activation a belongs.", "A layer passes on a = g(z)."),
    "input-for-activation": ("The input x was used where the activation below belongs.", "z2 = w2 a1 + b2."),
    "bias-omitted": ("The bias was left out.", "z = w x + b."),
    "bias-subtracted": ("The bias was subtracted.", "Here the bias is added: z = w x + b."),
    "sum-for-mean": ("The sum over the examples was not divided by their number.", "The gradient is a mean: 1/m."),
    "mean-twice": ("The mean was taken twice.", "1/m stands in one place only."),
    "term-omitted": ("One term of the sum was left out.", "A sum runs over all units, or all examples."),
    "missing-half": ("The 1/2 of the loss is missing.", "E = 1/2 (y - a)^2."),
    "factor-two": ("The 2 of the square's derivative is wrong here.", "1/2 (y - a)^2 has the slope a - y."),
    "logarithm-to-ten": ("The logarithm to base ten was taken.", "In a loss log is ln, to base e."),
    "logarithm-omitted": ("The logarithm was left out.", "The cross-entropy is minus the logarithm of p."),
    "other-class": ("The logarithm of the other class's probability was taken.",
                    "y = 1 counts log p, y = 0 counts log (1 - p)."),
    "square-omitted": ("Something was not squared.", "The loss squares the error; s and v run over g^2."),
    "learning-rate-omitted": ("The learning rate was left out.", "w new = w - alpha dw."),
    "ascent": ("The step was added.", "Descent goes against the gradient: w new = w - alpha dw."),
    "step-alone": ("This is the step alone.", "The new weight is the old one less the step."),
    "rate-twice": ("The learning rate stands before the velocity, too, which has it already.",
                   "v = eta v + alpha g; w new = w - v."),
    "gradient-for-moment": ("This is the step of plain gradient descent.",
                            "This optimizer steps along its moment, not along the gradient alone."),
    "another-gradient": ("The gradient of another weight was used.", "Every weight has its own gradient and moment."),
    "look-ahead-omitted": ("This is the step of plain momentum.",
                           "Nesterov looks ahead: w new = w - (eta v + alpha g), with the new v."),
    "moment-before": ("The moment before the step was used where the new one belongs.",
                      "First the moments are updated, then the weight by the new ones."),
    "memory-lost": ("The old moment is missing.", "A moment remembers: beta times the old one comes first."),
    "decay-omitted": ("The old moment was taken whole, without its factor.", "The old moment fades: beta times it."),
    "decay-exchanged": ("beta and 1 - beta changed places.", "beta times the old, 1 - beta times the new."),
    "betas-exchanged": ("beta1 and beta2 changed places.", "beta1 belongs to m, the mean; beta2 to v, the squares."),
    "epsilon-omitted": ("Epsilon was left out.", "Epsilon keeps the quotient finite where the squares are small."),
    "epsilon-place": ("Epsilon stands on the other side of the root.", "The problem says: inside or outside."),
    "root-omitted": ("The root was not taken.", "The step is divided by the root of the squares' mean."),
    "bias-correction-omitted": ("The bias correction was left out.", "m_hat = m / (1 - beta1^t), v_hat likewise."),
    "bias-correction-added": ("Bias was corrected, which this problem does not do.",
                              "The settings of the problem say whether m is divided by 1 - beta1^t."),
    "bias-correction-power": ("In the bias correction stands beta for beta^t.",
                              "In step t the correction is 1 - beta^t: it fades."),
    "slope-term-omitted": ("A term is missing.", "The derivative of a sum is the sum of all derivatives."),
    "power-rule": ("The power was not differentiated rightly.", "x^n has the slope n x^(n-1)."),
    "value-for-slope": ("The function's value was used for its slope.", "Descent follows the slope, not f itself."),
    "other-coordinate": ("The derivative by the other variable was taken.",
                         "Each coordinate steps by its own partial derivative."),
    "new-coordinate": ("The other coordinate was taken after its step.",
                       "All coordinates step at once, from the same point."),
    "power-omitted": ("A power was left out.", "x^2 is x times x."),
    "memory-omitted": ("The new value came in whole, without its share 1 - beta.",
                       "A running mean: beta times the old, 1 - beta times the new."),
    "sign": ("The sign is the wrong way round.", "Follow each minus: 1/2 (y - a)^2 has the slope a - y."),
    "decimal-point": ("The digits are right, the decimal point is not.", "Estimate the size before calculating."),
    "digits-swapped": ("Two digits changed places.", "Read a number back after copying it."),
    "too-few-digits": ("The number is right as far as it goes, but has too few digits.",
                       "Write at least two significant digits."),
    "digit": ("One digit is another than it should be.", "Read a number back after copying it."),
    "inexact": ("The last digit is off by more than a rounding.", "Carry more digits on the way than you write."),
    # ---- code --------------------------------------------------------------------------------------------------
    "softmax-axis": ("The softmax is divided by the sum over the wrong axis.",
                     "The sum goes over the classes of one example: axis 0 where examples are columns, with keepdims."),
    "softmax-not-shifted": ("The softmax of large numbers overflows: e^1000 is no number any more.",
                            "Subtract each example's largest z first; the softmax stays the same."),
    "in-place": ("An array is written over that is used again{listed}.",
                 "Make a new array: Z = Z.copy(), or np.maximum(Z, 0) in place of Z[Z < 0] = 0."),
    "one-hot-shifted": ("The ones of the one-hot columns stand a class too far, or too near.",
                        "The row of the one is the label itself, counted from 0."),
    "target-omitted": ("The target was not subtracted.", "dZ of the last layer is A - Y."),
    "derivative-added": ("The last activation's derivative is there once too often.",
                         "A - Y is the derivative of softmax and cross-entropy together."),
    "derivative-elsewhere": ("The derivative of the activation is taken of another array than Z.",
                             "dZ1 = W2^T dZ2 * g'(Z1): the slope is that at Z1."),
    "activation-for-derivative": ("The activation stands where its derivative belongs.",
                                  "ReLU is max(z, 0), its derivative is 1 where z > 0, else 0."),
    "activation-for-input": ("The layer's own A was used where what comes into it belongs.",
                             "dW2 = 1/m dZ2 A1^T, dW1 = 1/m dZ1 X^T."),
    "another-count": ("It was divided by another number than that of the examples.",
                      "m is the number of examples: X.shape[1] where examples are columns."),
    "transposed-gradient": ("The gradient is transposed.", "dW has the shape of W: dZ A^T, not A dZ^T."),
    "axis": ("The sum for the bias goes over the wrong axis, or over everything.",
             "db = 1/m np.sum(dZ, axis=1, keepdims=True): one number for every unit."),
    "keepdims": ("The bias's numbers are right, but flat: from a column they make a matrix.",
                 "np.sum(dZ, axis=1, keepdims=True) stays a column."),
    "not-updated": ("It was not updated.", "Every W and every b takes its step."),
    "mean-in-update": ("The step was divided by the number of examples once more.", "1/m stands in one place only."),
    "result-dropped": ("The loop leaves the weights as they were: what the update returns is not kept.",
                       "W1, b1, W2, b2 = update(...): a function's result has to be given a name."),
    "loop-count": ("The loop goes round once too often, or too rarely.", "range(n) goes round n times."),
    "stale-forward": ("The forward pass is not in the loop: its numbers are those of the first weights.",
                      "Forward, backward, update: all three in every iteration."),
    "shape": ("Its shape is {written}; it has to be {should_be}.", "Write the shapes beside the formula."),
    "raised": ("The function ended with an error{where}: {written}.", "Run it on a small example by hand first."),
    "too-long": ("The function took too long.", "Does every loop come to an end?"),
    "died": ("The function ended Python, or used more memory than there is.", "Look for exit() and for huge arrays."),
    "nothing-returned": ("The function gave back {written}, where numbers were expected.",
                         "A function ends with return and what it computed."),
}  # fmt: skip


def sentence(finding: Mapping[str, Any], quantity: str) -> str:
    """What happened, in a sentence for the learner.

    >>> sentence({"slip": "missing-factor", "missing": ["A1"]}, "dW2")
    'In dW2 a factor is missing: A1.'
    """
    parts = finding.get("missing") or finding.get("written") or () if finding["slip"] in LISTING else ()
    listed = ": " + (parts if isinstance(parts, str) else ", ".join(parts)) if parts else ""
    where = f" in line {finding['line']}" if finding.get("line") else ""
    return _message(finding)[0].format(**{**finding, "quantity": quantity, "listed": listed, "where": where})


def rule_for(finding: Mapping[str, Any]) -> str:
    """The rule to remember."""
    return _message(finding)[1]


def _message(finding: Mapping[str, Any]) -> tuple[str, str]:
    slip = str(finding["slip"])
    return MESSAGES.get(f"{slip}/{finding.get('kind')}", MESSAGES[slip])
