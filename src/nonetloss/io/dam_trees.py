"""Public dam trees: the text files of the basins, in both generations, and their solutions.

First generation (2018 and 2021)::

    p <nodes> <edges> <criteria of nodes> <criteria of dams>     2018: only nodes and edges
    dam_criteria energy sed_trap status seismic biodiversity ghg dor
    node_criteria connectivity sediment
    d <dam> <values in that order>
    n <node> <values in that order>                              2018: none
    r <root>
    e <node downstream> <node upstream> <dam>

Second generation (2025)::

    p <nodes> <edges> <criteria>
    criteria <name> …                      with a minus before it: minimized, else maximized
    d <dam> <status> <s>|<p>|<q> …         one triple per criterion
    n <node> <values in that order>
    r and e as above

There, a criterion of a node is v = r + Σ (s + p·v_above) over dams that are built and Σ q·v_above
over those that are not. The triples become the attributes `<criterion>_s`, `<criterion>_p` and
`<criterion>_q` of the dam, the values of nodes keep the name of the criterion and carry its sense.
`%` opens a comment line. The files state no unit; energy is known to be installed capacity in MW.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source, sha256_of_chunks
from nonetloss.io.dam_solutions import Solutions, read_solutions, write_solutions
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    RiverNetwork,
    Status,
)
from nonetloss.landscape.river_tree import build_network
from nonetloss.landscape.river_values import plain_number

__all__ = ["Solutions", "read_dam_tree", "read_solutions", "write_solutions"]

_STATUS = {1.0: Status.BUILT, 0.0: Status.PLANNED}

_NO_UNIT = Text("el archivo no documenta su unidad", "the file documents no unit")

_TITLES: Mapping[str, tuple[str, Text]] = {
    "energy": ("MW", Text("Potencia instalada", "Installed capacity")),
    "sed_trap": (
        "",
        Text("Parte del sedimento que el embalse retiene", "Share of sediment the reservoir traps"),
    ),
    "connectivity": (
        "",
        Text("Longitud relativa de ríos del tramo", "Relative river length of the component"),
    ),
    "sediment": (
        "",
        Text("Aporte relativo de sedimento del tramo", "Relative sediment load of the component"),
    ),
    "biodiversity": (
        "",
        Text("Índice de daño a la biodiversidad", "Index of harm to biodiversity"),
    ),
    "ghg": ("", Text("Índice de gases de efecto invernadero", "Index of greenhouse gases")),
    "dor": ("", Text("Índice de regulación del caudal", "Index of flow regulation")),
    "seismic": ("", Text("Índice de riesgo sísmico", "Index of seismic risk")),
    "population": ("", Text("Población afectada", "Population affected")),
}

_TRIPLE: Mapping[str, Text] = {
    "s": Text("lo que la represa añade", "what the dam adds"),
    "p": Text("parte que pasa si está construida", "part that passes if it is built"),
    "q": Text("parte que pasa si no está construida", "part that passes if it is not built"),
}


@dataclass(slots=True)
class _Lines:
    """Lines of a file by their first word, each with its number; problems met on the way."""

    name: str
    by_kind: dict[str, list[tuple[int, list[str]]]]
    found: list[Finding]
    not_numbers: list[str] = field(default_factory=list)
    not_ids: list[str] = field(default_factory=list)
    lengths: list[str] = field(default_factory=list)
    triples: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[tuple[int, list[str]]]:
        return self.by_kind.get(kind, [])

    def number(self, token: str, line: int, column: str) -> float:
        value = plain_number(token)
        if value is None:
            self.not_numbers.append(f"{line} · {column}: «{token}»")
            return 0.0
        return value

    def id(self, token: str, line: int) -> int | None:
        if token.isascii() and token.isdigit():
            return int(token)
        self.not_ids.append(f"{line}: «{token}»")
        return None

    def problems(self) -> list[Finding]:
        """Findings about single lines, one by kind."""
        named = (
            ("river.not-a-number", self.not_numbers),
            ("river.not-an-id", self.not_ids),
            ("river.line-length", self.lengths),
            ("river.triple", self.triples),
        )
        return self.found + [error(c, self.name, offenders=offenders(o)) for c, o in named if o]


_KINDS = ("p", "dam_criteria", "node_criteria", "criteria", "d", "n", "r", "e")


def read_dam_tree(path: Path | str) -> RiverNetwork:
    """The river network of a public dam tree.

    Parameters
    ----------
    path : Path or str
        Text file of either generation (see the module). Ids are whole numbers. Numbers are
        exactly the floats their texts say.

    Returns
    -------
    RiverNetwork
        Every dam with one option, named "", impassable to fish, that carries all criteria of
        dams but `status` (1 built, 0 planned, anything else forbidden). Components carry the
        criteria of nodes; none in the file of 2018, whose nodes are known by the edges only.

    Raises
    ------
    InputError
        `io.unreadable`, or all of `river.line-unknown`, `river.header-missing`,
        `river.header-count`, `river.line-length`, `river.triple`, `river.not-a-number`,
        `river.not-an-id`, `river.edge-unknown-dam`, `river.dam-without-edge`,
        `river.dam-with-two-edges`, `river.criterion-repeated` and those of
        `landscape.river_tree.build_network` that hold.
    """
    path = Path(path)
    content = _content(path)
    lines = _sorted_lines(content.decode("utf-8", errors="replace"), name=path.name)
    header = _header(lines)
    if header is None:
        raise InputError(*lines.problems())
    options = _dams(lines, header)
    components = _components(lines, header)
    edges = _edges(lines)
    root = _root(lines)
    lines.found += _counts(lines, header, components, options)
    lines.found += _edge_findings(options, edges, name=path.name)
    dams = [
        Dam(id=id, above=edges_of[0][1], below=edges_of[0][0], options=(option,), status=status)
        for id, option, status in options
        if (edges_of := [e for e in edges if e[2] == id])
    ]
    return build_network(
        components,
        dams,
        name=path.name,
        root=root,
        dam_attributes=header.dam_attributes(),
        component_attributes=header.node_attributes(),
        ranges=header.ranges(),
        found=lines.problems(),
        source=Source(
            name=path.stem,
            title=Text.of(path.stem),
            origin=Text("Árbol público de represas", "Public dam tree"),
            licence="",
            sha256=sha256_of_chunks([content]),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """Criteria of dams and nodes in the order of their columns; `triples` in the second form."""

    dams: tuple[str, ...]
    nodes: tuple[str, ...]
    triples: bool
    minimized: frozenset[str] = frozenset()

    def columns(self) -> tuple[str, ...]:
        """Names of the values of a dam line, after its id."""
        if not self.triples:
            return self.dams
        return ("status", *(f"{c}_{part}" for c in self.dams for part in _TRIPLE))

    def values(self) -> int:
        """How many words a dam line has after its id."""
        return 1 + len(self.dams) if self.triples else len(self.dams)

    def dam_attributes(self) -> dict[str, Attribute]:
        if not self.triples:
            return {c: _attribute(c) for c in self.dams if c != "status"}
        return {f"{c}_{part}": _attribute(c, part=part) for c in self.dams for part in _TRIPLE}

    def node_attributes(self) -> dict[str, Attribute]:
        """In the second form these stand for the criteria, and say their sense."""
        made = {c: _attribute(c) for c in self.nodes}
        if not self.triples:
            return made
        return {
            c: replace(own, sense="min" if c in self.minimized else "max")
            for c, own in made.items()
        }

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Parts that pass are not negative; what lies above 1 is for the criterion to judge."""
        if not self.triples:
            return {}
        return {f"{c}_{part}": (0.0, inf) for c in self.dams for part in ("p", "q")}


def _attribute(criterion: str, *, part: str = "") -> Attribute:
    unit, title = _TITLES.get(criterion, ("", Text.of(criterion)))
    es, en = title.es, title.en
    if part:
        unit = unit if part == "s" else ""
        es, en = f"{es}: {_TRIPLE[part].es}", f"{en}: {_TRIPLE[part].en}"
    if not unit and criterion != "sed_trap" and part in ("", "s"):
        es, en = f"{es} ({_NO_UNIT.es})", f"{en} ({_NO_UNIT.en})"
    return Attribute(f"{criterion}_{part}" if part else criterion, unit, Text(es, en))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        problem = cause.strerror or str(cause)
        raise InputError.because("io.unreadable", path.name, problem=problem) from cause


def _sorted_lines(text: str, *, name: str) -> _Lines:
    by_kind: dict[str, list[tuple[int, list[str]]]] = {}
    unknown = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("%"):
            continue
        if words[0] in _KINDS:
            by_kind.setdefault(words[0], []).append((number, words[1:]))
        else:
            unknown.append(f"{number}: «{words[0][:20]}»")
    found = [error("river.line-unknown", name, offenders=offenders(unknown))] if unknown else []
    return _Lines(name, by_kind, found)


def _header(lines: _Lines) -> _Header | None:
    """Which columns the file has; None, with findings, if it does not say."""
    triples = bool(lines.of("criteria"))
    needed = ("p", "criteria", "r") if triples else ("p", "dam_criteria", "r")
    for kind in needed:
        if len(lines.of(kind)) != 1:
            lines.found.append(
                error("river.header-missing", lines.name, kind=kind, count=len(lines.of(kind)))
            )
    if lines.of("n") and not triples and len(lines.of("node_criteria")) != 1:
        count = len(lines.of("node_criteria"))
        lines.found.append(
            error("river.header-missing", lines.name, kind="node_criteria", count=count)
        )
    if lines.found:
        return None

    def names(kind: str) -> tuple[str, ...]:
        return tuple(lines.of(kind)[0][1]) if lines.of(kind) else ()

    if triples:
        said = names("criteria")
        both = tuple(c.lstrip("+-") for c in said)
        header = _Header(both, both, True, frozenset(c[1:] for c in said if c.startswith("-")))
    else:
        header = _Header(names("dam_criteria"), names("node_criteria"), False)
    for group in (header.dams, header.nodes):
        repeated = sorted({c for c in group if group.count(c) > 1})
        if repeated:
            lines.found.append(
                error("river.criterion-repeated", lines.name, offenders=offenders(repeated))
            )
            return None
    return header


def _dams(lines: _Lines, header: _Header) -> list[tuple[int, DamOption, Status]]:
    columns = header.columns()
    dams = []
    for line, words in lines.of("d"):
        if len(words) != 1 + header.values():
            lines.lengths.append(f"{line}: {len(words)} ≠ {1 + header.values()}")
            continue
        id = lines.id(words[0], line)
        numbers = [number for word in words[1:] for number in word.split("|")]
        if len(numbers) != len(columns) or not all(
            ("|" in word) == header.triples for word in words[2:]
        ):
            lines.triples.append(str(line))
            continue
        values = {
            column: lines.number(word, line, column)
            for column, word in zip(columns, numbers, strict=True)
        }
        status = _STATUS.get(values.pop("status", 0.0), Status.FORBIDDEN)
        if id is not None:
            dams.append((id, DamOption("", values), status))
    return dams


def _components(lines: _Lines, header: _Header) -> list[Component]:
    if not lines.of("n"):
        # The file of 2018 names its nodes in the edges only.
        ids = {
            int(word)
            for _, words in [*lines.of("e"), *lines.of("r")]
            for word in words[:2]
            if word.isascii() and word.isdigit()
        }
        return [Component(id, {}) for id in sorted(ids)]
    components = []
    for line, words in lines.of("n"):
        if len(words) != 1 + len(header.nodes):
            lines.lengths.append(f"{line}: {len(words)} ≠ {1 + len(header.nodes)}")
            continue
        id = lines.id(words[0], line)
        values = {
            column: lines.number(word, line, column)
            for column, word in zip(header.nodes, words[1:], strict=True)
        }
        if id is not None:
            components.append(Component(id, values))
    return components


def _edges(lines: _Lines) -> list[tuple[int, int, int]]:
    """(below, above, dam) of each edge line."""
    edges = []
    for line, words in lines.of("e"):
        if len(words) != 3:
            lines.lengths.append(f"{line}: {len(words)} ≠ 3")
            continue
        below, above, dam = (lines.id(word, line) for word in words)
        if below is not None and above is not None and dam is not None:
            edges.append((below, above, dam))
    return edges


def _root(lines: _Lines) -> int | None:
    line, words = lines.of("r")[0]
    if len(words) != 1:
        lines.lengths.append(f"{line}: {len(words)} ≠ 1")
        return None
    return lines.id(words[0], line)


def _counts(
    lines: _Lines,
    header: _Header,
    components: Sequence[Component],
    dams: Sequence[tuple[int, DamOption, Status]],
) -> list[Finding]:
    """Findings where the first line announces other numbers than the file has."""
    line, words = lines.of("p")[0]
    announced = [lines.id(word, line) for word in words]
    edges = len(lines.of("e"))
    if header.triples:
        there = {"nodes": len(components), "edges": edges, "criteria": len(header.dams)}
        lengths: tuple[int, ...] = (3,)
    else:
        there = {
            "nodes": len(components),
            "edges": edges,
            "node_criteria": len(header.nodes),
            "dam_criteria": len(header.dams),
        }
        lengths = (2, 4)
    if len(words) not in lengths:
        lines.lengths.append(f"{line}: {len(words)} ≠ {lengths[-1]}")
        return []
    wrong = [
        f"{what}: {said} ≠ {counted}"
        for (what, counted), said in zip(there.items(), announced, strict=False)
        if said is not None and said != counted
    ]
    # A dam that is missing both as dam and as edge shows in no other count.
    if len(dams) != edges:
        wrong.append(f"d: {len(dams)} ≠ e: {edges}")
    return [error("river.header-count", lines.name, offenders=offenders(wrong))] if wrong else []


def _edge_findings(
    dams: Sequence[tuple[int, DamOption, Status]],
    edges: Sequence[tuple[int, int, int]],
    *,
    name: str,
) -> list[Finding]:
    known = {id for id, _, _ in dams}
    used = [dam for _, _, dam in edges]
    groups = {
        "river.edge-unknown-dam": [d for d in dict.fromkeys(used) if d not in known],
        "river.dam-without-edge": sorted(known - set(used)),
        "river.dam-with-two-edges": sorted({d for d in used if used.count(d) > 1}),
    }
    return [error(c, name, offenders=offenders(o)) for c, o in groups.items() if o]
