"""The sentences for the learner, one of each slip, with the rule to remember: the one page to translate.

In a sentence {quantity} is the answer's quantity; the other names in braces are the finding's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    "new-weights": ("The hidden layer's gradient was taken through the weights after the update.",
                    "All gradients of a step use the weights before it."),
    "transposed-weights": ("The weights were used transposed.",
                           "Forward a unit collects over its inputs, backward over its outputs."),
    "activation-omitted": ("{quantity} is the weighted sum itself: the activation was left out.", "a = g(z)."),
    "another-activation": ("Another activation was used than the layer has.",
                           "The layer says its activation; a sigmoid looks at one z, a softmax at the whole row."),
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
    "square-omitted": ("Something was not squared.", "The loss squares the error; s and v run over g^2."),
    "learning-rate-omitted": ("The learning rate was left out.", "w new = w - alpha dw."),
    "ascent": ("The step was added.", "Descent goes against the gradient: w new = w - alpha dw."),
    "step-alone": ("This is the step alone.", "The new weight is the old one less the step."),
    "epsilon-place": ("Epsilon stands on the other side of the root.", "The problem says: inside or outside."),
    "root-omitted": ("The root was not taken.", "The step is divided by the root of the squares' mean."),
    "bias-correction-omitted": ("The bias correction was left out.", "m_hat = m / (1 - beta1^t), v_hat likewise."),
    "memory-omitted": ("The new value came in whole, without its share 1 - beta.",
                       "A running mean: beta times the old, 1 - beta times the new."),
    "sign": ("The sign is the wrong way round.", "Of 1/2 (y - a)^2 the derivative by a is a - y."),
    "decimal-point": ("The digits are right, the decimal point is not.", "Estimate the size before calculating."),
    "digits-swapped": ("Two digits changed places.", "Read a number back after copying it."),
    "too-few-digits": ("The number is right as far as it goes, but has too few digits.",
                       "Write at least two significant digits."),
    "inexact": ("The last digit is off by more than a rounding.", "Carry more digits on the way than you write."),
}  # fmt: skip


def sentence(finding: Mapping[str, Any], quantity: str) -> str:
    """What happened, in a sentence for the learner.

    >>> sentence({"slip": "missing-factor", "missing": ["A1"]}, "dW2")
    'In dW2 a factor is missing: A1.'
    """
    parts = finding.get("missing") or finding.get("written") if "factor" in str(finding["slip"]) else None
    listed = ": " + ", ".join(parts) if parts else ""
    return _message(finding)[0].format(**{**finding, "quantity": quantity, "listed": listed})


def rule_for(finding: Mapping[str, Any]) -> str:
    """The rule to remember."""
    return _message(finding)[1]


def _message(finding: Mapping[str, Any]) -> tuple[str, str]:
    slip = str(finding["slip"])
    return MESSAGES.get(f"{slip}/{finding.get('kind')}", MESSAGES[slip])
