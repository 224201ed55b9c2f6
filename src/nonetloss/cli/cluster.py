"""Work on a Dask cluster that exists already, studies or parts of one; it starts no cluster."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nonetloss.core.errors import InputError


def run_on_cluster(
    address: str, folders: Sequence[Path], targets: Sequence[Path], roots: Mapping[str, Path]
) -> list[Path]:
    """One task for each study; its files must be reachable from the workers by the same paths.

    Raises
    ------
    InputError
        `cli.no-dask` if the optional extra is not installed, `cli.no-cluster` if nothing answers.
    NonetlossError
        What the first failing study raised; the others are finished or cancelled by the cluster.
    """
    client = connect(address)
    try:
        futures = [
            client.submit(run_task, str(folder.resolve()), str(target.absolute()), dict(roots))
            for folder, target in zip(folders, targets, strict=True)
        ]
        return [Path(path) for path in client.gather(futures)]
    finally:
        client.close()


@contextmanager
def workers(*, cluster: str | None, threads: int) -> Iterator[Executor | None]:
    """What takes large parts of one search: a cluster, threads of this machine, or None.

    Raises
    ------
    InputError
        As `connect`.
    """
    if cluster is not None:
        client = connect(cluster)
        try:
            yield client.get_executor()
        finally:
            client.close()
    elif threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            yield pool
    else:
        yield None


def connect(address: str) -> Any:
    """A client of the cluster at `address`."""
    try:
        from distributed import Client
    except ImportError as cause:
        raise InputError.because("cli.no-dask", address) from cause
    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError) as cause:
        raise InputError.because("cli.no-cluster", address, problem=str(cause)) from cause


def run_task(folder: str, out: str, roots: dict[str, Path]) -> str:
    """One study, on a worker."""
    from nonetloss.study.runner import run_study

    return str(run_study(Path(folder), Path(out), data_roots=roots))
