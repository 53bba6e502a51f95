"""`make soak`: long versions of races, kills and outages, then mixed load and printing. SOAK_SECONDS (600) scales it.

RACES_SEED repeats a run; HOSTILE_REQUESTS, RACES_ROUNDS and the like, when set, outweigh the scale.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

from tests.soak import printing
from tests.soak.load import soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
SEED = int(os.environ.get("RACES_SEED") or random.randrange(10**6))
SCALE = max(SECONDS / 600, 0.25)
# name, what is run, on which databases, how much of it at 600 seconds
STAGES = (
    ("R1 R2 R3 R4 R24", "tests/races", ("postgresql", "sqlite"), {
        "RACES_ORDERS": 8, "RACES_ROUNDS": 150, "RACES_RULES": 1000,
    }),
    ("R5 R6", "tests/nodes", ("postgresql", "sqlite"), {
        "NODES_ORDERS": 60, "NODES_ROWS": 15000, "KILL_ORDERS": 12, "KILL_JOBS": 8, "OUTAGE_ORDERS": 40,
        "OUTAGE_KILLS": 4,
    }),
    ("R7 R21 R22", "tests/properties", ("sqlite",), {"PROPERTY_EXAMPLES": 60, "PROPERTY_ORDERS": 100000}),
    ("R8", "tests/hostile", ("sqlite",), {"HOSTILE_REQUESTS": 10000, "SPOILED_FILES": 10000}),
)  # fmt: skip


def stage(name: str, what: str, database: str, amounts: dict[str, int]) -> bool:
    """Whether it went well; its own figures are on the terminal."""
    scaled = {key: os.environ.get(key) or str(max(1, int(n * min(SCALE, 100)))) for key, n in amounts.items()}
    told = " ".join(f"{key}={value}" for key, value in scaled.items())
    print(f"\n== {name}: {what} on {database}, {told}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, **scaled, "TEST_DATABASE": database, "RACES_SEED": str(SEED)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", what], env=environment, check=False)
    print(f"== {name}: {'ok' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    print(f"seed {SEED}, {SECONDS:.0f} s", flush=True)
    stages = [(name, what, db, amounts) for name, what, dbs, amounts in STAGES for db in dbs if Path(what).is_dir()]
    wrong = [f"{name} on {db}" for name, what, db, amounts in stages if not stage(name, what, db, amounts)]
    print(f"\n== R23: mixed load for {SECONDS / 2:.0f} s", flush=True)
    wrong += soak(SECONDS / 2, SEED)
    print(f"\n== F2: large orders are printed, {printing.LINES} lines each", flush=True)
    wrong += printing.soak()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"seed {SEED}: {'; '.join(wrong) or 'all held'}; largest process {peak} MB", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
