"""The table: what every activation, loss and operation must be, one row each. The generic tests run over all rows.

    activations   formulas in 50 digits, limits, corners; run by tests/maths/test_activations.py
    losses        formulas as loops over Python floats; run by tests/maths/losses/test_loss.py
    operations    every function that can meet a Tensor, these two families included; run by tests/tensors/test_rules.py

To test something new, add its row; in each family a test fails until it is there.
"""
