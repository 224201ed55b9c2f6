"""Tree height from diameter: regional models, Chave's model, and models fitted to own heights.

Mathematical formulation
    ``logarithmic``: ``ln H = a + b ln D + c ln²D (- E)``, residual on the logarithm;
    ``saturating``: ``H = a (1 - exp(-b D^c))``, residual in meters (Feldpausch, Weibull);
    ``michaelis``: ``H = a D/(b + D)``, residual in meters.

Papers: Feldpausch et al. 2012, doi 10.5194/bg-9-3381-2012; Chave et al. 2014,
doi 10.1111/gcb.12629 (eq. 6a).
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import curve_fit

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text

FORMS = ("logarithmic", "saturating", "michaelis")
FITTED = ("log1", "log2", "weibull", "michaelis")
# Breast height: a tree with a diameter reaches it.
LOWEST_M = 1.3
FEWEST_TREES = 15


@dataclass(frozen=True, slots=True)
class HeightModel:
    """Height in m from diameter in cm.

    `coefficients` (3,) of the form. `residual`: standard deviation of the residual, of ln H in the
    logarithmic form and in meters otherwise. `covariance` (3, 3) of the coefficients, zero where it
    is not known. `stress`: Chave's E is taken off ln H. `rse_m`, `bias` and `trees` tell how well a
    fitted model meets its own trees; NaN and 0 for published models.
    """

    name: str
    title: Text
    source: str
    form: str
    coefficients: tuple[float, float, float]
    residual: float
    covariance: np.ndarray = field(default_factory=lambda: np.zeros((3, 3)))
    stress: bool = False
    rse_m: float = float("nan")
    bias: float = float("nan")
    trees: int = 0


_FELDPAUSCH = "Feldpausch et al. 2012, doi 10.5194/bg-9-3381-2012"
MODELS: Mapping[str, HeightModel] = {
    m.name: m
    for m in (
        HeightModel(
            "feldpausch-western-amazonia",
            Text(es="Feldpausch 2012, Amazonía occidental", en="Feldpausch 2012, western Amazonia"),
            _FELDPAUSCH, "saturating", (46.263, 0.08760, 0.6072), 5.277,
        ),
        HeightModel(
            "feldpausch-south-america",
            Text(es="Feldpausch 2012, América del Sur", en="Feldpausch 2012, South America"),
            _FELDPAUSCH, "saturating", (42.574, 0.04820, 0.8307), 5.619,
        ),
        HeightModel(
            "feldpausch-pantropical",
            Text(es="Feldpausch 2012, pantropical", en="Feldpausch 2012, pantropical"),
            _FELDPAUSCH, "saturating", (50.874, 0.0420, 0.784), 5.479,
        ),
        HeightModel(
            "chave-2014",
            Text(es="Chave 2014, ec. 6a (con E)", en="Chave 2014, eq. 6a (with E)"),
            "Chave et al. 2014, doi 10.1111/gcb.12629", "logarithmic", (0.893, 0.760, -0.0340),
            0.243, stress=True,
        ),
    )
}  # fmt: skip


def predict_m(
    model: HeightModel, *, diameter_cm: ArrayLike, stress: ArrayLike = np.nan
) -> np.ndarray:
    """Expected height in m: on the logarithmic form with ``exp(… + residual²/2)``.

    NaN where the diameter, or E if the model needs it, is unknown.
    """
    d = np.asarray(diameter_cm, dtype=np.float64)
    a, b, c = model.coefficients
    if model.form == "logarithmic":
        log_d = np.log(d)
        total = a + b * log_d + c * log_d**2 + model.residual**2 / 2
        return np.exp(total - np.asarray(stress, dtype=np.float64) if model.stress else total)
    return a * (1 - np.exp(-b * d**c)) if model.form == "saturating" else a * d / (b + d)


def fit(name: str, *, diameter_cm: ArrayLike, height_m: ArrayLike) -> HeightModel:
    """A model of heights from trees whose height was measured.

    Parameters
    ----------
    name : str
        `log1` (straight in logarithms), `log2` (with a square), `weibull`, `michaelis`.
    diameter_cm, height_m : (n,)
        Trees without a height are NaN and left out.

    Returns
    -------
    HeightModel
        `rse_m`: residual standard error in meters, after the correction for logarithms. `bias`:
        mean of predicted over mean of measured heights minus 1, over the trees with a height.
        BIOMASS takes its mean prediction over all trees, those without a height too, which mixes
        the bias of the model with how the two groups differ.

    Raises
    ------
    InputError
        `stock.height-model` for a name that is not one, `stock.height-few` with fewer than 15
        trees, `stock.height-fit` if the fit does not converge, its curve does not rise, or all
        diameters are alike.
    """
    if name not in FITTED:
        raise InputError.because("stock.height-model", name, known=", ".join(FITTED))
    d = np.asarray(diameter_cm, dtype=np.float64)
    h = np.asarray(height_m, dtype=np.float64)
    usable = np.isfinite(d) & np.isfinite(h) & (d > 0) & (h > 0)
    d, h = d[usable], h[usable]
    if d.size < FEWEST_TREES:
        raise InputError.because("stock.height-few", name, found=d.size, least=FEWEST_TREES)
    if np.unique(d).size < 4:
        raise InputError.because("stock.height-fit", name, problem="D")
    model = _fit_logarithmic(name, d, h) if name.startswith("log") else _fit_curve(name, d, h)
    predicted = predict_m(model, diameter_cm=d)
    parameters = 3 if name in ("log2", "weibull") else 2
    rse = float(np.sqrt(((h - predicted) ** 2).sum() / (d.size - parameters)))
    residual = model.residual if model.form == "logarithmic" else rse
    return HeightModel(
        model.name, model.title, model.source, model.form, model.coefficients, residual,
        model.covariance, False, rse, float(predicted.mean() / h.mean() - 1), int(d.size),
    )  # fmt: skip


def _fit_logarithmic(name: str, d: np.ndarray, h: np.ndarray) -> HeightModel:
    powers = 2 if name == "log1" else 3
    x = np.vander(np.log(d), powers, increasing=True)
    found, *_ = np.linalg.lstsq(x, np.log(h), rcond=None)
    rest = np.log(h) - x @ found
    variance = float((rest**2).sum() / (d.size - powers))
    covariance = np.zeros((3, 3))
    covariance[:powers, :powers] = variance * np.linalg.inv(x.T @ x)
    values = (*found.tolist(), 0.0) if powers == 2 else tuple(found.tolist())
    return _own(name, "logarithmic", values, float(np.sqrt(variance)), covariance)


def _fit_curve(name: str, d: np.ndarray, h: np.ndarray) -> HeightModel:
    top = float(h.max())
    form, curve, start = _CURVES[name]
    try:
        with warnings.catch_warnings(action="ignore"):
            # What it warns of shows as an infinite covariance.
            found, covariance = curve_fit(curve, d, h, p0=start(top, d), maxfev=20_000)
    except (RuntimeError, ValueError) as cause:
        raise InputError.because("stock.height-fit", name, problem=str(cause)) from cause
    if not (np.isfinite(covariance).all() and np.isfinite(found).all()):
        raise InputError.because("stock.height-fit", name, problem="covariance")
    if not (found > 0).all():
        # Heights that fall with the diameter, or a curve with a pole.
        problem = ", ".join(f"{k} = {v:.3g}" for k, v in zip("abc", found, strict=False))
        raise InputError.because("stock.height-fit", name, problem=problem)
    whole = np.zeros((3, 3))
    whole[: found.size, : found.size] = covariance
    values = (*found.tolist(), 0.0)[:3]
    return _own(name, form, values, 0.0, whole)


def _own(
    name: str, form: str, values: tuple[float, ...], residual: float, covariance: np.ndarray
) -> HeightModel:
    title = Text(
        es=f"Ajuste {name} a las alturas medidas", en=f"Fit {name} to the measured heights"
    )
    a, b, c = values
    return HeightModel(name, title, "fit", form, (a, b, c), residual, covariance)


def _saturating(d: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return np.asarray(a * (1 - np.exp(-b * d**c)))


def _michaelis(d: np.ndarray, a: float, b: float) -> np.ndarray:
    return np.asarray(a * d / (b + d))


_Start = Callable[[float, np.ndarray], tuple[float, ...]]
_CURVES: Mapping[str, tuple[str, Callable[..., np.ndarray], _Start]] = {
    "weibull": (
        "saturating",
        _saturating,
        lambda top, d: (top, float(np.median(d)) ** -0.8, 0.8),
    ),
    "michaelis": ("michaelis", _michaelis, lambda top, d: (top, float(np.median(d)))),
}


def coefficient_draws(model: HeightModel, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, 3) coefficients as their covariance leaves them open; all alike where it is zero.

    Draws of the curves are kept positive: a negative height has no meaning.
    """
    center = np.array(model.coefficients)
    if not model.covariance.any():
        return np.tile(center, (size, 1))
    values, vectors = np.linalg.eigh(model.covariance)
    factor = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = center + rng.standard_normal((size, 3)) @ factor.T
    if model.form == "logarithmic":
        return np.asarray(drawn)
    return np.where(center != 0, np.maximum(drawn, 1e-3 * np.abs(center)), 0.0)
