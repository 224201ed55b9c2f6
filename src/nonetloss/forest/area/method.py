"""Areas and accuracies of a map from a reference sample: declaration and function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.forest.area.accuracy import Accuracy, within
from nonetloss.forest.area.error_matrix import error_matrix
from nonetloss.forest.area.estimators import CONFIDENCE, Estimated
from nonetloss.forest.area.good_practice import practice_table, read_practice
from nonetloss.forest.area.reading import read_sample, read_sizes, require_known
from nonetloss.forest.area.sample_size import (
    ALLOCATIONS,
    allocate,
    expected_errors,
    for_overall_accuracy,
)
from nonetloss.forest.area.units import units_in_strata

METHOD = Method(
    id="forest.area",
    question=Text(
        es="¿Cuántas hectáreas hay de cada clase, con qué error, y cuánto acierta el mapa?",
        en="How many hectares are there of each class, with what error, and how good is the map?",
    ),
    function="nonetloss.forest.area.method:forest_area",
    inputs=(
        Port(
            "samples",
            "table",
            Text(
                es="Muestra de referencia: map_class, reference_class y, si los hay, stratum y "
                "count (unidades por fila).",
                en="Reference sample: map_class, reference_class and, where there are, stratum "
                "and count (units in a row).",
            ),
        ),
        Port(
            "areas",
            "table",
            Text(
                es="Superficie según el mapa: class (o stratum), area_ha y, si se sabe, units "
                "(píxeles de cada estrato).",
                en="Area on the map: class (or stratum), area_ha and, where known, units (pixels "
                "of each stratum).",
            ),
        ),
    ),
    outputs=(
        Port(
            "area_estimate",
            "AreaEstimate",
            Text(
                es="Superficies y exactitudes con su intervalo, y la muestra que haría falta.",
                en="Areas and accuracies with their interval, and the sample that would be needed.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "confidence",
            Text(
                es="Nivel de confianza de los intervalos.",
                en="Level of confidence of the intervals.",
            ),
            default=CONFIDENCE,
            low=0.5,
            high=0.999,
        ),
        Parameter(
            "target_standard_error",
            Text(
                es="Error estándar deseado de la exactitud global, para planear otra muestra.",
                en="Wanted standard error of the overall accuracy, to plan another sample.",
            ),
            default=0.01,
            low=0.0001,
            high=0.5,
        ),
        Parameter(
            "least_units",
            Text(
                es="Unidades que tendría al menos cada clase en la muestra planeada.",
                en="Units that each class would have at least in the planned sample.",
            ),
            kind="integer",
            default=50,
            low=2,
            high=100000,
        ),
        Parameter(
            "expected_users",
            Text(
                es="Exactitud del usuario que se espera de cada clase; sin dato, la de la muestra.",
                en="User's accuracy expected of each class; where absent, that of the sample.",
            ),
            kind="mapping",
            reader="nonetloss.forest.area.method:read_users",
            optional=True,
        ),
        Parameter(
            "practice",
            Text(
                es="Buenas prácticas que el estudio declara: {probability-sample: {met: yes, "
                "evidence: …}, …}.",
                en="Good practice that the study declares: {probability-sample: {met: yes, "
                "evidence: …}, …}.",
            ),
            kind="mapping",
            reader="nonetloss.forest.area.good_practice:read_practice",
            optional=True,
        ),
        Parameter(
            "titles",
            Text(
                es="Nombres de las clases para las personas: {clase: {es: …, en: …}}.",
                en="Names of the classes for people: {class: {es: …, en: …}}.",
            ),
            kind="mapping",
            reader="nonetloss.forest.area.method:read_titles",
            optional=True,
        ),
    ),
    references=(
        "Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015",
        "Stehman 2014, doi 10.1080/01431161.2014.930207",
        "Cochran 1977, Sampling Techniques, ISBN 978-0-471-16240-7",
    ),
    validity=Text(
        es="Vale para unidades sorteadas dentro de cada estrato. El error de quien interpreta la "
        "referencia no entra en los intervalos.",
        en="Holds for units drawn at random within each stratum. The error of whoever interprets "
        "the reference is not in the intervals.",
    ),
    example=(
        "- {step: area, method: forest.area, inputs: {samples: reference-points, areas: "
        "change.class_areas}, parameters: {confidence: 0.90, practice: {probability-sample: {met: "
        "yes, evidence: random points by class}}}}"
    ),
)


@dataclass(frozen=True, slots=True)
class AreaEstimate:
    """Areas and accuracies as tables.

    `areas`: class, title_es, title_en, mapped_ha, area_ha, standard_error_ha, low_ha, high_ha,
    relative_half_width, mapped_less_estimated_ha. `accuracy`: measure (overall | user | producer),
    class ("" of the overall one), title_es, title_en, likely, standard_error, low, high, units.
    `matrix`: map_class, reference_class, units, share, standard_error. `sample_size`: allocation,
    class, weight, expected_user, units, standard_error of the user's accuracy,
    overall_standard_error. `good_practice`: see `good_practice.practice_table`. `hectares` holds
    the estimates by class, for other steps. Low and high are the ends of intervals at
    `confidence`, cut to what is possible.
    """

    areas: pd.DataFrame
    accuracy: pd.DataFrame
    matrix: pd.DataFrame
    sample_size: pd.DataFrame
    good_practice: pd.DataFrame
    hectares: Mapping[str, Estimate]
    estimator: str
    confidence: float
    findings: tuple[Finding, ...] = ()


def read_users(
    given: Mapping[str, Any], *, layers: object = (), ecosystems: object = ()
) -> dict[str, float]:
    """Expected user's accuracies by class.

    Raises
    ------
    InputError
        `area.share` for what is no number between 0 and 1.
    """
    bad = [
        f"{k}: {v}"
        for k, v in given.items()
        if isinstance(v, bool) or not isinstance(v, int | float) or not 0 <= v <= 1
    ]
    if bad:
        raise InputError.because("area.share", "expected_users", offenders=offenders(bad))
    return {str(k): float(v) for k, v in given.items()}


def read_titles(
    given: Mapping[str, Any], *, layers: object = (), ecosystems: object = ()
) -> dict[str, Text]:
    """Names of classes in both languages; a plain text stands for both.

    Raises
    ------
    InputError
        `area.title-languages` for a name that is neither a text nor {es: …, en: …}.
    """
    read: dict[str, Text] = {}
    bad = []
    for name, said in given.items():
        both = isinstance(said, Mapping) and set(said) == {"es", "en"}
        if not (isinstance(said, str | Text) or both):
            bad.append(str(name))
            continue
        read[str(name)] = Text.of(said)
    if bad:
        raise InputError.because("area.title-languages", "titles", names=offenders(bad))
    return read


def forest_area(
    samples: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    confidence: float = CONFIDENCE,
    target_standard_error: float = 0.01,
    least_units: int = 50,
    expected_users: Mapping[str, Any] | None = None,
    practice: Mapping[str, Any] | None = None,
    titles: Mapping[str, Any] | None = None,
) -> AreaEstimate:
    """Areas and accuracies of a map, from a sample whose true class somebody determined.

    Where every unit was drawn in its own map class, by the error matrix (Olofsson et al. 2014);
    else unit by unit (Stehman 2014), and then `areas` are those of the strata.

    Parameters
    ----------
    samples, areas : DataFrame
        See `reading.read_sample` and `reading.read_sizes`.
    confidence : float
    target_standard_error : float
        Of the overall accuracy, as a share.
    least_units : int
    expected_users, practice, titles : mappings, optional

    Raises
    ------
    InputError
        `area.title-of-nothing`, and what `read_sample`, `read_sizes`, `error_matrix`,
        `units_in_strata`, `read_practice`, `read_users` and `read_titles` raise.
    """
    sample, sizes = read_sample(samples), read_sizes(areas)
    require_known(sample, sizes)
    if sample.strata_are_classes:
        mapped = [k for k, v in sizes.hectares.items() if v > 0]
        beyond = sorted(set(sample.reference.tolist()) - set(mapped))
        classes = (*mapped, *beyond)
        accuracy = error_matrix(
            sample.matrix(classes), classes=classes, mapped_ha=sizes.hectares, confidence=confidence
        )
    else:
        map_class, reference, stratum = sample.units()
        accuracy = units_in_strata(
            map_class,
            reference=reference,
            strata=stratum,
            areas_ha=sizes.hectares,
            units=sizes.units,
            confidence=confidence,
        )
    names = _titles(accuracy.classes, read_titles(titles or {}))
    expected = read_users(expected_users or {})
    _require_classes(expected, accuracy.classes, "expected_users")
    table, found = practice_table(accuracy, read_practice(practice or {}))
    return AreaEstimate(
        areas=_areas(accuracy, names),
        accuracy=_accuracies(accuracy, names),
        matrix=_matrix(accuracy),
        sample_size=_planned(accuracy, expected, target_standard_error, least_units),
        good_practice=table,
        hectares={name: accuracy.area(name) for name in accuracy.classes},
        estimator="error-matrix" if sample.strata_are_classes else "units-in-strata",
        confidence=confidence,
        findings=(*accuracy.findings, *found),
    )


def _require_classes(given: Mapping[str, Any], classes: tuple[str, ...], subject: str) -> None:
    strange = sorted(set(given) - set(classes))
    if strange:
        raise InputError.because(
            "area.title-of-nothing", subject, names=offenders(strange), known=offenders(classes)
        )


def _titles(classes: tuple[str, ...], given: Mapping[str, Text]) -> dict[str, Text]:
    _require_classes(given, classes, "titles")
    return {name: given.get(name, Text.of(name)) for name in classes}


def _areas(accuracy: Accuracy, names: Mapping[str, Text]) -> pd.DataFrame:
    rows = []
    for k, name in enumerate(accuracy.classes):
        found = within(accuracy.areas[k], 0.0, accuracy.total_ha)
        mapped = float(accuracy.mapped_ha[k])
        rows.append(
            {
                "class": name,
                "title_es": names[name].es,
                "title_en": names[name].en,
                "mapped_ha": mapped,
                "area_ha": found.mean,
                "standard_error_ha": found.standard_error,
                "low_ha": found.low,
                "high_ha": found.high,
                "relative_half_width": accuracy.areas[k].relative_half_width,
                "mapped_less_estimated_ha": mapped - found.mean,
            }
        )
    return pd.DataFrame(rows)


def _accuracies(accuracy: Accuracy, names: Mapping[str, Text]) -> pd.DataFrame:
    everything = Text(es="Todo el mapa", en="The whole map")
    told: list[tuple[str, str, Text, Estimated]] = [("overall", "", everything, accuracy.overall)]
    for measure, found in (("user", accuracy.users), ("producer", accuracy.producers)):
        for name, one in zip(accuracy.classes, found, strict=True):
            told.append((measure, name, names[name], one))
    rows = []
    for measure, name, title, one in told:
        kept = within(one, 0.0, 1.0)
        rows.append(
            {
                "measure": measure,
                "class": name,
                "title_es": title.es,
                "title_en": title.en,
                "likely": kept.mean,
                "standard_error": kept.standard_error,
                "low": kept.low,
                "high": kept.high,
                "units": kept.n,
            }
        )
    return pd.DataFrame(rows)


def _matrix(accuracy: Accuracy) -> pd.DataFrame:
    rows = [
        (i, j, int(accuracy.counts[a, b]), accuracy.shares[a, b], accuracy.share_errors[a, b])
        for a, i in enumerate(accuracy.classes)
        for b, j in enumerate(accuracy.classes)
    ]
    columns = ["map_class", "reference_class", "units", "share", "standard_error"]
    return pd.DataFrame(rows, columns=columns)


def _planned(
    accuracy: Accuracy, expected: Mapping[str, float], target: float, least: int
) -> pd.DataFrame:
    """A sample over the map classes that would reach the wanted error, in three allocations."""
    mapped = accuracy.shares.sum(axis=1) * accuracy.total_ha
    sizes = {k: float(v) for k, v in zip(accuracy.classes, mapped, strict=True) if v > 0}
    users = {
        name: expected.get(name, one.mean)
        for name, one in zip(accuracy.classes, accuracy.users, strict=True)
        if name in sizes
    }
    n = for_overall_accuracy(sizes, users=users, standard_error=target)
    n = max(n, least * len(sizes))
    deviations = {k: float(np.sqrt(u * (1 - u))) for k, u in users.items()}
    rows = []
    for how in ALLOCATIONS:
        units = allocate(n, sizes=sizes, deviations=deviations, how=how, least=least)
        errors, overall = expected_errors(units, sizes=sizes, users=users)
        rows += [
            (how, k, v / accuracy.total_ha, users[k], units[k], errors[k], overall)
            for k, v in sizes.items()
        ]
    columns = [
        "allocation", "class", "weight", "expected_user", "units", "standard_error",
        "overall_standard_error",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
