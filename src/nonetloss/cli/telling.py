"""Commands that tell: list, explain, ledger, rules."""

import datetime
from collections.abc import Sequence
from pathlib import Path

import typer

from nonetloss.cli.console import BAD_INPUT, guarded, show_findings, show_table
from nonetloss.cli.words import say
from nonetloss.core.errors import InputError, LedgerError, RulesError
from nonetloss.core.language import Language, text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.rules.decision import DecisionTree


def list_everything(language: Language) -> None:
    """Methods with their question, rule sets, bundled studies."""
    from nonetloss.io import bundled
    from nonetloss.rules.reading import names as ruleset_names
    from nonetloss.study.registry import methods

    with guarded(language):
        typer.echo(say("methods", language))
        width = max(map(len, methods()))
        for method in methods().values():
            typer.echo(f"  {method.id:<{width}} {method.question[language]}")
        typer.echo(say("rulesets", language))
        for name in ruleset_names():
            typer.echo(f"  {name}")
        typer.echo(say("studies", language))
        for name in bundled.folders():
            typer.echo(f"  {name}")


def explain(method_id: str, language: Language) -> None:
    """One method: what it asks, takes, gives, cites, and where it holds."""
    from nonetloss.study.registry import method

    with guarded(language):
        _explain(method(method_id), language)


def _explain(method: Method, language: Language) -> None:
    typer.secho(method.id, bold=True)
    typer.echo(method.question[language])
    for key, ports in (("inputs", method.inputs), ("outputs", method.outputs)):
        typer.echo("\n" + say(key, language))
        for port in ports:
            typer.echo(f"  {port.name}{_port(port, language)}")
            typer.echo(f"      {port.description[language]}")
    if method.parameters:
        typer.echo("\n" + say("parameters", language))
    for parameter in method.parameters:
        typer.echo(f"  {parameter.name}{_parameter(parameter, language)}")
        typer.echo(f"      {parameter.description[language]}")
    typer.echo("\n" + say("validity", language))
    typer.echo(f"  {method.validity[language]}")
    typer.echo("\n" + say("references", language))
    for reference in method.references:
        typer.echo(f"  {reference}")
    typer.echo("\n" + say("example", language))
    typer.echo(f"  {method.example}")


def _port(port: Port, language: Language) -> str:
    notes = [port.noun]
    if port.unit:
        notes.append(port.unit)
    notes += [
        say(f"port-{k}", language) for k in ("many", "optional", "ambient") if getattr(port, k)
    ]
    return f" ({', '.join(notes)})"


def _parameter(parameter: Parameter, language: Language) -> str:
    notes = [parameter.unit or parameter.kind]
    if parameter.kind == "list" and parameter.unit:
        notes.insert(0, parameter.kind)
    if parameter.choices:
        notes.append(" | ".join(parameter.choices))
    if parameter.low != float("-inf") or parameter.high != float("inf"):
        notes.append(f"{parameter.low:g} … {parameter.high:g}")
    if parameter.default is not None:
        several = isinstance(parameter.default, list | tuple)
        value = ", ".join(map(str, parameter.default)) if several else parameter.default
        notes.append(say("default", language, value=value))
    elif not parameter.optional:
        notes.append(say("required", language))
    return f" ({', '.join(notes)})"


def ledger(run: Path, language: Language) -> None:
    """Verify the ledger of a run and print its balances; exit code 2 if it does not hold."""
    from nonetloss.ledger.journal import balances, verify
    from nonetloss.ledger.records import decimal_text
    from nonetloss.ledger.text_form import parse_text

    with guarded(language):
        if not run.exists():
            raise InputError.because("study.run-absent", str(run))
        path = run / "ledger.txt" if run.is_dir() else run
        if not path.is_file():
            raise InputError.because("study.no-ledger", str(run))
        from nonetloss.io.run_folder import read_text

        journal = parse_text(read_text(path))
        found = verify(journal)
        if found:
            raise LedgerError(*found)
        rows = [
            (account, decimal_text(amount), unit)
            for (account, unit), amount in sorted(balances(journal).items())
        ]
        heads = [say(key, language) for key in ("account", "amount", "unit")]
        show_table(heads, rows)
        typer.echo(say("ledger-done", language, count=len(journal.records), head=journal.head[:12]))


# Kinds of parameters whose value is shown as the file writes it.
_PLAIN = ("number", "estimate", "table", "statement")


def rules(
    words: Sequence[str], date: datetime.date | None, language: Language, *, folder: Path
) -> None:
    """Rule sets, one rule set as in force on a date, the tests of one, or a new one.

    A rule set is a name of those that ship, or a folder.
    """
    from nonetloss.rules.reading import names

    with guarded(language):
        if not words:
            for name in names():
                typer.echo(name)
        elif words[0] == "test" and len(words) <= 2:
            _test_rules(words[1:] or names(), language)
        elif words[0] == "new" and len(words) == 2:
            _new_rules(words[1], folder, language)
        elif len(words) == 1:
            _show_rules(words[0], date, language)
        else:
            raise InputError.because("cli.rules-usage", " ".join(words))


def _new_rules(name: str, folder: Path, language: Language) -> None:
    from nonetloss.cli.running import program
    from nonetloss.io.ruleset_authoring import new_ruleset

    # Country codes are often written in capitals; folders are not.
    made = new_ruleset(name.lower(), folder=folder.expanduser())
    shown = str(made) if made.is_absolute() else f"./{made.as_posix()}"
    typer.echo(say("rules-new-done", language, folder=shown, program=program()))


def _own_folder(name: str) -> Path | None:
    """The folder that a word of the command line means; None for a rule set that ships."""
    from nonetloss.io.ruleset_folder import HEADER, is_folder_name
    from nonetloss.rules.reading import names

    folder = Path(name).expanduser()
    found = (folder / f"{HEADER}.yaml").is_file()
    if is_folder_name(name) and not found:
        raise RulesError.because("rules.no-folder", name, file=f"{HEADER}.yaml")
    return folder if found and (is_folder_name(name) or name not in names()) else None


def _test_rules(names: Sequence[str], language: Language) -> None:
    from nonetloss.io.ruleset_authoring import read_cases
    from nonetloss.io.ruleset_folder import read_ruleset
    from nonetloss.rules.testing import run_files, run_tests

    failed = 0
    for name in names:
        folder = _own_folder(name)
        if folder is None:
            results = run_tests(name)
        else:
            results = run_files(read_ruleset(folder), read_cases(folder))
        for result in results:
            if not result.passed:
                failed += 1
                typer.secho(f"✗ {result.file} {result.number}: {result.subject}", fg="red")
                typer.echo(f"  {result.because[language]}")
                typer.echo(f"  {result.expected} ≠ {result.found}")
        passed = sum(result.passed for result in results)
        typer.echo(say("rules-tested", language, name=name, passed=passed, all=len(results)))
    if failed:
        raise typer.Exit(BAD_INPUT)


def _show_rules(name: str, date: datetime.date | None, language: Language) -> None:
    from nonetloss.io.ruleset_folder import read_ruleset
    from nonetloss.rules.reading import ruleset

    folder = _own_folder(name)
    found = ruleset(name) if folder is None else read_ruleset(folder)
    in_force = found.on(date if date is not None else found.reviewed)
    typer.secho(f"{found.title[language]} ({in_force.date.isoformat()})", bold=True)
    show_findings(in_force.findings, language)
    heads = [say(key, language) for key in ("kind", "role", "source")]
    layers = [in_force.layer_rule(kind) for kind in in_force.layer_kinds()]
    show_table(
        heads,
        [(r.kind, r.role, r.citation[language]) for r in layers],
    )
    heads = [say(key, language) for key in ("parameter", "value", "force", "source")]
    numbers = [in_force.parameter(id) for id in in_force.parameter_ids()]
    show_table(
        heads,
        [
            (
                p.id,
                _value(p.value, language) if p.kind in _PLAIN else p.shown(language),
                text(f"rules.force-{p.force}", language),
                p.citation[language],
            )
            for p in numbers
        ],
    )
    for p in numbers:
        if p.kind == "decision":
            _show_tree(f"{p.title[language]} [{p.id}]", in_force.tree(p.id), language)


def _show_tree(title: str, tree: DecisionTree, language: Language) -> None:
    """A decision tree as lines: questions with where they lead, outcomes with what they ask."""
    typer.secho(title, bold=True)
    yes, no = say("yes", language), say("no", language)
    for question in tree.questions.values():
        typer.echo(f"  {question.id}: {question.ask[language]}")
        typer.echo(f"    {yes} → {question.yes}; {no} → {question.no}")
    for outcome in tree.outcomes.values():
        typer.echo(f"  {outcome.id}: {outcome.title[language]}")
        for item in outcome.requires:
            typer.echo(f"    · {item.title[language]}")


def _value(value: object, language: Language) -> str:
    if isinstance(value, dict):
        if set(value) == {"es", "en"}:
            return str(value[language])
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(v, language) for v in value)
    inside = getattr(value, language, None)
    return str(inside if inside is not None else value)
