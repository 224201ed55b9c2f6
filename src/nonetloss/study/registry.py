"""All methods, found by looking at the modules of the domains: nothing registers itself."""

import pkgutil
from functools import cache
from importlib import import_module

from nonetloss.core.errors import StudyError
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.method import Method

DOMAINS = ("avoid", "forest", "hydropower", "minimize", "monitoring", "offset", "ledger")


@cache
def methods() -> dict[str, Method]:
    """Methods by id, sorted. An id declared twice is a bug."""
    found: dict[str, Method] = {}
    for domain in DOMAINS:
        package = import_module(f"nonetloss.{domain}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = import_module(info.name)
            for value in vars(module).values():
                if isinstance(value, Method):
                    if found.get(value.id, value) is not value:
                        raise KeyError(f"method {value.id!r} is declared twice")
                    found[value.id] = value
    return dict(sorted(found.items()))


def method(id: str) -> Method:
    """One method; StudyError `study.method-unknown` with the nearest id."""
    known = methods()
    if id not in known:
        raise StudyError.because(
            "study.method-unknown",
            id,
            nearest=nearest(id, known),
            known=offenders(known, 40),
        )
    return known[id]
