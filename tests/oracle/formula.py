# SPDX-License-Identifier: GPL-3.0-or-later
"""A formula for K, as scenarios/README.md describes it, by Python's own arithmetic: its operators
have the same names and ranks, but for ^, which is ** here."""

import ast
import math

NAMES = {
    "floor": math.floor, "ceil": math.ceil, "round": lambda x: math.floor(x + 0.5), "abs": abs,
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "min": min, "max": max,
    "choose": lambda condition, then, otherwise: then if condition else otherwise,
}
ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Load,
           ast.Constant, ast.operator, ast.unaryop, ast.cmpop)


class Formula:
    """A formula of n, updates, time, epoch, loss and P."""

    def __init__(self, text):
        tree = ast.parse(text.replace("^", "**").replace("if(", "choose("), mode="eval")
        for node in ast.walk(tree):
            if not isinstance(node, ALLOWED):
                raise ValueError(f"no formula: {text}")
        self.code = compile(tree, "formula", "eval")

    def value(self, variables):
        """The value as a float; NaN where there is none."""
        try:
            value = eval(self.code, {"__builtins__": {}}, NAMES | variables)
            return math.nan if isinstance(value, complex) else float(value)
        except (ArithmeticError, ValueError):
            return math.nan
