"""Run every benchmark, print its table, and keep the numbers in `benchmarks/results/`.

`python benchmarks/run.py [--quick] [NAME …]`; a name is a module beside this one.
"""

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("paths", "zonal", "dams", "offsets", "opal", "risk", "biomass", "ledger")


def main(arguments):
    quick = "--quick" in arguments
    chosen = [a for a in arguments if not a.startswith("--")] or NAMES
    sys.path.insert(0, str(HERE))
    results = {name: importlib.import_module(name).main(quick=quick) for name in chosen}
    machine = {"processors": os.cpu_count(), "machine": platform.machine()}
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps({"machine": machine, "quick": quick} | results, indent=1))
    print(f"kept in {path.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main(sys.argv[1:])
