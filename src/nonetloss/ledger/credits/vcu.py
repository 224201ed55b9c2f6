"""Serial numbers of Verified Carbon Units, as the Verra registry writes them.

For example `19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1`: registry
batch, first and last unit, a code, type, country, sectoral scope (14: land use), project, first and
last day of the vintage (ddmmyyyy), and whether the units carry further certifications. The code is
no key: several projects share one.
"""

import datetime as dt
import re
from dataclasses import dataclass

from nonetloss.core.errors import InputError

# Numbers of all units of the registry are one series.
SERIES = "VCU"
_FORM = re.compile(
    r"(\d+)-(\d+)-(\d+)-VCS-VCU-(\d+)-(\w+)-([A-Z]{2})-(\d+)-(\d+)-(\d{8})-(\d{8})-([01])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class VcuSerial:
    """A range of units. `certified`: they carry further certifications."""

    batch: int
    first: int
    last: int
    code: int
    type: str
    country: str
    scope: int
    project: int
    vintage_start: dt.date
    vintage_end: dt.date
    certified: bool

    @property
    def quantity(self) -> int:
        """Units in the range; both ends belong to it."""
        return self.last - self.first + 1

    @property
    def pattern(self) -> str:
        """The same serial for any range of the batch: `{first}` and `{last}` in their place."""
        return _written(self, "{first}", "{last}")


def parse_vcu(text: str) -> VcuSerial:
    """Read a serial; `format_vcu` gives the same text back.

    Raises
    ------
    InputError
        `credit-ledger.serial`: another form, a date that does not exist, ends or dates reversed, or
        leading zeros.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise InputError.because("credit-ledger.serial", text)
    batch, first, last, code, kind, country, scope, project, start, end, flag = form.groups()
    try:
        serial = VcuSerial(
            int(batch), int(first), int(last), int(code), kind, country, int(scope), int(project),
            _day(start), _day(end), flag == "1",
        )  # fmt: skip
    except ValueError as cause:
        raise InputError.because("credit-ledger.serial", text) from cause
    ordered = 1 <= serial.first <= serial.last and serial.vintage_start <= serial.vintage_end
    if not ordered or format_vcu(serial) != text.strip():
        raise InputError.because("credit-ledger.serial", text)
    return serial


def format_vcu(serial: VcuSerial) -> str:
    """The text of a serial."""
    return _written(serial, str(serial.first), str(serial.last))


def _written(serial: VcuSerial, first: str, last: str) -> str:
    days = [f"{d:%d%m}{d.year:04d}" for d in (serial.vintage_start, serial.vintage_end)]
    return (
        f"{serial.batch}-{first}-{last}-VCS-VCU-{serial.code}-{serial.type}-{serial.country}-"
        f"{serial.scope}-{serial.project}-{days[0]}-{days[1]}-{int(serial.certified)}"
    )


def _day(text: str) -> dt.date:
    return dt.date(int(text[4:]), int(text[2:4]), int(text[:2]))
