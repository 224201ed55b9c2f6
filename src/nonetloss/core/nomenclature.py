"""The words and units of the field, once: glossary, legends and axis labels read them here."""

from dataclasses import dataclass
from functools import cache

from nonetloss.core import package_data
from nonetloss.core.language import Language, Text


@dataclass(frozen=True, slots=True)
class Term:
    """One quantity: its unit, symbol, label and definition in both languages, and its source."""

    name: str
    unit: str
    symbol: str
    label: Text
    definition: Text
    source: str


@cache
def terms() -> dict[str, Term]:
    """All terms by name."""
    return {
        name: Term(
            name=name,
            unit=entry["unit"],
            symbol=entry["symbol"],
            label=Text.of(entry["label"]),
            definition=Text.of(entry["definition"]),
            source=entry["source"],
        )
        for name, entry in package_data.read_yaml("core/nomenclature.yaml").items()
    }


def label(name: str, language: Language) -> str:
    """Label with its unit, as an axis or a column head shows it: `Cost (million USD)`."""
    term = terms()[name]
    unit = UNIT_LABELS.get(term.unit, Text.of(term.unit))[language]
    return f"{term.label[language]} ({unit})" if unit else term.label[language]


UNIT_LABELS = {
    "": Text.of(""),
    "quality_hectare": Text(es="ha de calidad", en="quality-hectares"),
    "usd": Text(es="USD", en="USD"),
    "Musd": Text(es="millones de USD", en="million USD"),
    "usd/km": Text(es="USD/km", en="USD/km"),
    "quality_hectare/ha": Text(es="ha de calidad por ha", en="quality-hectares per ha"),
    "percent": Text.of("%"),
    "person": Text(es="personas", en="people"),
    "GWh/year": Text(es="GWh/año", en="GWh/yr"),
    "m^3/s": Text.of("m³/s"),
    "hm^3": Text.of("hm³"),
    "km^2": Text.of("km²"),
    "tCO2e/year": Text(es="tCO₂e/año", en="tCO₂e/yr"),
    "gCO2e/kWh": Text.of("gCO₂e/kWh"),
    "usd/year": Text(es="USD/año", en="USD/yr"),
    "usd/MWh": Text.of("USD/MWh"),
}
