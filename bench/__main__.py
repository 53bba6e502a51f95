"""`make bench`: builds the firms that are missing, measures, writes docs/performance.md. Hours on a first run.

BENCH_SIZES   numbers of orders, the largest last (default 10000,100000,1000000)
BENCH_ROUNDS  how often every page is asked for in every system (default 25)
"""

from __future__ import annotations

import os
import subprocess

from bench import firms, following, pages, papers, posting, printing, report
from bench.cluster import cluster


def main() -> None:
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
    rounds = int(os.environ.get("BENCH_ROUNDS", "25"))
    with cluster() as address:
        for size in sizes:
            firms.build(address, size)
        found = pages.measure(address, sizes[-1], rounds, (pages.FLOOR, pages.DJANGO, pages.FAB))
        growth = pages.measure_growth(address, sizes, rounds)
        once, races = posting.measure(address)
        works = papers.measure(address, sizes[-1])
        followed = following.measure(address, sizes[-1], rounds)
    report.write(found, growth, once, races, works, followed)
    printing.main()
    report.draw(growth)
    subprocess.run([str(pages.PEERS), "-m", "bench.chart"], check=True)


if __name__ == "__main__":
    main()
