"""Who may do what: one question that the ledger asks of whoever keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.ledger.credits.events import KINDS, Event, OpenAccount

# May `actor` do `action` (the kind of the event)? Asked once for every new event, never on replay.
Policy = Callable[[str, str, Event], bool]

ANY = "*"


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody may do: kinds of events, and the accounts out of which units are taken.

    "*" stands for all of them.
    """

    actions: frozenset[str]
    accounts: frozenset[str] = frozenset()


def by_roles(roles: Mapping[str, Role]) -> Policy:
    """A policy from a table of actors; whoever is not in it may do nothing.

    An event without a source account (issue, project, reverse, adjust, split …) needs its action
    alone; one with a source needs the account too.
    """

    def may(actor: str, action: str, event: Event) -> bool:
        role = roles.get(actor)
        if role is None or not {action, ANY} & role.actions:
            return False
        source = getattr(event, "source", "")
        return isinstance(event, OpenAccount) or not source or bool({source, ANY} & role.accounts)

    return may


def read_roles(given: Mapping[str, object]) -> dict[str, Role]:
    """Roles as people write them: `{acca: {actions: [transfer, retire], accounts: [acca]}}`.

    Raises
    ------
    InputError
        `credit-ledger.role`, for all that is wrong.
    """
    made: dict[str, Role] = {}
    found: list[Finding] = []
    for actor, said in given.items():
        lists = dict(said) if isinstance(said, Mapping) else {}
        actions, accounts = lists.get("actions"), lists.get("accounts", [])
        known = isinstance(actions, list) and set(map(str, actions)) <= {*KINDS, ANY}
        if not known or not isinstance(accounts, list) or set(lists) - {"actions", "accounts"}:
            allowed = offenders((*KINDS, ANY), 20)
            found.append(error("credit-ledger.role", str(actor), allowed=allowed))
            continue
        assert isinstance(actions, list)
        made[str(actor)] = Role(frozenset(map(str, actions)), frozenset(map(str, accounts)))
    if found:
        raise InputError(*found)
    return made
