"""The commands credits …: keep a ledger of credits in a file, without a study."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from nonetloss.cli.console import guarded, show_findings, show_table
from nonetloss.core import package_data
from nonetloss.core.errors import InputError
from nonetloss.core.language import Language

if TYPE_CHECKING:
    from nonetloss.ledger.credits.events import Event
    from nonetloss.ledger.credits.operations import Entry, Which
    from nonetloss.ledger.credits.policy import Policy
    from nonetloss.ledger.credits.registry import Registry

Table = Literal["totals", "holdings", "units", "events", "reversals", "projects", "issuances"]
Kind = Literal["holder", "buffer"]
Model = Literal["1", "2"]
_DAY = ["%Y-%m-%d"]


def say(key: str, language: Language, **data: Any) -> str:
    """A text of `locale/ledger_credits.yaml`, read alone so that `--help` stays quick."""
    texts: Mapping[str, Mapping[str, str]] = package_data.read_yaml("locale/ledger_credits.yaml")
    return texts[f"credit-ledger.cli-{key}"][language].format(**data)


def credit_commands(language: Language) -> typer.Typer:
    """The group `credits`, with its help in `language`."""
    app = typer.Typer(
        help=say("help", language),
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    lang_option: Any = _Words(language).lang

    @app.callback()
    def _root(lang: Language = lang_option) -> None:
        pass

    _add_beginning(app, language)
    _add_issuing(app, language)
    _add_moving(app, language)
    _add_ending(app, language)
    _add_stating(app, language)
    _add_reading(app, language)
    return app


class _Words:
    """Arguments and options that many of the commands share, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.ledger = self.argument("ledger")
        self.date = self.option("--date", formats=_DAY)
        self.actor = self.option("--as")
        self.reference = self.option("--reference", "")
        self.roles = self.option("--roles", None)
        self.batch = self.option("--batch", None)
        self.vintage = self.option("--vintage", None)
        self.quantity = self.argument("quantity")
        self.source = self.argument("source")
        self.target = self.argument("target")
        self.reason = self.option("--reason")
        self.why = self.option("--reason", "")
        self.lang = self.option("--lang", language)

    def argument(self, key: str) -> Any:
        """A required argument."""
        return typer.Argument(help=say(f"arg-{key}", self.language))

    def option(self, name: str, default: Any = ..., **more: Any) -> Any:
        """An option; required without a default."""
        text = say(f"opt-{name.strip('-')}", self.language)
        return typer.Option(default, name, help=text, **more)

    def told(self, command: str) -> str:
        """Help of a command."""
        return say(f"help-{command}", self.language)


def _add_beginning(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Name = w.option("--name")
    Source = w.argument("foreign")

    @app.command("new", help=w.told("new"))
    def _new(
        ledger: Path = w.ledger,
        name: str = Name,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        lang: Language = w.lang,
    ) -> None:
        with guarded(lang):
            from nonetloss.io.credit_log import create_log
            from nonetloss.ledger.credits.events import Begin

            registry = create_log(ledger, [Begin(date.date(), actor, name=name)])
            _told(registry, lang)

    @app.command("import", help=w.told("import"))
    def _import(
        ledger: Path = w.ledger,
        source: Path = Source,
        name: str = Name,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        lang: Language = w.lang,
    ) -> None:
        with guarded(lang):
            from nonetloss.io.cad_trust import read_foreign
            from nonetloss.io.credit_log import create_log

            events, found = read_foreign(source, name=name, date=date.date(), actor=actor)
            registry = create_log(ledger, events)
            show_findings(found, lang)
            _show(registry, "totals", lang)
            _told(registry, lang)


def _add_issuing(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Project = w.option("--project")
    Shares = w.option("--to")
    Serial = w.option("--serial", None)
    Batch = w.option("--id")
    Series = w.option("--series", None)
    First = w.option("--first", None)
    Start = w.option("--vintage-start", None, formats=_DAY)
    End = w.option("--vintage-end", None, formats=_DAY)
    Type = w.option("--type", "Reduction - nature")
    Labels = w.option("--label", None)

    @app.command("issue", help=w.told("issue"))
    def _issue(
        ledger: Path = w.ledger,
        project: str = Project,
        to: list[str] = Shares,
        batch: str = Batch,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        serial: str | None = Serial,
        series: str | None = Series,
        first: int | None = First,
        vintage_start: dt.datetime | None = Start,
        vintage_end: dt.datetime | None = End,
        unit_type: str = Type,
        label: list[str] | None = Labels,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.operations import issue

            days = (vintage_start, vintage_end)
            named = _named(serial, series, first, days)
            made = issue(
                registry, _shares(to), entry=_entry(date, actor, reference), id=batch,
                project=project, unit_type=unit_type, labels=label or (), **named,
            )  # fmt: skip
            _require_serial(serial, made.batch.last)
            return made

        _book(ledger, make, roles, lang)


def _add_moving(app: typer.Typer, language: Language) -> None:
    w = _Words(language)

    def add(verb: str) -> None:
        @app.command(verb, help=w.told(verb))
        def _move(
            ledger: Path = w.ledger,
            quantity: int = w.quantity,
            source: str = w.source,
            target: str = w.target,
            date: dt.datetime = w.date,
            actor: str = w.actor,
            batch: str | None = w.batch,
            vintage: int | None = w.vintage,
            reason: str = w.why,
            reference: str = w.reference,
            roles: Path | None = w.roles,
            lang: Language = w.lang,
        ) -> None:
            def make(registry: "Registry") -> "Event":
                from nonetloss.ledger.credits import operations

                made: Event = getattr(operations, verb)(
                    registry, quantity, entry=_entry(date, actor, reference), source=source,
                    target=target, reason=reason, which=_which(batch, vintage),
                )  # fmt: skip
                return made

            _book(ledger, make, roles, lang)

    for verb in ("transfer", "deposit", "release"):
        add(verb)


def _add_ending(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Beneficiary = w.option("--beneficiary")
    BeneficiaryId = w.option("--beneficiary-id", "")
    Detail = w.option("--detail", "")
    Buffer = w.option("--from-buffer", False)

    @app.command("retire", help=w.told("retire"))
    def _retire(
        ledger: Path = w.ledger,
        quantity: int = w.quantity,
        source: str = w.source,
        beneficiary: str = Beneficiary,
        reason: str = w.reason,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        detail: str = Detail,
        beneficiary_id: str = BeneficiaryId,
        batch: str | None = w.batch,
        vintage: int | None = w.vintage,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.operations import retire

            return retire(
                registry, quantity, entry=_entry(date, actor, reference), source=source,
                beneficiary=beneficiary, reason=reason, detail=detail,
                beneficiary_id=beneficiary_id, which=_which(batch, vintage),
            )  # fmt: skip

        _book(ledger, make, roles, lang)

    @app.command("cancel", help=w.told("cancel"))
    def _cancel(
        ledger: Path = w.ledger,
        quantity: int = w.quantity,
        source: str = w.source,
        reason: str = w.reason,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        from_buffer: bool = Buffer,
        batch: str | None = w.batch,
        vintage: int | None = w.vintage,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.operations import cancel
            from nonetloss.ledger.credits.vocabulary import Status

            status = Status.BUFFER if from_buffer else Status.HELD
            return cancel(
                registry, quantity, entry=_entry(date, actor, reference), source=source,
                reason=reason, status=status, which=_which(batch, vintage),
            )  # fmt: skip

        _book(ledger, make, roles, lang)


def _add_stating(app: typer.Typer, language: Language) -> None:
    _add_accounts(app, language)
    _add_reversal(app, language)
    _add_blocks(app, language)


def _add_accounts(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Account = w.argument("account")
    KindOf = w.option("--kind", "holder")
    Holder = w.option("--holder", "")
    Id = w.argument("project")
    Name = w.option("--name")
    StatusOf = w.option("--status")
    Program = w.option("--program", "")
    Methodology = w.option("--methodology", "")
    Country = w.option("--country", "")
    Link = w.option("--link", "")

    @app.command("account", help=w.told("account"))
    def _account(
        ledger: Path = w.ledger,
        account: str = Account,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        kind: Kind = KindOf,
        holder: str = Holder,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.events import OpenAccount
            from nonetloss.ledger.credits.vocabulary import AccountKind

            return OpenAccount(
                date.date(), actor, reference, account=account, account_kind=AccountKind(kind),
                holder=holder,
            )  # fmt: skip

        _book(ledger, make, roles, lang)

    @app.command("project", help=w.told("project"))
    def _project(
        ledger: Path = w.ledger,
        id: str = Id,
        name: str = Name,
        status: str = StatusOf,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        program: str = Program,
        methodology: str = Methodology,
        country: str = Country,
        link: str = Link,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.events import Project, StateProject

            stated = Project(id, name, status, program, methodology, country, link)
            return StateProject(date.date(), actor, reference, stated=stated)

        _book(ledger, make, roles, lang)


def _add_reversal(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Tons = w.argument("tons")
    Project = w.argument("project")
    Cause = w.option("--cause")
    Avoidable = w.option("--avoidable", False)
    Own = w.option("--own-only", False)

    @app.command("reverse", help=w.told("reverse"))
    def _reverse(
        ledger: Path = w.ledger,
        tons: int = Tons,
        project: str = Project,
        cause: str = Cause,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        avoidable: bool = Avoidable,
        own_only: bool = Own,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.operations import reverse

            return reverse(
                registry, tons, entry=_entry(date, actor, reference), project=project,
                cause=cause, avoidable=avoidable, pooled=not own_only,
            )  # fmt: skip

        _book(ledger, make, roles, lang)

    @app.command("cover", help=w.told("cover"))
    def _cover(
        ledger: Path = w.ledger,
        quantity: int = w.quantity,
        project: str = Project,
        cause: str = Cause,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        own_only: bool = Own,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.operations import cover

            return cover(
                registry, quantity, entry=_entry(date, actor, reference), project=project,
                cause=cause, pooled=not own_only,
            )  # fmt: skip

        _book(ledger, make, roles, lang)


def _add_blocks(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Batch = w.argument("batch")
    First = w.argument("first")
    Last = w.argument("last")
    Counts = w.option("--counts")
    Declared = w.option("--declaration")
    Adjusted = w.option("--adjustment", "Not Started")
    Authorized = w.option("--authorization", "")

    @app.command("split", help=w.told("split"))
    def _split(
        ledger: Path = w.ledger,
        batch: str = Batch,
        first: int = First,
        last: int = Last,
        counts: str = Counts,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.events import Units
            from nonetloss.ledger.credits.operations import split

            parts = [_count(part) for part in counts.split(",")]
            entry = _entry(date, actor, reference)
            return split(registry, Units(batch, first, last), entry=entry, counts=parts)

        _book(ledger, make, roles, lang)

    @app.command("adjust", help=w.told("adjust"))
    def _adjust(
        ledger: Path = w.ledger,
        batch: str = Batch,
        first: int = First,
        last: int = Last,
        declaration: str = Declared,
        date: dt.datetime = w.date,
        actor: str = w.actor,
        adjustment: str = Adjusted,
        authorization: str = Authorized,
        reference: str = w.reference,
        roles: Path | None = w.roles,
        lang: Language = w.lang,
    ) -> None:
        def make(registry: "Registry") -> "Event":
            from nonetloss.ledger.credits.events import Units
            from nonetloss.ledger.credits.operations import adjust
            from nonetloss.ledger.credits.vocabulary import Adjustment, Declaration

            return adjust(
                registry, [Units(batch, first, last)], entry=_entry(date, actor, reference),
                declaration=_of(Declaration, declaration), adjustment=_of(Adjustment, adjustment),
                authorization=authorization,
            )  # fmt: skip

        _book(ledger, make, roles, lang)


def _add_reading(app: typer.Typer, language: Language) -> None:
    w = _Words(language)
    Shown = w.option("--table", "totals")
    Head = w.option("--head", None)
    Folder = w.argument("folder")
    ModelOf = w.option("--model", "2")

    @app.command("show", help=w.told("show"))
    def _shows(ledger: Path = w.ledger, table: Table = Shown, lang: Language = w.lang) -> None:
        with guarded(lang):
            _show(_read(ledger, lang), table, lang)

    @app.command("verify", help=w.told("verify"))
    def _verify(ledger: Path = w.ledger, head: str | None = Head, lang: Language = w.lang) -> None:
        with guarded(lang):
            from nonetloss.ledger.credits.recording import require_head

            registry = _read(ledger, lang)
            count = len(registry.events)
            number = None if head is None else require_head(registry, head)
            typer.echo(say("verified", lang, count=count, head=registry.head))
            if number is not None:
                typer.echo(say("stands-at", lang, number=number, count=count))
            if head is None:
                typer.echo(say("keep-head", lang))

    @app.command("export", help=w.told("export"))
    def _export(
        ledger: Path = w.ledger,
        folder: Path = Folder,
        model: Model = ModelOf,
        lang: Language = w.lang,
    ) -> None:
        with guarded(lang):
            from nonetloss.io.cad_trust import write_cad_trust

            files, found = write_cad_trust(folder, _read(ledger, lang), model=model)
            show_findings(found, lang)
            for path in files:
                typer.echo(str(path))


def _book(
    path: Path, make: Callable[["Registry"], "Event"], roles: Path | None, language: Language
) -> None:
    """Open the ledger, ask for the event, confirm it on disk, and say so."""
    with guarded(language):
        from nonetloss.io.credit_log import open_log

        with open_log(path, may=_policy(roles)) as log:
            show_findings(log.findings, language)
            event = make(log.registry)
            log.append(event)
            _say_units(log.registry, event, language)
            _told(log.registry, language)


def _say_units(registry: "Registry", event: "Event", language: Language) -> None:
    """The serials of the units that an event moved, and what a reversal left open."""
    from nonetloss.ledger.credits.events import Reverse, Units
    from nonetloss.ledger.credits.registry import uncovered

    units: tuple[Units, ...] = getattr(event, "units", ())
    for each in units:
        serial = registry.batches[each.batch].serial(each.first, each.last)
        typer.echo(f"{each.amount}\t{serial}")
    if isinstance(event, Reverse):
        left = uncovered(registry, event.project)
        if left:
            typer.echo("! " + say("uncovered", language, tons=left))


def _told(registry: "Registry", language: Language) -> None:
    count = len(registry.events)
    typer.echo(say("booked", language, count=count, head=registry.head))


def _read(path: Path, language: Language) -> "Registry":
    from nonetloss.io.credit_log import read_log

    registry, found = read_log(path)
    show_findings(found, language, error=True)
    return registry


def _show(registry: "Registry", table: Table, language: Language) -> None:
    from nonetloss.ledger.credits import balances, cad_trust

    verbs: dict[str, Callable[..., Any]] = {
        "totals": balances.totals_table,
        "holdings": balances.holdings_table,
        "events": balances.events_table,
        "reversals": balances.reversals_table,
        "units": cad_trust.unit_table,
        "projects": cad_trust.project_table,
        "issuances": cad_trust.issuance_table,
    }
    shown = verbs[table](registry)
    if table == "events":
        shown = shown.drop(columns=["content"]).assign(digest=shown["digest"].str[:12])
    if table == "totals":
        shown = shown.assign(vintage=shown["vintage"].replace(0, say("all", language)))
    show_table([str(c) for c in shown.columns], shown.astype(str).to_numpy().tolist())


def _policy(roles: Path | None) -> "Policy | None":
    if roles is None:
        return None
    from nonetloss.io.documents import read_yaml
    from nonetloss.ledger.credits.policy import by_roles, read_roles

    said = read_yaml(roles)
    return by_roles(read_roles(said if isinstance(said, dict) else {roles.name: said}))


def _entry(date: dt.datetime, actor: str, reference: str) -> "Entry":
    from nonetloss.ledger.credits.operations import Entry

    return Entry(date.date(), actor, reference)


def _which(batch: str | None, vintage: int | None) -> "Which":
    from nonetloss.ledger.credits.operations import Which

    return Which(batch=batch, vintage=vintage)


def _shares(written: list[str]) -> dict[str, int]:
    """Units by account, from `acca=80`."""
    made: dict[str, int] = {}
    for text in written:
        account, sign, number = (part.strip() for part in text.partition("="))
        if not sign or account in made:
            raise InputError.because("credit-ledger.cli-share", text)
        made[account] = _count(number)
    return made


def _count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError.because("credit-ledger.cli-share", text) from None


def _named(
    serial: str | None,
    series: str | None,
    first: int | None,
    days: tuple[dt.datetime | None, dt.datetime | None],
) -> dict[str, Any]:
    """What a serial says of a batch, or else the options; both only if they agree."""
    if serial is not None:
        from nonetloss.core.findings import offenders
        from nonetloss.ledger.credits.vcu import SERIES, parse_vcu

        said = parse_vcu(serial)
        beside = {
            "--series": (series, SERIES),
            "--first": (first, said.first),
            "--vintage-start": (days[0] and days[0].date(), said.vintage_start),
            "--vintage-end": (days[1] and days[1].date(), said.vintage_end),
        }
        other = [
            f"{name} {given} ({of_serial})"
            for name, (given, of_serial) in beside.items()
            if given is not None and given != of_serial
        ]
        if other:
            raise InputError.because(
                "credit-ledger.cli-serial-beside", serial, given=offenders(other)
            )
        return {
            "series": SERIES, "first": said.first, "pattern": said.pattern,
            "vintage": (said.vintage_start, said.vintage_end),
        }  # fmt: skip
    start, end = days
    if start is None or end is None:
        raise InputError.because("credit-ledger.cli-vintage", "--vintage-start, --vintage-end")
    return {"series": series or "units", "first": first, "vintage": (start.date(), end.date())}


def _require_serial(serial: str | None, last: int) -> None:
    if serial is not None:
        from nonetloss.ledger.credits.vcu import parse_vcu

        said = parse_vcu(serial)
        if said.last != last:
            raise InputError.because(
                "credit-ledger.cli-serial",
                serial,
                quantity=said.quantity,
                given=last - said.first + 1,
            )


def _of(words: Any, text: str) -> Any:
    from nonetloss.core.findings import offenders

    try:
        return words(text)
    except ValueError:
        allowed = offenders(map(str, words))
        raise InputError.because("credit-ledger.cli-word", text, allowed=allowed) from None
