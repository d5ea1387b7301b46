"""The words for the learner, headings and sentences, one of each slip with the rule to remember: the page to translate.

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

# ---- a step that is opened: its page, its document, its tables ------------------------------------------------------

STORY = {  # the parts of a step, in order: the heading, and what happens there
    "given": ("What is given", "The examples with their targets, and what has been learned so far."),
    "forward": ("Forward", "From the inputs, layer by layer, to the prediction."),
    "loss": ("The loss", "How wrong the prediction is, as one number."),
    "backward": ("Backward", "The chain rule from the loss down: how it changes with every number before it."),
    "update": ("Update", "Every weight takes its step against its derivative."),
}
STEP = {
    "eyebrow": "Dissection",
    "one": "One step of training",
    "several": "One step of training on {rows} examples",
    "of a run": "Step {step} of a training",
    "skip": "Skip to the step",
    "parts": "Parts of the step",
    "network": "The network with its numbers",
    "footer": "Written by glassnet {version}. The page loads nothing.",
    "large arrays": "{count} large arrays: {names}",
    "as it is": "as the engine has it",
    "one of": "One of its {count} entries, the largest, opened:",
    "sum of": "The sum of {count} terms",
    "largest terms": "Its {count} largest terms",
    "others": "the other {count} terms together, exactly",
    "times": "the sum times",
    "statistics": "In numbers, and its largest entries",
    "reveal": "Reveal",
    "yours": "Your {name}",
    "walk": "arrow keys walk",
    "row": "row {rows} of the data",
    "rows": "rows {rows} of the data",
    "mean of one": "of one example",
    "mean weighted": "weighted, in the deltas",
    "mean dZ": "1/m stands in the deltas dZ",
    "mean dW": "1/m stands in dW and db",
}
TOOLS = {"back": "← Back", "on": "Next →", "predict": "Predict first", "lecture": "Lecture", "dark": "Dark"}
ATTRIBUTION = {
    "heading": "What made the prediction",
    "sentence": "Output {output} of example {example} is {logit}, and this network is linear where its units stand: "
    "the logit is a sum, exactly, of what each input or unit adds, the biases, and the rounding.",
    "from": "From {name}",
    "map": "What each pixel adds to the logit: blue raises it, orange lowers it",
    "rest": "the other {count} together, exactly",
    "biases": "the biases",
    "rounding": "rounding of the network's own arithmetic",
    "total": "together, exactly",
}
QUANTITIES = {  # what a quantity is; {k} is the number in its name, {of} the quantity behind the point
    "X": "the inputs, an example a row",
    "X in columns": "the inputs, an example a column",
    "y": "the targets",
    "share": "what each example's loss counts",
    "loss": "how wrong the prediction is",
    "penalty": "what large weights cost",
    "total": "what the step makes smaller",
    "norm": "the length of the whole gradient",
    "clip": "what every gradient is multiplied by",
    "P": "the probabilities",
    "W": "weights of layer {k}",
    "b": "bias of layer {k}",
    "Z": "weighted sums of layer {k}",
    "A": "activations of layer {k}",
    "D": "what dropout leaves",
    "S": "rescaled",
    "H": "output of the layer at place {k}",
    "keep": "which values dropout keeps",
    "noise": "the noise of this step",
    "mu": "the mean that layer {k} takes away",
    "var": "the variance of layer {k}",
    "ms": "the mean square of layer {k}",
    "r": "what layer {k} multiplies by",
    "Xhat": "brought to a common size",
    "gamma": "scale of layer {k}",
    "beta": "shift of layer {k}",
    "slope": "slope below zero, layer {k}",
    "E": "rows of the categories, layer {k}",
    "mean": "the mean that layer {k} keeps",
    "variance": "the variance that layer {k} keeps",
    "penalised.": "the gradient with that of the penalties, {of}",
    "limited.": "the gradient within its limits, {of}",
    "clipped.": "the gradient, not too long, {of}",
    "decayed.": "{of}, a little smaller",
    "stepped.": "{of} after the step, before its columns are shortened",
    "squares.": "the squares of {of}'s gradient, summed over each row",
    "length.": "the lengths of {of}'s columns",
    "penalty.": "what {of} costs, row by row",
    "ema.": "running mean of {of}",
    "there.": "the gradient of {of} at the new weights",
    "d.": "the direction of {of}'s step",
    "counts": "what each example counts, times the loss's curvature",
    "Jd": "how far the step moves each output",
    "J.": "each output's own derivative by {of}",
    "bend.": "how the loss bends along {of}",
    "pull.": "how the other weights' steps pull at {of}",
    "derivative": "how the loss changes with {of}",
    "new": "new {what}",
    "moment": "what the optimizer remembers of {of}, {when} the step",
    "before": "before",
    "after": "after",
}

# ---- worksheets ----------------------------------------------------------------------------------------------------

WORKSHEET = {
    "kind": "Worksheet",
    "kind of a solution": "Solution",
    "perceptron": "The perceptron's rule",
    "gates": "Gates from units with a step",
    "forward": "The forward pass",
    "backward": "The backward pass",
    "update": "A whole step of training",
    "softmax": "Softmax and cross-entropy",
    "optimizers": "Optimizers, step by step",
    "descent": "Gradient descent on a function",
    "student": "student",
    "marks": "marks",
    "rule": "Write every result: whole where it ends early, else with four significant digits. One mark each; a result "
    "that follows rightly from a mistake before it has its mark, too.",
    "lead of a solution": "One mark for every result. Numbers that do not end early are shown with four significant "
    "digits.",
    "title of a problem": "Exercise {place}",
    "exercise": "Exercise {place}  {level}  ({marks} marks)",
    "given": "given",
    "quantity": "quantity",
    "answer": "your answer",
    "step": "step",
    "new": "{name} new",
    "layer": "layer {k}: {kind}",
    "half_mse": "E = ½ (y − a)²",
    "mse": "E = (y − a)²",
    "categorical_crossentropy": "loss: cross-entropy, −Σ y log a",
    "gate": "Its outputs are those of {name}.",
    "a mark": "1 mark",
    "a mark each": "One mark for every z, every y and every new weight: {marks} in all.",
    "path": "f = {function}, from {start}",
    "fixed": "The threshold is fixed, theta = {threshold}: z = w1 x1 + w2 x2 − theta. Begin with {start}.",
    "learned": "The threshold is learned, with x0 = 1: z = w0 + w1 x1 + w2 x2. Begin with {start}.",
    "gradient_descent": "gradient descent",
    "momentum": "momentum: v = eta v + alpha g, w = w − v",
    "nesterov": "Nesterov's momentum: v = eta v + alpha g, w = w − (eta v + alpha g)",
    "adagrad": "AdaGrad: s = s + g², w = w − alpha g / (√s + epsilon)",
    "rmsprop": "RMSProp: s = rho s + (1 − rho) g², w = w − alpha g / (√s + epsilon)",
    "adam": "Adam: m = beta1 m + (1 − beta1) g, v = beta2 v + (1 − beta2) g², both divided by 1 − beta^t, "
    "w = w − alpha m / (√v + epsilon)",
    "learning_rate": "alpha",
}
TASKS = {  # what is to be done, by the kind of exercise
    "rule-fixed": "Present the rows one after the other to a perceptron: y = 1 where z ≥ 0, else 0. A row "
    "with t = 1 and y = 0 is added to the weights, one with t = 0 and y = 1 is subtracted from "
    "them.",
    "rule-learned": "Present the rows one after the other, and from the last on the first again, to a "
    "perceptron: y = 1 where z ≥ 0, else 0. A row with t = 1 and y = 0 is added to the weights, "
    "one with t = 0 and y = 1 is subtracted.",
    "rule-points": "Present the points one after the other to a perceptron: y = 1 where z ≥ 0, else 0. A point "
    "with t = 1 and y = 0 is added to the weights, one with t = 0 and y = 1 is subtracted.",
    "gate": "A unit with a step, a = 1 where z ≥ 0 and else 0, is shown every row of its truth table. "
    "Z1 = X W1 + b1. Which gate is it?",
    "gate-hidden": "Two units with a step and one that combines them, a = 1 where z ≥ 0 and else 0, are shown "
    "every row of the truth table. Z1 = X W1 + b1, Z2 = A1 W2 + b2. Which gate is it?",
    "forward": "Calculate the forward pass, Z = A W + b and A = g(Z), layer by layer. An example is a row; "
    "entries are counted from 0.",
    "backward": "Calculate the forward and the backward pass: dZ = dA · g'(Z), dW = Aᵀ dZ of the layer "
    "below, db = dZ. The loss is E = ½ (y − a)²; the slope of relu at 0 is 0. An example is a "
    "row; entries are counted from 0.",
    "backward-mean": "Calculate the forward and the backward pass for both examples; dW and db are means over "
    "the examples: dW = 1/m Aᵀ dZ, and dZ of the last layer is A − y. The slope of relu at 0 is "
    "0. Entries are counted from 0.",
    "update": "Calculate one whole step: forward, backward, and the new weights W − alpha dW. The loss is "
    "E = ½ (y − a)². An example is a row; entries are counted from 0.",
    "softmax": "Calculate the softmax of the weighted sums and the cross-entropy, with the natural "
    "logarithm. Entries are counted from 0.",
    "softmax-backward": "Calculate the softmax, the cross-entropy, and its derivatives: dZ = A − y. Entries are "
    "counted from 0.",
    "softmax-step": "Calculate one whole step for both examples: softmax, the mean cross-entropy, its "
    "derivatives (dW = 1/m Xᵀ dZ with dZ = A − y), and the new weights. Entries are counted "
    "from 0.",
    "path-rule": "Take two steps of the optimizer on f. All its moments begin at 0.",
    "path": "Take the steps of gradient descent on f: its derivatives, then the next point.",
}

# ---- slips ---------------------------------------------------------------------------------------------------------

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
    # ---- the perceptron's rule -------------------------------------------------------------------------------------
    "threshold-omitted": ("The threshold was left out.", "z = w1 x1 + w2 x2 - theta; learned, w0 stands for -theta."),
    "threshold-added": ("The threshold has the wrong sign.", "z = w1 x1 + w2 x2 - theta; w0 = -theta is added."),
    "tie-turned": ("At z = 0 the other output was taken.", "The problem says to which class z = 0 belongs."),
    "output-turned": ("The output is the other one.", "y is 1 where z >= 0, else 0."),
    "corrected-when-right": ("The weight was changed although the output was right.",
                             "Only a wrong row changes the weights."),
    "left-when-wrong": ("The weight was left as it was although the output was wrong.",
                        "A wrong row changes every weight whose input is not 0."),
    "rule-turned": ("The row was added where it is subtracted, or the other way round.",
                    "x in P and y = 0: w + x. x in N and y = 1: w - x."),
    "another-input": ("Another input was added to this weight.", "Each weight takes its own input: w1 takes x1."),
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
