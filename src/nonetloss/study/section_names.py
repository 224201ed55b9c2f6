"""Names in the sections of a study that point nowhere, and names that nothing points to."""

import difflib

from nonetloss.core.findings import Finding, error, nearest, offenders, warning
from nonetloss.io.catalog import CatalogDocument
from nonetloss.rules.model import RulesInForce
from nonetloss.study.schema import EcosystemsSection, StudyDocument

# Names that the sections of a study give, whatever it says in them.
_RESERVED = frozenset((*StudyDocument.model_fields, "right_of_way_m", "declared", "start", "end"))


def names_of_sections(
    document: StudyDocument, catalog: CatalogDocument | None, ruleset: RulesInForce | None
) -> list[Finding]:
    """What is wrong with the names of sources, kinds, classes, services, tables and rasters.

    `catalog` and `ruleset` are None where they could not be read; what needs them is left out.
    """
    found = [] if catalog is None else _source_names(document, catalog)
    kinds = ruleset.layer_kinds() if ruleset is not None else ()
    for name, layer in document.layers.items():
        by_rule = layer.role is None or layer.setback is None
        if ruleset is not None and by_rule and layer.kind not in ruleset.ruleset.layers:
            subject, listed = f"layers.{name}", offenders(kinds, 40)
            meant = kind_meant(layer.kind, ruleset)
            found.append(
                error("study.kind-unknown", subject, kind=layer.kind, known=listed, nearest=meant)
            )
    found += [] if document.ecosystems is None else _class_names(document.ecosystems)
    found += _service_names(document) + _hidden_sheds(document) + _hidden_tables(document)
    return found + _part_names(document)


def kind_meant(written: str, ruleset: RulesInForce) -> str:
    """The kind of layer that a word in either language may stand for; "" if none is like it."""
    word = written.strip().lower().replace("-", " ")
    names: dict[str, str] = {}
    for kind in ruleset.layer_kinds():
        title = ruleset.layer_rule(kind).title
        names |= {n.lower().replace("-", " "): kind for n in (title.en, title.es, kind)}
    # Whole words first: "parque" is a national park before it resembles anything else.
    within = [kind for name, kind in names.items() if word and word in name.split()]
    if within:
        return within[0]
    near = difflib.get_close_matches(word, list(names), n=1, cutoff=0.6)
    return names[near[0]] if near else ""


def _source_names(document: StudyDocument, catalog: CatalogDocument) -> list[Finding]:
    used = {f"layers.{n}": layer.source for n, layer in document.layers.items()}
    for name in ("alternatives", "relief", "ecosystems", "parcels"):
        section = getattr(document, name)
        if section is not None:
            used[name] = section.source
    for group in ("servicesheds", "tables", "rasters"):
        for name, section in getattr(document, group).items():
            if section.source is not None:
                used[f"{group}.{name}"] = section.source
    if document.network is not None:
        used |= {f"network.{key}": name for key, name in document.network.sources.items()}
    if document.extent is not None and document.extent.like is not None:
        used["extent.like"] = document.extent.like
    known = offenders(sorted(catalog.sources), 40) or "–"
    found = [
        error("study.source-unknown", where, source=source, known=known)
        for where, source in used.items()
        if source not in catalog.sources
    ]
    unused = sorted(set(catalog.sources) - set(used.values()))
    if unused:
        names = offenders(unused, 20)
        found.append(warning("study.sources-unused", "catalog.yaml", names=names))
    return found


def _class_names(section: EcosystemsSection) -> list[Finding]:
    wanted = [(name, better) for name, entry in section.classes.items() for better in entry.better]
    if section.elsewhere is not None:
        wanted.append(("elsewhere", section.elsewhere))
    known = offenders(section.classes, 40)
    return [
        error("study.ecosystem-unknown", f"ecosystems.{where}", name=name, known=known)
        for where, name in wanted
        if name not in section.classes
    ]


def _service_names(document: StudyDocument) -> list[Finding]:
    """Ecosystems and servicesheds that services name, and servicesheds that none names."""
    classes = () if document.ecosystems is None else tuple(document.ecosystems.classes)
    sheds = tuple(document.servicesheds)
    found = []
    for name, service in document.services.items():
        subject = f"services.{name}"
        found += [
            error(
                "study.service-ecosystem",
                f"{subject}.per_ha",
                name=kind,
                nearest=nearest(kind, classes),
                known=offenders(classes, 40) or "–",
            )
            for kind in service.per_ha
            if kind not in classes
        ]
        found += [
            error(
                "study.service-shed",
                f"{subject}.sheds",
                name=shed,
                nearest=nearest(shed, sheds),
                known=offenders(sheds, 40) or "–",
            )
            for shed in service.sheds
            if shed not in sheds
        ]
        twice = sorted({shed for shed in service.sheds if service.sheds.count(shed) > 1})
        if twice:
            found.append(error("study.service-shed-twice", subject, names=offenders(twice)))
    reached = {shed for service in document.services.values() for shed in service.sheds}
    idle = [shed for shed in sheds if shed not in reached]
    if idle:
        found.append(warning("study.servicesheds-unused", "servicesheds", names=offenders(idle)))
    return found


def _hidden_sheds(document: StudyDocument) -> list[Finding]:
    """Servicesheds drawn from the file of a hidden layer: their balance would measure it."""
    hidden = {layer.source for layer in document.layers.values() if layer.hidden}
    return [
        error("study.serviceshed-hidden", f"servicesheds.{name}", source=shed.source)
        for name, shed in document.servicesheds.items()
        if shed.source in hidden
    ]


def _hidden_tables(document: StudyDocument) -> list[Finding]:
    """Tables from the file of a hidden layer: what steps make of their rows is written."""
    hidden = {layer.source for layer in document.layers.values() if layer.hidden}
    return [
        error("study.table-hidden", f"tables.{name}", source=table.source)
        for name, table in document.tables.items()
        if table.source in hidden
    ]


def _part_names(document: StudyDocument) -> list[Finding]:
    """Tables and rasters that are called like a section, or like each other."""
    found = [
        error("study.part-reserved", f"{group}.{name}", name=name)
        for group in ("tables", "rasters")
        for name in getattr(document, group)
        if name in _RESERVED
    ]
    both = sorted(set(document.tables) & set(document.rasters))
    return found + [error("study.part-reserved", f"rasters.{name}", name=name) for name in both]
