"""Draws docs/pictures/growth.svg from what `bench.report` has written; runs where matplotlib is."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

HERE = Path(__file__).resolve().parent


def main() -> None:
    """One line a page, both axes logarithmic: a page that does not grow is level."""
    head, *rows = [line.split("\t") for line in (HERE / "output" / "growth.tsv").read_text("utf-8").splitlines()]
    sizes = [int(size) for size in head[1:]]
    matplotlib.rcParams["svg.hashsalt"] = "zhanggui"  # the same figures give the same file
    figure, axes = pyplot.subplots(figsize=(8, 4.2))
    for name, *times in rows:
        axes.plot(sizes, [float(took) for took in times], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="orders", ylabel="ms, median", ylim=(1, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(
        HERE.parent / "docs" / "pictures" / "growth.svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
    )


if __name__ == "__main__":
    main()
