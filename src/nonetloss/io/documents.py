"""Read a YAML document into a model: unknown keys refused, everything wrong reported at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, InstanceOf, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import LANGUAGES, Text, as_written, text
from nonetloss.core.units import quantity

Model = TypeVar("Model", bound=BaseModel)


class Section(BaseModel):
    """A part of a document: frozen, and it refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _text(value: object) -> Text:
    """A Text from `{es: …, en: …}` or from one proper name for both languages."""
    if isinstance(value, Text):
        return value
    if isinstance(value, str) and value.strip():
        return Text.of(value)
    keys = set(value) if isinstance(value, Mapping) else set()
    if isinstance(value, Mapping) and keys == {"es", "en"} and all(value.values()):
        return Text(es=str(value["es"]), en=str(value["en"]))
    raise failure(error("study.text-languages", "", value=as_written(value)))


def _quantity_in(unit: str, *, optional: bool = False) -> BeforeValidator:
    def read(value: object) -> float | None:
        if value is None and optional:
            return None
        try:
            return quantity(value, unit, name="")
        except NonetlossError as problem:
            raise failure(*problem.findings) from problem

    return BeforeValidator(read)


def _estimate(value: object) -> Estimate:
    """An Estimate from a number or from `{low, likely, high, source}`."""
    if isinstance(value, Estimate):
        return value
    parts = {"low", "likely", "high"}
    source = value.get("source", "") if isinstance(value, Mapping) else ""
    named = _text(source) if source else ""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Estimate.exact(float(value))
        if isinstance(value, Mapping) and parts <= set(value) <= parts | {"source"}:
            low, likely, high = (float(value[name]) for name in ("low", "likely", "high"))
            return Estimate(low, likely, high, named)
    except NonetlossError as problem:
        raise failure(*problem.findings) from problem
    except (TypeError, ValueError):
        pass
    raise failure(error("study.estimate", "", value=as_written(value)))


def failure(*findings: Finding) -> PydanticCustomError:
    """Findings as an error that pydantic collects with the others."""
    return PydanticCustomError("nonetloss", "finding", {"findings": findings})


TextField = Annotated[InstanceOf[Text], BeforeValidator(_text)]
Meters = Annotated[float, _quantity_in("m")]
# Where a length may be absent. `Meters | None` would tell every problem twice.
OptionalMeters = Annotated[float | None, _quantity_in("m", optional=True)]
EstimateField = Annotated[InstanceOf[Estimate], BeforeValidator(_estimate)]
# Dates that are only told ("2023-09", 2015) are text; YAML would make dates or numbers of them.
TextOfAnything = Annotated[str, BeforeValidator(lambda v: v if v is None else str(v))]


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key said twice is an error and not a silent overwrite."""


def _mapping_without_repeats(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node)
        if isinstance(key, str | int | float | bool):
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'key "{key}" is given twice', key_node.start_mark
                )
            seen.add(key)
    loader.flatten_mapping(node)
    return dict(loader.construct_pairs(node, deep=True))


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats
)


def read_yaml(path: Path) -> Any:
    """Parsed YAML of a file.

    Raises
    ------
    StudyError
        `study.file-missing`, `study.not-utf8` or `study.not-yaml` with the line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError as cause:
        raise StudyError.because(
            "study.file-missing", path.name, folder=path.parent.name
        ) from cause
    except UnicodeDecodeError as cause:
        raise StudyError.because("study.not-utf8", path.name, position=cause.start) from cause
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        problem = getattr(cause, "problem", None) or str(cause)
        tab = Text(*(text("study.not-yaml-tab", known) for known in LANGUAGES))
        raise StudyError.because(
            "study.not-yaml",
            path.name,
            line=mark.line + 1 if mark else "?",
            problem=tab if r"'\t'" in problem else problem,
        ) from cause


def read_document(path: Path, model: type[Model]) -> Model:
    """A document as its model.

    Raises
    ------
    StudyError
        With one finding per problem: `study.unknown-key` (with the nearest known key),
        `study.missing-key`, `study.wrong-value`, or the finding of the field itself (units, texts,
        estimates). Subjects are paths inside the document: `layers.park.setback`.
    """
    content = read_yaml(path)
    if not isinstance(content, Mapping):
        raise StudyError.because("study.not-mapping", path.name)
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise StudyError(*_findings_of_all(problem, model, path.name)) from problem


def _findings_of_all(
    problem: ValidationError, model: type[BaseModel], file: str
) -> Iterator[Finding]:
    """Findings of all errors; a list that only looks short because a member failed is left out."""
    details = problem.errors()
    for one in details:
        inside = any(
            other["loc"][: len(one["loc"])] == one["loc"] for other in details if other is not one
        )
        if not inside:
            yield from _findings_of(one, model, file)


def _findings_of(details: ErrorDetails, model: type[BaseModel], file: str) -> Iterator[Finding]:
    location = details["loc"]
    where = ".".join(str(part) for part in location) or file
    if details["type"] == "nonetloss":
        for found in details["ctx"]["findings"]:
            yield Finding(found.code, found.severity, where, found.data)
    elif details["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        yield error(
            "study.unknown-key",
            where,
            file=file,
            nearest=nearest(str(location[-1]), known),
            known=offenders(known, 30),
        )
    elif details["type"] == "missing":
        yield error("study.missing-key", where, file=file)
    else:
        yield error(
            "study.wrong-value",
            where,
            file=file,
            value=_short(details["input"]),
            problem=_problem(details),
        )


# What was expected, by the beginning of pydantic's name of the problem.
_EXPECTED = {
    "int": "whole-number",
    "float": "number",
    "bool": "flag",
    "string_type": "text",
    "string_too_short": "text",
    "string_pattern": "name",
    "date": "date",
    "literal": "one-of",
    "greater_than": "larger",
    "less_than": "smaller",
    "dict": "mapping",
    "model": "mapping",
    "list": "list",
    "tuple": "list",
    "too_": "list-length",
}


def _problem(details: ErrorDetails) -> Text:
    """What was expected, in both languages; pydantic speaks English only."""
    kinds = [kind for start, kind in _EXPECTED.items() if details["type"].startswith(start)]
    if not kinds:
        return Text.of(details["msg"])
    context = details.get("ctx", {})
    limits = [context[k] for k in ("gt", "ge", "lt", "le", "expected") if k in context]
    limit = as_written(limits[0]).replace("'", "").replace(" or ", ", ") if limits else ""
    es, en = (text(f"study.expected-{kinds[0]}", known, limit=limit) for known in LANGUAGES)
    return Text(es=es, en=en)


def _short(value: object, limit: int = 80) -> str:
    shown = as_written(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys a section knows, walking down the model by the path of an error."""
    current: Any = model
    for part in location:
        fields = getattr(current, "model_fields", None)
        if fields is not None and part in _by_key(current):
            current = _section_in(_by_key(current)[str(part)].annotation)
        # A key of a mapping or an index of a list stays at the section already found.
    fields = getattr(current, "model_fields", None)
    return sorted(_by_key(current)) if fields is not None else []


def _by_key(section: Any) -> dict[str, Any]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _section_in(annotation: Any) -> Any:
    """The Section class inside `Section | None`, `tuple[Section, ...]`, `dict[str, Section]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        inside = _section_in(argument)
        if inside is not None:
            return inside
    return None
