"""Write a folder whole or not at all: what stood there before stands until the new one is ready.

The new folder grows as a hidden sibling (`.name.partial`), is flushed to disk, and takes the place
of the old one by renaming. A run that was killed leaves only the sibling, which the next run
removes; a run killed between the two renames is completed backwards.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import RasterioError

from nonetloss.core.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows has no advisory locks on folders; there, do not run twice at once
    fcntl = None  # type: ignore[assignment]  # absence is the state tested below

_WRITE_FAILURES = (OSError, sqlite3.Error, DataSourceError, DataLayerError, RasterioError)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn any failure to write `path` into OutputError `io.cannot-write`."""
    try:
        yield
    except _WRITE_FAILURES as cause:
        problem = getattr(cause, "strerror", None) or str(cause)
        raise OutputError.because("io.cannot-write", str(path), problem=problem) from cause


@contextmanager
def new_folder(target: Path, *, marker: str) -> Iterator[Path]:
    """An empty folder to fill; it becomes `target` when the block ends well.

    Parameters
    ----------
    target : Path
        Where the folder shall stand. It may be absent, empty, or hold a former result.
    marker : str
        File that tells a former result from somebody's documents, which are never replaced.

    Raises
    ------
    OutputError
        `io.out-is-file`, `io.not-a-run`, `io.busy` or `io.cannot-write`. In all
        cases, and also when the block raises or is interrupted, `target` is as it was.
    """
    target = target.absolute()
    partial = target.with_name(f".{target.name}.partial")
    former = target.with_name(f".{target.name}.former")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if former.exists() and not target.exists():
            former.rename(target)
        if target.is_file():
            raise OutputError.because("io.out-is-file", str(target))
        if target.exists() and not _replaceable(target, marker):
            raise OutputError.because("io.not-a-run", str(target), marker=marker)
        lock = _claim(partial)
    try:
        yield partial
        with writing(target):
            _flush(partial)
            shutil.rmtree(former, ignore_errors=True)
            if target.exists():
                target.rename(former)
            partial.rename(target)
            _flush_one(target.parent)
        shutil.rmtree(former, ignore_errors=True)
    finally:
        _release(lock)
        shutil.rmtree(partial, ignore_errors=True)
        if former.exists() and not target.exists():
            former.rename(target)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace one file whole; the old one stands until the new one is on disk."""
    partial = path.with_name(f".{path.name}.partial")
    with writing(path):
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Replace one text file whole, in UTF-8 with plain newlines."""
    write_bytes(path, content.encode("utf-8"))


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder to a place that does not exist yet (`io.exists` otherwise)."""
    if target.exists():
        raise OutputError.because("io.exists", str(target))
    with writing(target):
        shutil.copytree(source, target, copy_function=shutil.copyfile)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that it holds; no folder is as good."""
    shutil.rmtree(folder, ignore_errors=True)


def _replaceable(target: Path, marker: str) -> bool:
    return target.is_dir() and ((target / marker).is_file() or not any(target.iterdir()))


def _claim(partial: Path) -> int | None:
    """Make the partial folder anew and hold it; another living run that holds it is an error."""
    if partial.exists():
        with suppress(FileNotFoundError):
            _release(_hold(partial))
        shutil.rmtree(partial)
    partial.mkdir()
    return _hold(partial)


def _hold(folder: Path) -> int | None:
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        os.close(handle)
        raise OutputError.because("io.busy", str(folder)) from cause
    return handle


def _release(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def _flush(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        _flush_one(path)
    _flush_one(folder)


def _flush_one(path: Path) -> None:
    if fcntl is None and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
