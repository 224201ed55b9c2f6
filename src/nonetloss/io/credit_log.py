"""A ledger of credits in one file: events are added at its end, and no confirmed one is lost.

An event is confirmed when `CreditLog.append` returns: its line has then been written and flushed to
the disk (fsync), and only then does the registry change. A process that dies before leaves at most
the beginning of a line, which was never confirmed, so the next writer drops it and says so. A last
line that lacks nothing but its line feed is kept: its digest shows that it is whole, and some
editors take the line feed away. One process writes at a time, as long as it keeps the file locked;
anybody may read meanwhile.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nonetloss.core.errors import InputError, LedgerError, OutputError
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.io.atomic import writing
from nonetloss.ledger.credits.events import Event
from nonetloss.ledger.credits.policy import Policy
from nonetloss.ledger.credits.recording import check, line_of, read_line
from nonetloss.ledger.credits.registry import Registry, apply, chained

try:
    import fcntl
except ImportError:  # Windows has no advisory locks; there, do not write twice at once
    fcntl = None  # type: ignore[assignment]  # absence is the state tested below

# Without it Windows writes another line feed.
_BINARY = getattr(os, "O_BINARY", 0)
_TORN = ("credit-ledger.line-form", "credit-ledger.chain-broken")


@dataclass(slots=True)
class CreditLog:
    """A ledger open for writing; get it from `open_log`."""

    path: Path
    registry: Registry
    findings: tuple[Finding, ...]
    may: Policy | None
    _handle: int
    _size: int
    _broken: bool = field(default=False)

    def append(self, event: Event) -> None:
        """Record an event on disk and in the registry; when this returns, it is confirmed.

        Raises
        ------
        LedgerError
            As `recording.record`; nothing has changed.
        OutputError
            `io.cannot-write`: it is not confirmed, and the registry has not changed. If what was
            half written cannot be taken back, every later `append` gives
            `credit-ledger.reopen`. `credit-ledger.changed`: another program wrote or
            replaced the file.
        """
        if self._broken:
            raise OutputError.because("credit-ledger.reopen", str(self.path))
        event, content = check(self.registry, event, may=self.may)
        if os.fstat(self._handle).st_size != self._size or not self._in_place():
            self._broken = True
            raise OutputError.because("credit-ledger.changed", str(self.path))
        line = line_of(self.registry.head, content)
        # Until file and registry agree again; an interruption in between leaves it so.
        self._broken = True
        with writing(self.path):
            try:
                _write_all(self._handle, line)
                os.fsync(self._handle)
            except BaseException:
                # After a failed write or flush only the file as it was before can be trusted.
                self._broken = not self._restored()
                raise
        self._size += len(line)
        apply(self.registry, event, chained(self.registry.head, content))
        self._broken = False

    def _in_place(self) -> bool:
        """Whether the path still names the open file: what went on without a name is lost."""
        try:
            return os.path.samestat(os.fstat(self._handle), self.path.stat())
        except OSError:
            return False

    def _restored(self) -> bool:
        try:
            os.ftruncate(self._handle, self._size)
            os.fsync(self._handle)
        except OSError:
            return False
        return True


def create_log(path: Path, events: Sequence[Event]) -> Registry:
    """A new file that begins with these events: all of them, or no file. Nobody's leave is asked.

    Raises
    ------
    LedgerError
        As `recording.record`.
    OutputError
        `io.exists`; `io.cannot-write`.
    """
    registry = Registry()
    lines = []
    for event in events:
        checked, content = check(registry, event)
        lines.append(line_of(registry.head, content))
        apply(registry, checked, chained(registry.head, content))
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with writing(path):
        try:
            _write_new(partial, b"".join(lines), os.O_TRUNC)
            _put_in_place(partial, path)
            _flush_folder(path.absolute().parent)
        except FileExistsError as cause:
            raise OutputError.because("io.exists", str(path)) from cause
        finally:
            partial.unlink(missing_ok=True)
    return registry


def read_log(path: Path) -> tuple[Registry, tuple[Finding, ...]]:
    """What a file holds, every digest and rule checked, and what was found beside.

    Returns
    -------
    registry : Registry
    findings : tuple of Finding
        A warning `credit-ledger.torn-tail` if the file ends within a line: that event was never
        confirmed, and is not in the registry. A notice `credit-ledger.line-feed` if its last line
        is whole but for the line feed: that event is in the registry.

    Raises
    ------
    InputError
        `credit-ledger.no-file`; `credit-ledger.unreadable`; `credit-ledger.empty` if
        not even its beginning is there.
    LedgerError
        As `recording.read_lines`.
    """
    try:
        with path.open("rb") as file:
            content = _read(file)
    except FileNotFoundError as cause:
        raise InputError.because("credit-ledger.no-file", str(path)) from cause
    except OSError as cause:
        problem = cause.strerror or str(cause)
        raise InputError.because("credit-ledger.unreadable", str(path), problem=problem) from cause
    return content.registry, _findings(path, content)


@contextmanager
def open_log(path: Path, *, may: Policy | None = None) -> Iterator[CreditLog]:
    """A ledger to add to; nobody else writes it meanwhile.

    Parameters
    ----------
    path : Path
    may : Policy, optional
        Asked before every event. None: whoever calls has made sure.

    Raises
    ------
    InputError, LedgerError
        As `read_log`; the file is then untouched.
    OutputError
        `credit-ledger.busy` if another process writes it; `io.cannot-write`.
    """
    with writing(path):
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | _BINARY)
        except FileNotFoundError as cause:
            raise InputError.because("credit-ledger.no-file", str(path)) from cause
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise OutputError.because("credit-ledger.busy", str(path)) from cause
        with os.fdopen(os.dup(handle), "rb") as file:
            content = _read(file)
        found = _findings(path, content)
        size = content.size
        if content.torn or content.unended:
            with writing(path):
                os.ftruncate(handle, size)
                if content.unended:
                    _write_all(handle, b"\n")
                    size += 1
                os.fsync(handle)
        yield CreditLog(path, content.registry, found, may, handle, size)
    finally:
        os.close(handle)


class _Content(NamedTuple):
    """The registry of all whole lines, their bytes, the bytes of a torn line after them.

    `unended`: the last whole line has no line feed.
    """

    registry: Registry
    size: int
    torn: int
    unended: bool


def _read(lines: Iterable[bytes]) -> _Content:
    registry = Registry()
    size = 0
    for number, line in enumerate(lines, start=1):
        try:
            read_line(registry, line, number=number)
        except LedgerError as problem:
            # A part of a line has no digest that fits; a rule that is broken is no accident.
            if line.endswith(b"\n") or problem.findings[0].code not in _TORN:
                raise
            return _Content(registry, size, len(line), False)
        size += len(line)
        if not line.endswith(b"\n"):
            return _Content(registry, size, 0, True)
    return _Content(registry, size, 0, False)


def _findings(path: Path, content: _Content) -> tuple[Finding, ...]:
    count = len(content.registry.events)
    if not count:
        raise InputError.because("credit-ledger.empty", path.name)
    if content.torn:
        return (warning("credit-ledger.torn-tail", path.name, bytes=content.torn, events=count),)
    if content.unended:
        return (notice("credit-ledger.line-feed", path.name, events=count),)
    return ()


def _write_new(path: Path, content: bytes, how: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how | _BINARY, 0o644)
    try:
        _write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(partial: Path, path: Path) -> None:
    """Give the file its name; FileExistsError if something has that name already."""
    try:
        # A link, unlike a renaming, never takes the place of a file that is there.
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: then not all or nothing, but never over another
        _write_new(path, partial.read_bytes(), os.O_EXCL)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _flush_folder(folder: Path) -> None:
    if fcntl is None:
        return  # Windows opens no folders
    with suppress(OSError):  # some file systems cannot flush a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
