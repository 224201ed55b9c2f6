"""The hierarchy balance of a study: what loss, measures and offset say, put in one table."""

from typing import Protocol

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import candidates, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.statement import Balance


class Losses(Protocol):
    """Losses by alternative; `landscape.loss.Loss` is one."""

    @property
    def unit(self) -> str:
        """Unit of all amounts."""

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Names."""

    @property
    def components(self) -> tuple[str, ...]:
        """Names."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names."""

    def of(self, alternative: str) -> tuple[np.ndarray, np.ndarray]:
        """Likely (components, assets) and draws (components, assets, draws)."""


class Measures(Protocol):
    """What measures take off the loss of one alternative."""

    @property
    def alternative(self) -> str:
        """The alternative they were chosen for."""

    @property
    def components(self) -> tuple[str, ...]:
        """Names."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names."""

    @property
    def minimized_likely(self) -> np.ndarray:
        """(components, assets)."""

    @property
    def minimized_draws(self) -> np.ndarray:
        """(components, assets, draws)."""


class Offset(Protocol):
    """What an offset gains, by the asset it answers for."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names."""

    @property
    def offset_likely(self) -> np.ndarray:
        """(assets,)."""

    @property
    def offset_draws(self) -> np.ndarray:
        """(assets, draws)."""


def hierarchy_balance(
    loss: Losses,
    *,
    plan: Measures | None = None,
    portfolio: Offset | None = None,
    reference: str,
    alternative: str,
    tolerance: float = 1e-6,
    confidence: float = 0.95,
) -> Balance:
    """The balance of one alternative against a reference, from the results of a study.

    `before` is the loss of `reference`; `avoided` is that loss less the loss of `alternative` in
    the same draws, negative where the impact is shifted; see `hierarchy.balance` for the rest.

    Parameters
    ----------
    loss : Losses
    plan : Measures, optional
        None: nothing is minimized.
    portfolio : Offset, optional
        None: nothing is offset. Assets that it does not name gain nothing.
    reference, alternative : names among `loss.alternatives`; equal names avoid nothing
    tolerance : float, in the unit of `loss`
    confidence : float, in [0, 1]

    Raises
    ------
    InputError
        `hierarchy.alternative-unknown`, `hierarchy.other-plan` (measures chosen for another
        alternative), `hierarchy.other-assets`, and as `hierarchy.balance`.
    """
    for name in (reference, alternative):
        if name not in loss.alternatives:
            nearest = candidates(name, loss.alternatives)
            raise InputError.because("hierarchy.alternative-unknown", name, nearest=nearest)
    before_likely, before_draws = loss.of(reference)
    chosen_likely, chosen_draws = loss.of(alternative)
    minimized_likely, minimized_draws = _minimized(plan, loss, alternative, chosen_draws)
    offset_likely, offset_draws = _offset(portfolio, loss, chosen_draws.shape[-1])
    return balance(
        before_likely,
        before_draws=before_draws,
        avoided_likely=before_likely - chosen_likely,
        avoided_draws=before_draws - chosen_draws,
        minimized_likely=minimized_likely,
        minimized_draws=minimized_draws,
        offset_likely=offset_likely,
        offset_draws=offset_draws,
        assets=loss.assets,
        components=loss.components,
        unit=loss.unit,
        tolerance=tolerance,
        confidence=confidence,
        about=_about(portfolio),
    )


def _about(portfolio: Offset | None) -> Text:
    """Which balance findings tell of: without offset, the plan, or what was seen by some year."""
    if portfolio is None:
        return Text(es="Sin compensación", en="Without offset")
    year = getattr(portfolio, "as_of", None)  # what followed a plan up knows when
    if year is None:
        return Text.of("Plan")
    return Text(es=f"Con lo observado ({year})", en=f"With what was observed ({year})")


def _minimized(
    plan: Measures | None, loss: Losses, alternative: str, like: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if plan is None:
        return np.zeros(like.shape[:-1]), np.zeros(like.shape)
    if plan.alternative != alternative:
        raise InputError.because("hierarchy.other-plan", plan.alternative, alternative=alternative)
    if (plan.components, plan.assets) != (loss.components, loss.assets):
        raise _other_assets("plan", (*plan.components, *plan.assets), loss)
    return plan.minimized_likely, plan.minimized_draws


def _offset(portfolio: Offset | None, loss: Losses, draws: int) -> tuple[np.ndarray, np.ndarray]:
    likely, drawn = np.zeros(len(loss.assets)), np.zeros((len(loss.assets), draws))
    if portfolio is None:
        return likely, drawn
    if not set(portfolio.assets) <= set(loss.assets):
        raise _other_assets("portfolio", portfolio.assets, loss)
    places = [loss.assets.index(name) for name in portfolio.assets]
    if portfolio.offset_draws.shape[-1] != draws:
        return portfolio.offset_likely, portfolio.offset_draws  # `balance` refuses it by shape
    likely[places] = portfolio.offset_likely
    drawn[places] = portfolio.offset_draws
    return likely, drawn


def _other_assets(subject: str, found: tuple[str, ...], loss: Losses) -> InputError:
    expected = offenders((*loss.components, *loss.assets), 20)
    return InputError.because(
        "hierarchy.other-assets", subject, found=offenders(found, 20), expected=expected
    )


METHOD = Method(
    id="ledger.hierarchy",
    question=Text(
        es="¿Qué se evita, minimiza y compensa, y con qué probabilidad no hay pérdida neta?",
        en="What is avoided, minimized and offset, and how likely is no net loss?",
    ),
    function="nonetloss.ledger.hierarchy_method:hierarchy_balance",
    inputs=(
        Port(
            "loss",
            "Loss",
            Text(es="Pérdidas por alternativa.", en="Losses by alternative."),
            unit="quality_hectare",
        ),
        Port(
            "plan",
            "MinimizationPlan",
            Text(
                es="Medidas elegidas; sin ellas no se minimiza nada.",
                en="Chosen measures; without them nothing is minimized.",
            ),
            unit="quality_hectare",
            optional=True,
        ),
        Port(
            "portfolio",
            "Portfolio",
            Text(
                es="Parcelas elegidas; sin ellas no se compensa nada.",
                en="Chosen parcels; without them nothing is offset.",
            ),
            unit="quality_hectare",
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "balance",
            "Balance",
            Text(
                es="Balance de la jerarquía de mitigación y probabilidad de pérdida neta cero.",
                en="Balance of the mitigation hierarchy and probability of no net loss.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "reference",
            Text(
                es="Alternativa cuya pérdida se evita o no: lo que se haría sin la jerarquía.",
                en="Alternative whose loss is avoided or not: what would be done without the "
                "hierarchy.",
            ),
            kind="text",
        ),
        Parameter(
            "alternative",
            Text(es="Alternativa que se construiría.", en="Alternative that would be built."),
            kind="text",
        ),
        Parameter(
            "tolerance",
            Text(
                es="Déficit que aún cuenta como pérdida neta cero.",
                en="Deficit that still counts as no net loss.",
            ),
            unit="quality_hectare",
            default=1e-6,
            low=0,
        ),
        Parameter(
            "confidence",
            Text(
                es="Probabilidad por debajo de la cual el balance se llama incierto.",
                en="Probability below which the balance is called uncertain.",
            ),
            default=0.95,
            low=0,
            high=1,
        ),
    ),
    references=(
        "BBOP 2012, Standard on Biodiversity Offsets, ISBN 978-1-932928-44-0",
        "Wilson 1927, doi 10.1080/01621459.1927.10502953",
    ),
    validity=Text(
        es="Cada activo responde por sí mismo: la ganancia de uno no cubre la pérdida de otro. La "
        "probabilidad vale lo que valgan las distribuciones que entran.",
        en="Each asset answers for itself: the gain of one never covers the loss of another. The "
        "probability is worth what the distributions that enter are worth.",
    ),
    example="- {step: balance, method: ledger.hierarchy, parameters: {reference: straight}}",
)
