"""The bench of the perceptron: the course's rule, and whether a line can do it at all, all of it exact.

exact          numbers as they are written           points        what is learned from; the gates
line           the boundary                          rule          the rule, presentation by presentation
separability   a line, or a proof that there is none nonnegative   the least squares under it
margin         how far apart, and Novikoff's bound   learner       gn.Perceptron
    layers         a hidden layer that can               beside        scikit-learn's perceptron beside it
    report         all of it as a document, from tables, proofs, pictures and twolayers
"""
