import copy
import datetime as dt
from pathlib import Path

import pytest
import yaml

import nonetloss
from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rules.reading import ruleset_from

FOLDER = Path(nonetloss.__file__).parent / "rulesets"
FILES = sorted(FOLDER.glob("*/**/*.yaml"))

DOCUMENTS = {
    "ruleset": {
        "name": "land",
        "title": {"es": "Tierra", "en": "Land"},
        "valid": {"from": dt.date(2020, 1, 1), "until": dt.date(2030, 12, 31)},
        "reviewed": dt.date(2026, 1, 1),
    },
    "instruments": {
        "law": {
            "kind": "norm",
            "citation": "Law 1",
            "title": {"es": "Ley", "en": "Law"},
            "status": "confirmed",
        }
    },
    "parameters": {
        "way.width": {
            "title": {"es": "Ancho", "en": "Width"},
            "kind": "number",
            "unit": "m",
            "values": [
                {
                    "from": None,
                    "until": None,
                    "value": "16 m",
                    "instrument": "law",
                    "status": "confirmed",
                }
            ],
        }
    },
    "layers": {
        "park": {
            "title": {"es": "Parque", "en": "Park"},
            "values": [
                {
                    "from": None,
                    "until": None,
                    "role": "prohibited",
                    "ground": {"es": "Ley", "en": "Law"},
                    "instrument": "law",
                    "status": "confirmed",
                }
            ],
        }
    },
}


def altered(path, value, *, drop=False):
    """The documents with one thing changed or dropped."""
    documents = copy.deepcopy(DOCUMENTS)
    place = documents
    for key in path[:-1]:
        place = place[key]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return documents


def codes(documents):
    with pytest.raises(RulesError) as caught:
        ruleset_from(documents)
    for finding in caught.value.findings:
        assert all(finding.render(language) for language in LANGUAGES)
    return [finding.code for finding in caught.value.findings]


def test_the_packaged_sets():
    assert set(rules.names()) >= {"pe", "template"}


def test_an_unknown_set_lists_those_available():
    with pytest.raises(RulesError) as caught:
        rules.ruleset("atlantis")
    said = caught.value.render("es")
    assert "pe" in said
    assert "template" in said
    assert caught.value.findings[0].code == "rules.ruleset-unknown"


def test_a_good_set_is_read():
    in_force = ruleset_from(DOCUMENTS).on(dt.date(2021, 1, 1))
    assert in_force.value("way.width", unit="m") == 16
    assert in_force.layer_rule("park").setback_m == 0


VALUE = ("parameters", "way.width", "values", 0)
LAYER = ("layers", "park", "values", 0)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("ruleset", "planet"), "earth", "rules.key-unknown"),
        (("instruments", "law", "colour"), "red", "rules.key-unknown"),
        ((*VALUE, "values"), "16 m", "rules.key-unknown"),
        ((*LAYER, "rol"), "prohibited", "rules.key-unknown"),
        ((*LAYER, "role"), "forbidden", "rules.bad-value"),
        ((*LAYER, "setback"), "5 ha", "units.dimension"),
        ((*LAYER, "setback"), 5, "units.missing"),
        ((*VALUE, "value"), 16, "units.missing"),
        ((*VALUE, "value"), "16 usd", "units.dimension"),
        ((*VALUE, "value"), None, "units.not-a-number"),
        ((*VALUE, "status"), "surely", "rules.bad-value"),
        ((*VALUE, "instrument"), "no-law", "rules.bad-value"),
        ((*VALUE, "from"), "2020", "rules.bad-value"),
        ((*VALUE, "note"), {"es": "solo"}, "rules.bad-value"),
        (("parameters", "way.width", "kind"), "guess", "rules.bad-value"),
        (("parameters", "way.width", "unit"), "leagues_of_old", "rules.bad-value"),
        (("parameters", "way.width", "values"), [], "rules.bad-value"),
        (("parameters", "way.width", "title"), {"es": "", "en": "x"}, "rules.bad-value"),
        (("ruleset", "reviewed"), "yesterday", "rules.bad-value"),
    ],
)
def test_what_a_set_may_not_say(path, value, code):
    assert code in codes(altered(path, value))


@pytest.mark.parametrize(
    "path",
    [
        ("ruleset", "valid"),
        ("instruments", "law", "citation"),
        (*VALUE, "status"),
        (*VALUE, "instrument"),
        (*VALUE, "until"),
        (*LAYER, "ground"),
    ],
)
def test_what_a_set_must_say(path):
    assert "rules.key-missing" in codes(altered(path, None, drop=True))


def test_two_values_on_one_day_are_refused():
    first = DOCUMENTS["parameters"]["way.width"]["values"][0]
    twice = [
        {**first, "until": dt.date(2022, 1, 1)},
        {**first, "from": dt.date(2022, 1, 1), "value": "20 m"},
    ]
    assert codes(altered(("parameters", "way.width", "values"), twice)) == ["rules.overlap"]
    twice[1]["from"] = dt.date(2022, 1, 2)
    read = ruleset_from(altered(("parameters", "way.width", "values"), twice))
    assert read.on(dt.date(2022, 1, 1)).value("way.width", unit="m") == 16
    assert read.on(dt.date(2022, 1, 2)).value("way.width", unit="m") == 20


def test_dates_that_run_backwards_are_refused():
    first = DOCUMENTS["parameters"]["way.width"]["values"][0]
    back = [{**first, "from": dt.date(2022, 1, 1), "until": dt.date(2021, 1, 1)}]
    assert "rules.bad-value" in codes(altered(("parameters", "way.width", "values"), back))


def test_an_estimate_out_of_order_is_refused():
    documents = altered(("parameters", "way.width", "kind"), "estimate")
    value = {"low": "3 m", "likely": "2 m", "high": "4 m"}
    documents["parameters"]["way.width"]["values"][0]["value"] = value
    assert codes(documents) == ["rules.bad-value"]


def test_all_faults_are_told_at_once():
    documents = altered((*LAYER, "role"), "forbidden")
    documents["ruleset"]["planet"] = "earth"
    assert codes(documents) == ["rules.key-unknown", "rules.bad-value"]


def test_empty_documents_are_a_set_without_rules():
    read = ruleset_from({"ruleset": DOCUMENTS["ruleset"]})
    assert read.on(dt.date(2021, 1, 1)).layer_kinds() == ()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_no_key_stands_twice_in_a_file(path):
    # YAML readers let the last one win in silence: a value of the law could be hidden so.
    def walk(node):
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), keys
            for _, child in node.value:
                walk(child)
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                walk(child)

    walk(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))


def test_every_instrument_is_used_or_named_somewhere():
    for name in rules.names():
        read = rules.ruleset(name)
        versions = [
            version
            for dated in (*read.parameters.values(), *read.layers.values())
            for version in dated.versions
        ]
        said = [version.note.es for version in versions if version.note]
        said += [version.article for version in versions]
        for instrument in read.instruments.values():
            used = any(version.instrument is instrument for version in versions)
            assert used or any(instrument.citation.es in text for text in said), instrument.id


@pytest.mark.parametrize("name", rules.names())
def test_every_declared_function_is_there_and_documented(name):
    read = rules.ruleset(name)
    for public in read.functions:
        assert read.function(public).__doc__


@pytest.mark.parametrize("part", ["instruments", "parameters", "layers"])
@pytest.mark.parametrize("wrong", [["park"], "park", 3])
def test_a_document_that_holds_no_entries_is_told(part, wrong):
    with pytest.raises(RulesError) as caught:
        ruleset_from(DOCUMENTS | {part: wrong})
    told = [(f.code, f.subject) for f in caught.value.findings]
    assert ("rules.bad-value", f"{part}.yaml") in told
