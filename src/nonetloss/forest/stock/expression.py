"""An equation of the user's own, read as arithmetic and never run as a program."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import nearest, offenders

# Names that an equation may use: diameter (cm), height (m), density (g/cm3), stress (Chave's E).
VARIABLES = ("D", "H", "rho", "E")
FUNCTIONS: Mapping[str, Callable[..., np.ndarray]] = {
    "exp": np.exp,
    "ln": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
}
_BINARY: Mapping[type, Callable[..., np.ndarray]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: Mapping[type, Callable[..., np.ndarray]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_LONGEST = 500
_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic over `VARIABLES`; `uses` are those that it names, in their order."""

    written: str
    uses: tuple[str, ...]
    tree: ast.expr

    def __call__(self, **values: np.ndarray) -> np.ndarray:
        """The value at arrays of one shape; NaN or infinite where the arithmetic is undefined."""
        floats = {k: np.asarray(v, dtype=np.float64) for k, v in values.items()}
        with np.errstate(all="ignore"):
            return np.asarray(_value(self.tree, floats), dtype=np.float64)


def read_expression(written: str) -> Expression:
    """Arithmetic as people write it: ``exp(-1.8 + 2.5*ln(D)) * rho``; ``^`` means power.

    Numbers, `VARIABLES`, ``+ - * / **``, parentheses and `FUNCTIONS` of one argument. ``log`` is
    refused: some papers mean the natural logarithm by it, others that of 10. Anything else is
    refused, so that a study can run no code.

    Raises
    ------
    InputError
        `stock.expression-syntax`, `stock.expression-name`, `stock.expression-part`,
        `stock.expression-constant` if it does not depend on the diameter.
    """
    text = str(written).strip()
    try:
        if not text or len(text) > _LONGEST:
            raise SyntaxError(f"1 … {_LONGEST}")
        tree = ast.parse(text.replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as cause:
        raise InputError.because(
            "stock.expression-syntax", text[:80], problem=str(cause)
        ) from cause
    used: set[str] = set()
    _check(tree, text, used)
    if "D" not in used:
        raise InputError.because("stock.expression-constant", text)
    return Expression(text, tuple(v for v in VARIABLES if v in used), tree)


def _check(node: ast.expr, text: str, used: set[str]) -> None:
    if isinstance(node, ast.Constant) and _number(node.value):
        return
    if isinstance(node, ast.Name):
        if node.id not in VARIABLES:
            near = nearest(node.id, VARIABLES)
            known = offenders((*VARIABLES, *FUNCTIONS), 20)
            raise InputError.because(
                "stock.expression-name", text, name=node.id, known=known, nearest=near
            )
        used.add(node.id)
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        _check(node.left, text, used)
        _check(node.right, text, used)
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        _check(node.operand, text, used)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name not in FUNCTIONS:
            known = offenders((*VARIABLES, *FUNCTIONS), 20)
            # Nobody can guess which logarithm was meant.
            near = "" if name == "log" else nearest(name, FUNCTIONS)
            raise InputError.because(
                "stock.expression-name", text, name=name, known=known, nearest=near
            )
        if len(node.args) != 1 or node.keywords:
            raise InputError.because("stock.expression-part", text, part=ast.unparse(node))
        _check(node.args[0], text, used)
    else:
        raise InputError.because("stock.expression-part", text, part=ast.unparse(node))


def _number(value: object) -> bool:
    # Before it becomes a float: a larger integer cannot. True and False are no numbers here.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_LARGEST < value < _LARGEST


def _value(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    match node:
        case ast.Constant(value=int() | float() as number):
            # Floats everywhere: 10**-1 of integers would be refused, and 9**9**9 never end.
            return np.asarray(float(number))
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_value(operand, values))
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_value(argument, values))
    raise AssertionError(ast.dump(node))
