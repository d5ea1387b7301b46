"""The table of derivatives: one line an operation, one file a family.

    elementwise   + - * / powers, exp, log, trigonometric and hyperbolic functions, maximum, where, ...
    shapes        reshape, transpose, indexing, concatenate, stack, sort, ...: entries move, values stay
    reductions    sum, mean, max, min, prod, var, std, norm, cumsum, cumprod
    products      matmul, dot, inner, outer, tensordot, einsum
    library       every activation and loss, with the gradients that stand in glassnet.maths

To add an operation, add its line and its row in tests/table/operations.py.
"""

from glassnet.tensors.rules import elementwise, library, products, reductions, shapes

__all__ = ["elementwise", "library", "products", "reductions", "shapes"]
