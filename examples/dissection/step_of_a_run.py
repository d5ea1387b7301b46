"""A network learns the digits; then one of its steps is opened as it was, explained, checked, and written as a page.

    python examples/dissection/step_of_a_run.py

writes step.html: walk through it with the arrow keys, predict before you look, or show it in a lecture.
"""

import glassnet as gn

(X, y), (X_test, y_test) = gn.data.load("digits")
net = gn.Network([gn.Dense(32, activation="relu"), gn.Dense(10)])
run = net.fit(X, y, epochs=3, batch_size=32, optimizer=gn.optimizers.Adam(1e-3), seed=0)

step = gn.dissect(run, step=100)  # made again: its rows, its rate, its weights
print(*step.notes)
print(step.explain("dW1[20,7]"))  # a sum over the batch, with every example's own share
print(step.chain("W1[20,7]"))  # from the inputs, and on to the loss
print("largest difference found by the check:", f"{max(step.check().values()):.1g}")

lecture = step.shown("columns, base 1, theta, minus")
print(lecture["Z1"].formula, "|", lecture["dW1"].formula)

print(gn.attribute(net, X_test[0]))  # what every pixel and every unit adds to the largest logit, exactly
step.save("step.html")
