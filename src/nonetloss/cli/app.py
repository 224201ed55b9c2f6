"""The commands and their help, built in one language. What a command needs is imported by it."""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

import nonetloss
from nonetloss.cli.credits import credit_commands
from nonetloss.cli.words import chosen_language, say
from nonetloss.core.language import Language

# Templates of `nonetloss new`.
Template = Literal["road", "dams", "carbon"]


def main() -> None:
    """Read the language, build the commands, run one."""
    environment = os.environ  # noqa: TID251 - the roof reads the environment; below it nobody does
    build(chosen_language(sys.argv[1:], environment), environment)()


def build(language: Language, environment: Mapping[str, str]) -> typer.Typer:
    """All commands, with their help in `language`."""
    app = typer.Typer(
        name="nonetloss",
        help=say("help", language),
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    _add_root(app, language)
    _add_running(app, language, environment)
    _add_fronts(app, language)
    _add_selecting(app, language)
    _add_telling(app, language)
    app.add_typer(credit_commands(language), name="credits")
    return app


def _lang(language: Language) -> typer.models.OptionInfo:
    # `main` has read the language before any command exists; the option is declared for the help.
    option: typer.models.OptionInfo = typer.Option("--lang", help=say("opt-lang", language))
    return option


def _add_root(app: typer.Typer, language: Language) -> None:
    Lang = Annotated[Language, _lang(language)]

    def show_version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"nonetloss {nonetloss.__version__}")
            raise typer.Exit

    version = typer.Option(
        "--version", is_eager=True, callback=show_version, help=say("opt-version", language)
    )

    @app.callback()
    def _root(show: Annotated[bool, version] = False, lang: Lang = language) -> None:
        pass


def _add_running(app: typer.Typer, language: Language, environment: Mapping[str, str]) -> None:
    def argument(key: str) -> typer.models.ArgumentInfo:
        made: typer.models.ArgumentInfo = typer.Argument(help=say(key, language))
        return made

    Lang = Annotated[Language, _lang(language)]
    Out = Annotated[Path | None, typer.Option("--out", help=say("opt-out", language))]
    Cluster = Annotated[str | None, typer.Option("--cluster", help=say("opt-cluster", language))]

    @app.command("demo", help=say("help-demo", language))
    def _demo(out: Out = None, lang: Lang = language) -> None:
        from nonetloss.cli import running

        roots = running.data_roots(environment)
        running.run([running.DEMO], out=out, language=language, roots=roots)

    @app.command("run", help=say("help-run", language))
    def _run(
        studies: Annotated[list[str], argument("arg-studies")],
        out: Out = None,
        cluster: Cluster = None,
        lang: Lang = language,
    ) -> None:
        from nonetloss.cli import running

        roots = running.data_roots(environment)
        running.run(studies, out=out, language=language, roots=roots, cluster=cluster)

    @app.command("check", help=say("help-check", language))
    def _check(study: Annotated[str, argument("arg-study")], lang: Lang = language) -> None:
        from nonetloss.cli import running

        running.check(study, language=language, roots=running.data_roots(environment))

    @app.command("report", help=say("help-report", language))
    def _report(run: Annotated[Path, argument("arg-run")], lang: Lang = language) -> None:
        from nonetloss.cli import running

        running.report(run, language=language)

    Kind = Annotated[Template, typer.Option("--kind", help=say("opt-kind", language))]

    @app.command("new", help=say("help-new", language))
    def _new(
        name: Annotated[str, argument("arg-name")], kind: Kind = "road", lang: Lang = language
    ) -> None:
        from nonetloss.cli import running

        running.new(name, kind=kind, language=language)


def _add_fronts(app: typer.Typer, language: Language) -> None:
    Lang = Annotated[Language, _lang(language)]
    Tree = Annotated[Path, typer.Argument(help=say("arg-tree", language))]
    Names = Annotated[str, typer.Option("--criteria", help=say("opt-criteria", language))]
    Epsilon = Annotated[float, typer.Option("--epsilon", min=0, help=say("opt-epsilon", language))]
    Out = Annotated[Path | None, typer.Option("--out", help=say("opt-front-out", language))]
    Least = Annotated[
        list[str] | None, typer.Option("--at-least", help=say("opt-at-least", language))
    ]
    Most = Annotated[list[str] | None, typer.Option("--at-most", help=say("opt-at-most", language))]
    Threads = Annotated[int, typer.Option("--threads", min=1, help=say("opt-threads", language))]
    Cluster = Annotated[
        str | None, typer.Option("--cluster", help=say("opt-front-cluster", language))
    ]
    Memory = Annotated[float, typer.Option("--memory", min=0.1, help=say("opt-memory", language))]

    @app.command("frontier", help=say("help-frontier", language))
    def _frontier(
        tree: Tree,
        criteria: Names,
        epsilon: Epsilon = 0.0,
        out: Out = None,
        at_least: Least = None,
        at_most: Most = None,
        memory: Memory = 8.0,
        threads: Threads = 1,
        cluster: Cluster = None,
        lang: Lang = language,
    ) -> None:
        from nonetloss.cli import fronts

        fronts.frontier(
            tree,
            criteria=criteria,
            epsilon=epsilon,
            out=out,
            at_least=at_least or (),
            at_most=at_most or (),
            memory_gib=memory,
            threads=threads,
            cluster=cluster,
            language=language,
        )


def _add_selecting(app: typer.Typer, language: Language) -> None:
    Lang = Annotated[Language, _lang(language)]
    Folder = Annotated[Path, typer.Argument(help=say("arg-marxan", language))]
    Gap = Annotated[float, typer.Option("--gap", min=0, help=say("opt-gap", language))]
    Blm = Annotated[float | None, typer.Option("--blm", min=0, help=say("opt-blm", language))]
    Limit = Annotated[
        float | None, typer.Option("--time-limit", min=0, help=say("opt-time-limit", language))
    ]
    Reachable = Annotated[bool, typer.Option("--reachable", help=say("opt-reachable", language))]
    Out = Annotated[
        Path | None, typer.Option("--out", "-o", help=say("opt-solution-out", language))
    ]
    Compare = Annotated[Path | None, typer.Option("--compare", help=say("opt-compare", language))]

    @app.command("select", help=say("help-select", language))
    def _select(
        folder: Folder,
        gap: Gap = 0.001,
        blm: Blm = None,
        time_limit: Limit = None,
        reachable: Reachable = False,
        out: Out = None,
        compare: Compare = None,
        lang: Lang = language,
    ) -> None:
        from nonetloss.cli import selecting

        selecting.select(
            folder,
            gap=gap,
            blm=blm,
            time_limit=time_limit,
            reachable=reachable,
            out=out,
            compare=compare,
            language=language,
        )


def _add_telling(app: typer.Typer, language: Language) -> None:
    Lang = Annotated[Language, _lang(language)]
    method = typer.Argument(help=say("arg-method", language))
    run_folder = typer.Argument(help=say("arg-run", language))
    words = typer.Argument(help=say("arg-rules", language))
    on = typer.Option("--date", formats=["%Y-%m-%d"], help=say("opt-date", language))
    into = typer.Option("--folder", help=say("opt-rules-folder", language))

    @app.command("list", help=say("help-list", language))
    def _list(lang: Lang = language) -> None:
        from nonetloss.cli import telling

        telling.list_everything(language)

    @app.command("explain", help=say("help-explain", language))
    def _explain(id: Annotated[str, method], lang: Lang = language) -> None:
        from nonetloss.cli import telling

        telling.explain(id, language)

    @app.command("ledger", help=say("help-ledger", language))
    def _ledger(run: Annotated[Path, run_folder], lang: Lang = language) -> None:
        from nonetloss.cli import telling

        telling.ledger(run, language)

    @app.command("rules", help=say("help-rules", language))
    def _rules(
        names: Annotated[list[str] | None, words] = None,
        date: Annotated[datetime | None, on] = None,
        folder: Annotated[Path, into] = Path(),
        lang: Lang = language,
    ) -> None:
        from nonetloss.cli import telling

        day = date.date() if date else None
        telling.rules(names or (), day, language, folder=folder)
