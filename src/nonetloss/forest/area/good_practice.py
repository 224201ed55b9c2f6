"""Which recommendations for areas and accuracies a sample follows, and which nobody has told.

References
----------
Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015, whose recommendations stand here in own words.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.area.accuracy import FEW_UNITS, Accuracy

Met = Literal["yes", "no", "unknown"]

# What only people can tell.
DECLARED: Final[Mapping[str, Text]] = {
    "probability-sample": Text(
        es="Las unidades se sortearon, con probabilidad conocida en cada estrato.",
        en="Units were drawn at random, with a known probability in each stratum.",
    ),
    "independent-of-training": Text(
        es="Ninguna unidad de la muestra sirvió para hacer el mapa.",
        en="No unit of the sample was used to make the map.",
    ),
    "better-reference": Text(
        es="La referencia es más exacta que el mapa (imagen más fina o visita de campo).",
        en="The reference is more exact than the map (finer images or a visit).",
    ),
    "same-dates": Text(
        es="La referencia es de las mismas fechas que el mapa.",
        en="The reference is of the same dates as the map.",
    ),
    "unit-defined": Text(
        es="Está escrito qué es una unidad y cómo se clasifica si tiene varias clases.",
        en="It is written what a unit is and how one with several classes is labeled.",
    ),
    "blind-labels": Text(
        es="Quien interpretó no vio la clase del mapa.",
        en="Whoever interpreted did not see the class of the map.",
    ),
    "interpreters-compared": Text(
        es="Varias personas interpretaron las mismas unidades y se sabe cuánto discrepan.",
        en="Several people interpreted the same units, and how far they disagree is known.",
    ),
}
# What the numbers tell.
COMPUTED: Final[Mapping[str, Text]] = {
    "enough-units": Text(
        es="Cada estrato tiene al menos {least} unidades.",
        en="Every stratum has at least {least} units.",
    ),
    "design-in-estimator": Text(
        es="La estimación usa los estratos con que se sorteó la muestra.",
        en="The estimate uses the strata in which the sample was drawn.",
    ),
    "area-from-reference": Text(
        es="La superficie viene de la referencia, no de contar píxeles del mapa.",
        en="The area comes from the reference, not from counting pixels of the map.",
    ),
    "matrix-in-shares": Text(
        es="La matriz de error se da en proporción de la superficie.",
        en="The error matrix is given in shares of the area.",
    ),
    "errors-told": Text(
        es="Exactitudes y superficies se dan con su intervalo de confianza.",
        en="Accuracies and areas are given with their confidence interval.",
    ),
}


def read_practice(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> dict[str, tuple[Met, Text]]:
    """What a study declares, by recommendation: {met: yes | no | unknown, evidence: text}.

    Raises
    ------
    InputError
        `area.practice-unknown` for a recommendation that is none, `area.practice-answer` for
        another answer, or a "yes" without evidence.
    """
    read: dict[str, tuple[Met, Text]] = {}
    found: list[Finding] = []
    for name, answer in given.items():
        if name not in DECLARED:
            found.append(error("area.practice-unknown", name, known=offenders(DECLARED, 20)))
            continue
        said = dict(answer) if isinstance(answer, Mapping) else {"met": answer}
        met = _answer(said.get("met", "unknown"))
        evidence = said.get("evidence", "")
        told = isinstance(evidence, str | Text) or (
            isinstance(evidence, Mapping) and {"es", "en"} <= set(evidence)
        )
        empty = told and not Text.of(evidence).en.strip()
        strange = sorted(set(said) - {"met", "evidence"})
        if met is None or not told or strange or (met == "yes" and empty):
            found.append(error("area.practice-answer", name, found=answer))
            continue
        read[name] = (met, Text.of(evidence))
    if found:
        raise InputError(*found)
    return read


def practice_table(
    accuracy: Accuracy, declared: Mapping[str, tuple[Met, Text]]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One row for each recommendation, and a warning for those that are not met or not told.

    Returns
    -------
    DataFrame
        recommendation, title_es, title_en, met (yes | no | unknown), evidence_es, evidence_en.
    """
    rows: list[tuple[str, ...]] = []
    for name, title in DECLARED.items():
        met, evidence = declared.get(name, ("unknown", Text("", "")))
        rows.append((name, title.es, title.en, met, evidence.es, evidence.en))
    fewest = min(accuracy.units, key=lambda k: (accuracy.units[k], k))
    seen = f"{fewest}: {accuracy.units[fewest]}"
    level = f"{accuracy.overall.confidence:.0%}"
    told: dict[str, tuple[Met, Text]] = {
        "enough-units": (
            "yes" if accuracy.units[fewest] >= FEW_UNITS else "no",
            Text(es=f"el menor es {seen}", en=f"the smallest is {seen}"),
        ),
        "errors-told": ("yes", Text(es=f"al {level}", en=f"at {level}")),
    }
    for name, title in COMPUTED.items():
        met, evidence = told.get(name, ("yes", Text("", "")))
        words = [text.format(least=FEW_UNITS) for text in (title.es, title.en)]
        rows.append((name, *words, met, evidence.es, evidence.en))
    columns = ["recommendation", "title_es", "title_en", "met", "evidence_es", "evidence_en"]
    table = pd.DataFrame(rows, columns=columns)
    found = []
    # Few units have their own warning.
    rest = table[table["recommendation"] != "enough-units"]
    for met, code in (("no", "area.practice-not-met"), ("unknown", "area.practice-not-told")):
        names = rest.loc[rest["met"] == met, "recommendation"]
        if len(names):
            found.append(warning(code, "samples", names=offenders(names)))
    return table, tuple(found)


def _answer(written: object) -> Met | None:
    """YAML reads a bare yes as true."""
    if written is True or written == "yes":
        return "yes"
    if written is False or written == "no":
        return "no"
    return "unknown" if written == "unknown" else None
