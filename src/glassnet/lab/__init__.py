"""The lab: one step opened (dissect), hand calculations marked (mark), and the bench of the perceptron."""
