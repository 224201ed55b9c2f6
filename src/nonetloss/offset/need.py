"""What is owed: residual loss by ecosystem, and by service and group of people."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.services import ServiceLoss
from nonetloss.offset.equivalence import TradingRules, named_ecosystems
from nonetloss.offset.gains import Gains
from nonetloss.offset.service_gain import ServiceGain
from nonetloss.offset.services import columns_of

ServiceNeeds = Literal["all", "communities", "none"]


@dataclass(frozen=True, slots=True)
class Need:
    """Residual loss by asset: `lost` (assets,), `lost_draws` (assets, draws), both under the
    convention of the gains; `wanted` must be made up for, `barred` cannot; `needed` (assets,).
    `factor` (assets,) is what a quality-hectare of loss counts under that convention.
    """

    kinds: tuple[Ecosystem, ...]
    lost: np.ndarray
    lost_draws: np.ndarray
    wanted: np.ndarray
    barred: np.ndarray
    needed: np.ndarray
    factor: np.ndarray

    @property
    def losses(self) -> tuple[Ecosystem, ...]:
        """Ecosystems that must be made up for."""
        return tuple(k for k, w in zip(self.kinds, self.wanted, strict=True) if w)


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """Loss by (service, serviceshed), and which columns the selection must make up for.

    `lost` (columns,), `lost_draws` (columns, draws), `needed` (columns,), `held` (columns,) bool.
    """

    loss: ServiceLoss
    lost: np.ndarray
    lost_draws: np.ndarray
    needed: np.ndarray
    held: np.ndarray

    @property
    def people(self) -> np.ndarray:
        """(columns,) people of each serviceshed; NaN unknown."""
        return np.array([shed.people for _, shed in columns_of(self.loss)])

    @property
    def communities(self) -> np.ndarray:
        """(columns,) bool: nobody there may lose more than is gained."""
        return np.array([shed.community for _, shed in columns_of(self.loss)], dtype=bool)

    def usual(self, gain: ServiceGain) -> np.ndarray:
        """(columns,) by which people of a service are compared: its mean loss per person.

        Where nothing is lost, the largest gain per person of any candidate; 1 where that is zero
        too.
        """
        people = self.people
        result = np.ones(people.size)
        names = [s for s, _ in self.loss.columns]
        for name in dict.fromkeys(names):
            at = np.array([n == name for n in names]) & (people > 0)
            if not at.any():
                continue
            mean = float(self.lost[at].sum() / people[at].sum())
            if mean <= 0:
                most = np.abs(gain.likely[at]).max(axis=1, initial=0.0)
                mean = float((most / people[at]).max())
            result[at] = mean if mean > 0 else 1.0
        return result


def need_of(
    loss: Loss,
    alternative: str,
    *,
    ecosystems: EcosystemMap,
    margin: float,
    tolerance_qha: float,
    gains: Gains | None = None,
    rules: TradingRules | None = None,
    in_every_state: bool = False,
) -> Need:
    """What the residual loss of an alternative asks for.

    Parameters
    ----------
    gains : Gains or None
        Its loss factors bring the loss under the convention of the gains.
    in_every_state : bool
        An asset that loses something in any draw counts as wanted, even where its likely loss is
        nothing.

    Raises
    ------
    InputError
        `offset.unknown-ecosystem`, `offset.draws-differ`.
    """
    likely, draws = loss.of(alternative)
    factor = np.ones(len(loss.assets))
    if gains is not None:
        if gains.draws.shape[1] != draws.shape[-1]:
            found, expected = gains.draws.shape[1], draws.shape[-1]
            raise InputError.because("offset.draws-differ", "gains", found=found, expected=expected)
        factor = np.array([gains.loss_factors.get(a, gains.loss_factor) for a in loss.assets])
    lost, lost_draws = factor * likely.sum(axis=0), factor[:, None] * draws.sum(axis=0)
    kinds = named_ecosystems(loss.assets, ecosystems)
    never = () if rules is None else rules.not_offsettable
    can = np.array([k.offsettable and k.name not in never for k in kinds], dtype=bool)
    some = lost > tolerance_qha
    if in_every_state and lost_draws.shape[1]:
        some = some | (lost_draws.max(axis=1) > tolerance_qha)
    wanted = can & some
    needed = np.where(wanted & (lost > tolerance_qha), (1.0 + margin) * lost, 0.0)
    return Need(kinds, lost, lost_draws, wanted, ~can & (lost > tolerance_qha), needed, factor)


def service_need_of(
    loss: ServiceLoss, alternative: str, *, margin: float, needs: ServiceNeeds, draws: int
) -> ServiceNeed:
    """What the loss of services of an alternative asks for.

    `needs`: `all` groups must be made whole, only `communities`, or `none` (told, not asked). A
    community is never left worse off, whatever `needs` says short of `none`.

    Raises
    ------
    InputError
        `offset.alternative`, `offset.draws-differ`.
    """
    if alternative not in loss.alternatives:
        raise InputError.because(
            "offset.alternative", alternative, known=", ".join(loss.alternatives)
        )
    lost, lost_draws = loss.of(alternative)
    if lost_draws.shape[1] != draws:
        raise InputError.because(
            "offset.draws-differ", "service_loss", found=lost_draws.shape[1], expected=draws
        )
    columns = columns_of(loss)
    held = np.array([needs == "all" or shed.community for _, shed in columns], dtype=bool)
    held = held & (needs != "none")
    return ServiceNeed(loss, lost, lost_draws, np.where(held, (1.0 + margin) * lost, 0.0), held)
