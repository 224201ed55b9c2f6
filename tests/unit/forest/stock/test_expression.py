"""Equations of the user's own are arithmetic and nothing else."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.allometry import EQUATIONS, biomass_kg, own_equation
from nonetloss.forest.stock.expression import read_expression


def test_equation_4_written_by_a_user():
    own = own_equation(read_expression("0.0673*(rho*D^2*H)^0.976"), sigma=0.357)
    tree = {"diameter_cm": [10.0, 50.0], "height_m": [12.0, 28.0], "density_g_cm3": [0.5, 0.6]}
    assert np.allclose(biomass_kg(own, **tree), biomass_kg(EQUATIONS["chave-2014-4"], **tree))
    assert own.needs == ("D", "H", "rho")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("D", 4.0),
        ("-D + 10", 6.0),
        ("+D ** 0.5", 2.0),
        ("exp(ln(D))", 4.0),
        ("ln(D) / ln(2)", 2.0),
        ("log10(D*25)", 2.0),
        ("sqrt(D) - 3 / 2", 0.5),
        ("2 * (D + 1)", 10.0),
        ("D + 0 * 10^-1", 4.0),
    ],
)
def test_arithmetic(written, value):
    assert float(read_expression(written)(D=np.array(4.0))) == pytest.approx(value)


def test_nobody_guesses_which_logarithm_was_meant():
    with pytest.raises(InputError) as problem:
        read_expression("log(D)")
    assert problem.value.findings[0].data["nearest"] == ""
    assert "ln" in problem.value.findings[0].data["known"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "stock.expression-syntax"),
        # The natural logarithm to some, that of 10 to others.
        ("exp(-2 + 2.5*log(D))", "stock.expression-name"),
        ("D * 1" + 400 * "0", "stock.expression-part"),
        ("D * 1e999", "stock.expression-part"),
        ("0.06 * D^", "stock.expression-syntax"),
        ("D = 3", "stock.expression-syntax"),
        ("D" + "+D" * 400, "stock.expression-syntax"),
        ("DBH * 2", "stock.expression-name"),
        ("sin(D)", "stock.expression-name"),
        ("__import__('os').system('ls') * D", "stock.expression-part"),
        ("D.real", "stock.expression-part"),
        ("D if D > 3 else 1", "stock.expression-part"),
        ("[D for D in D]", "stock.expression-part"),
        ("exp(D, 2)", "stock.expression-part"),
        ("exp(x=D)", "stock.expression-part"),
        ("D * 'a'", "stock.expression-part"),
        ("D * True", "stock.expression-part"),
        ("D % 2", "stock.expression-part"),
        ("(lambda: D)()", "stock.expression-part"),
        ("0.5 * H", "stock.expression-constant"),
    ],
)
def test_anything_else_is_refused(written, code):
    with pytest.raises(InputError) as problem:
        read_expression(written)
    assert problem.value.findings[0].code == code


def test_powers_of_powers_end():
    """Floats, not integers of endless digits."""
    assert np.isinf(read_expression("D * 9**9**9**9")(D=np.array(1.0)))


def test_a_name_that_is_near_is_guessed():
    with pytest.raises(InputError) as problem:
        read_expression("rhoo * D")
    assert problem.value.findings[0].data["nearest"] == "rho"
