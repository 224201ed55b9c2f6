"""Loss in quality-hectares: area times the ecological value lost, with its distribution."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import DIRECT, INDUCED, Loss
from nonetloss.numerics.stats import pert

FOOTPRINT = "footprint"
# Zones around it that a footprint table may have without a single hectare in them.
_RINGS = ("direct", "indirect")
UNIT = "quality_hectare"


class HasTable(Protocol):
    """A result that carries its table."""

    @property
    def table(self) -> pd.DataFrame:
        """The table."""


def quality_loss(
    footprints: pd.DataFrame | HasTable,
    *,
    ecosystems: EcosystemMap,
    rng: np.random.Generator,
    draws: int,
    induced: pd.DataFrame | HasTable | None = None,
    value_with_project: float = 0.0,
    zone_loss: Mapping[str, Any] | None = None,
) -> Loss:
    """Direct and induced loss of every alternative, in quality-hectares by ecosystem.

    Parameters
    ----------
    footprints : table, or a result with a `table`
        Columns alternative, zone, ecosystem, area_ha. Zones are rings that do not overlap;
        `footprint` is the cleared right of way. Rows of one alternative and ecosystem add up.
    ecosystems : EcosystemMap
        Assets of the result, in their order, with the value of a hectare today.
    rng : numpy Generator
        Source of the draws.
    draws : int
        States of the world, at least 1.
    induced : table, result with a `table`, or None
        Columns alternative, ecosystem, low_ha, likely_ha, high_ha. None: no induced deforestation
        was estimated, and the induced component is zero.
    value_with_project : float
        Ecological value, in [0, 1], of cleared land: right of way and induced clearing.
    zone_loss : mapping or None
        Per zone other than `footprint`, the share of its value that is lost:
        ``{direct: {low, likely, high, source}}``, or a number. Zones not named lose nothing.

    Returns
    -------
    Loss
        Unit quality_hectare, components `direct` and `induced`. Alternatives stand in the order
        in which `footprints` names them first.

    Raises
    ------
    InputError
        `loss.columns`, `loss.ecosystem`, `loss.area`, `loss.share`, `loss.draws`.

    Notes
    -----
    Loss_e = sum_u A_u (VE_without - VE_with) over the impact units u of ecosystem e. For the right
    of way and induced clearing VE_with is `value_with_project`; in another zone
    VE_with = VE_without (1 - share). A land worth less than `value_with_project` loses nothing.

    One draw of the value per ecosystem, one of the share per zone and one of the induced area are
    shared by all alternatives: the draws of two alternatives differ only by what differs between
    them. Low, likely and high are read as a PERT distribution.

    **In words.** Hectares touched, times how good they are, times how much of that is lost.
    """
    area = _table(footprints, ("alternative", "zone", "ecosystem", "area_ha"), "footprints")
    columns = ("alternative", "ecosystem", "low_ha", "likely_ha", "high_ha")
    access = pd.DataFrame(columns=columns) if induced is None else induced
    access = _table(access, columns, "induced")
    if draws < 1:
        raise InputError.because("loss.draws", "draws", value=draws)
    if not 0 <= value_with_project <= 1:
        raise InputError.because("loss.share", "value_with_project", value=value_with_project)
    kinds = ecosystems.ecosystems
    names = tuple(dict.fromkeys([*area["alternative"], *access["alternative"]]))
    _require_known(area, kinds, "footprints")
    _require_known(access, kinds, "induced")
    values = [k.value for k in kinds]
    worth = np.stack([_draw(value, draws, rng) for value in values]) if kinds else np.zeros((0, 1))
    lost_likely = np.maximum(0.0, np.array([v.likely for v in values]) - value_with_project)
    lost = np.maximum(0.0, worth - value_with_project)
    shape = (len(names), 2, len(kinds))
    likely, sample = np.zeros(shape), np.zeros((*shape, draws))
    cells = _areas(area, names, kinds)
    shares = read_zone_loss(zone_loss or {}, zones=cells)
    for zone, surface in cells.items():
        if zone == FOOTPRINT:
            likely[:, 0] += surface * lost_likely
            sample[:, 0] += surface[:, :, None] * lost
        elif zone in shares:
            share = shares[zone]
            now = np.array([v.likely for v in values])
            likely[:, 0] += surface * now * share.likely
            sample[:, 0] += surface[:, :, None] * worth * _draw(share, draws, rng)
    spread = _induced(access, names, kinds, draws, rng)
    likely[:, 1] = spread[0] * lost_likely
    sample[:, 1] = spread[1] * lost
    return Loss(UNIT, names, (DIRECT, INDUCED), tuple(k.name for k in kinds), likely, sample)


def _draw(value: Estimate, draws: int, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(pert(value.low, value.likely, value.high, size=draws, rng=rng))


def _table(given: pd.DataFrame | HasTable, columns: Sequence[str], name: str) -> pd.DataFrame:
    table = given if isinstance(given, pd.DataFrame) else given.table
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError.because(
            "loss.columns", name, missing=offenders(missing), expected=", ".join(columns)
        )
    numbers = table[[c for c in columns if c.endswith("_ha")]].to_numpy(dtype=np.float64)
    if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
        raise InputError.because("loss.area", name)
    return table


def _require_known(table: pd.DataFrame, kinds: Sequence[Ecosystem], name: str) -> None:
    known = {k.name for k in kinds}
    unknown = [e for e in dict.fromkeys(table["ecosystem"]) if e not in known]
    if unknown:
        raise InputError.because(
            "loss.ecosystem",
            name,
            unknown=offenders(unknown),
            known=offenders(sorted(known), 20),
        )


def read_zone_loss(
    given: Mapping[str, Any],
    *,
    zones: Iterable[str] = (),
    layers: Iterable[str] = (),
    ecosystems: Iterable[str] = (),
) -> dict[str, Estimate]:
    """The share of its value that each zone loses, by name of the zone, in order of names.

    `zones` names the zones of a table beyond direct and indirect. A zone that no table has is
    refused: it would lose nothing, and nobody would notice.

    Raises
    ------
    InputError
        `loss.zone`, `loss.share`.
    """
    known = sorted({*_RINGS, *zones} - {FOOTPRINT})
    for zone in given:
        if zone not in known:
            raise InputError.because("loss.zone", zone, known=offenders(known, 20))
    return {zone: _share(zone, raw) for zone, raw in sorted(given.items())}


def _areas(
    table: pd.DataFrame, names: Sequence[str], kinds: Sequence[Ecosystem]
) -> dict[str, np.ndarray]:
    """Hectares (alternatives, ecosystems) per zone, in the order of zone names."""
    row = {name: i for i, name in enumerate(names)}
    column = {k.name: i for i, k in enumerate(kinds)}
    cells = {zone: np.zeros((len(names), len(kinds))) for zone in sorted(set(table["zone"]))}
    for alternative, zone, ecosystem, area in zip(
        table["alternative"], table["zone"], table["ecosystem"], table["area_ha"], strict=True
    ):
        cells[zone][row[alternative], column[ecosystem]] += float(area)
    return cells


def _share(zone: str, raw: Any) -> Estimate:
    values = raw if isinstance(raw, Mapping) else {"low": raw, "likely": raw, "high": raw}
    try:
        share = Estimate(
            float(values["low"]),
            float(values["likely"]),
            float(values["high"]),
            Text.of(values.get("source", "")),
        )
    except (NonetlossError, KeyError, TypeError, ValueError) as cause:
        raise InputError.because("loss.share", zone, value=as_written(raw)) from cause
    if share.low < 0 or share.high > 1:
        raise InputError.because("loss.share", zone, value=as_written(raw))
    return share


def _induced(
    table: pd.DataFrame,
    names: Sequence[str],
    kinds: Sequence[Ecosystem],
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Induced hectares: likely (alternatives, ecosystems), and by draw.

    A strong or weak pull of access is one state of the world: every sample is put in the order of
    one shared ranking, which keeps each distribution and couples them fully.
    """
    row = {name: i for i, name in enumerate(names)}
    column = {k.name: i for i, k in enumerate(kinds)}
    order = np.argsort(np.argsort(rng.random(draws), kind="stable"), kind="stable")
    likely = np.zeros((len(names), len(kinds)))
    sample = np.zeros((len(names), len(kinds), draws))
    fields = ["alternative", "ecosystem", "low_ha", "likely_ha", "high_ha"]
    for entry in table[fields].sort_values(["alternative", "ecosystem"]).itertuples(index=False):
        alternative, ecosystem, *numbers = entry
        low, middle, high = (float(n) for n in numbers)
        at = row[alternative], column[ecosystem]
        likely[at] += middle
        sample[at] += np.sort(_draw(Estimate(low, middle, high), draws, rng))[order]
    return likely, sample


METHOD = Method(
    id="offset.loss",
    question=Text(
        es="¿Cuánta naturaleza perdería cada alternativa, en hectáreas de calidad por ecosistema?",
        en="How much nature would each alternative lose, in quality-hectares by ecosystem?",
    ),
    function="nonetloss.offset.loss:quality_loss",
    inputs=(
        Port(
            "footprints",
            "table",
            Text(
                es="Superficie por alternativa, zona y ecosistema.",
                en="Area by alternative, zone and ecosystem.",
            ),
            unit="ha",
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Ecosistemas y su valor actual.", en="Ecosystems and their value today."),
        ),
        Port(
            "induced",
            "table",
            Text(
                es="Deforestación inducida por alternativa y ecosistema.",
                en="Induced deforestation by alternative and ecosystem.",
            ),
            unit="ha",
            optional=True,
        ),
        RNG,
        DRAWS,
    ),
    outputs=(
        Port(
            "loss",
            "Loss",
            Text(es="Pérdida directa e inducida.", en="Direct and induced loss."),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "value_with_project",
            Text(
                es="Valor ecológico que conserva el suelo desbrozado.",
                en="Ecological value that cleared land keeps.",
            ),
            default=0.0,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "zone_loss",
            Text(
                es="Por zona, parte del valor que se pierde fuera del derecho de vía "
                "(low, likely, high, source). Sin dato, no se pierde nada.",
                en="Per zone, share of the value lost outside the right of way "
                "(low, likely, high, source). Where absent, nothing is lost.",
            ),
            kind="mapping",
            reader="nonetloss.offset.loss:read_zone_loss",
            optional=True,
        ),
    ),
    references=(
        "Parkes et al. 2003, doi 10.1046/j.1442-8903.4.s.4.x",
        "BBOP 2012, ISBN 978-1-932928-44-0",
    ),
    validity=Text(
        es="Formulación neutral de superficie por valor: la ecuación y la escala oficiales del "
        "Perú no están confirmadas. Las hectáreas de calidad no cuentan especies ni servicios. Lo "
        "que el acceso induce dentro de los anillos se suma a la parte que allí ya se pierde: el "
        "total queda algo por encima.",
        en="Neutral formulation, area times value: the official Peruvian equation and scale are "
        "not confirmed. Quality-hectares count neither species nor services. What access induces "
        "inside the rings is added to the share already lost there: the total errs on the high "
        "side.",
    ),
    example=(
        "- {step: loss, method: offset.loss, parameters: {zone_loss: {direct: "
        "{low: 0.05, likely: 0.15, high: 0.30, source: field plots}}}}"
    ),
)
