"""One study of large rasters gives a cluster its windows, several studies themselves."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
import yaml
from affine import Affine
from typer.testing import CliRunner

from nonetloss.cli import cluster
from nonetloss.cli.app import build

BOTH = {"es": "prueba", "en": "test"}


class Counting(ThreadPoolExecutor):
    """Threads that count what they are given."""

    given = 0

    def submit(self, work, /, *arguments, **named):
        self.given += 1
        return super().submit(work, *arguments, **named)


class FakeClient:
    def __init__(self):
        self.pool = Counting(2)
        self.studies = 0
        self.closed = False

    def get_executor(self):
        return self.pool

    def submit(self, task, *arguments):
        self.studies += 1
        return task(*arguments)

    def gather(self, futures):
        return futures

    def close(self):
        self.closed = True


@pytest.fixture
def client(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = FakeClient()
    monkeypatch.setattr(cluster, "connect", lambda address: made)
    return made


def forest_study(folder):
    """A wood of 40 × 40 cells of 30 m around a clearing that grows."""
    (folder / "data").mkdir(parents=True)
    row, column = np.indices((40, 40))
    ring = np.maximum(abs(row - 20), abs(column - 20))
    codes = np.select([ring < 5, ring < 7, ring < 9], [0, 1, 2], 3).astype(np.uint8)
    with rasterio.open(
        folder / "data" / "forest.tif", "w", driver="GTiff", height=40, width=40, count=1,
        dtype="uint8", crs="EPSG:32719", transform=Affine(30, 0, 400_000, 0, -30, 8_600_000),
    ) as file:  # fmt: skip
        file.write(codes, 1)
    study = {
        "study": folder.name,
        "title": BOTH,
        "question": BOTH,
        "decision_date": datetime.date(2026, 11, 21),
        "rules": "verra",
        "seed": 1,
        "project": {"name": BOTH, "kind": "forest-carbon"},
        "crs": "EPSG:32719",
        "extent": {"like": "forest"},
        "rasters": {"wood": {"source": "forest", "windowed": True}},
        "steps": [
            {
                "step": "cover",
                "method": "forest.cover",
                "inputs": {"forest": "wood"},
                "parameters": {"encoding": "three-dates", "years": [2000, 2010, 2020]},
            }
        ],
    }
    source = {
        "path": "data/forest.tif", "kind": "raster", "title": BOTH, "origin": "invented",
        "licence": "CC0-1.0", "schematic": True,
    }  # fmt: skip
    for name, content in (("study", study), ("catalog", {"sources": {"forest": source}})):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def run(*folders):
    words = ["run", *map(str, folders), "--cluster", "tcp://localhost:8786"]
    return CliRunner().invoke(build("en", {}), words)


def test_windows_of_a_single_study_go_to_the_cluster(client, tmp_path):
    result = run(forest_study(tmp_path / "wood"))
    assert result.exit_code == 0, result.output
    assert (client.studies, client.closed) == (0, True)
    assert client.pool.given == 1
    record = json.loads((tmp_path / "runs" / "wood" / "run.json").read_text(encoding="utf-8"))
    assert record["cell_size_m"] == 30.0


def test_several_studies_go_to_it_whole(client, tmp_path):
    folders = [forest_study(tmp_path / name) for name in ("one", "other")]
    result = run(*folders)
    assert result.exit_code == 0, result.output
    assert (client.studies, client.closed) == (2, True)
    assert client.pool.given == 0
