"""Run studies as tasks on a Dask cluster that exists already; it starts and stops nothing."""

from collections.abc import Mapping, Sequence
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
