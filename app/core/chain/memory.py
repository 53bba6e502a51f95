"""A machine remembers the chain in files beside the key, where the database's owner need not reach.

`chain_head` is the last seal that this machine has made or seen, `chain_checked` the last one up to which
`crm verify` has found all well. A chain whose end was taken away is shorter than what is remembered.
"""

from __future__ import annotations

from pathlib import Path

from app.core.chain.seals import ChainHead, read_heads
from app.core.files.written import write_whole


class ChainMemory:
    def __init__(self, home: Path) -> None:
        self.head_file = home / "chain_head"
        self.checked_file = home / "chain_checked"

    def head(self) -> ChainHead | None:
        return _read(self.head_file)

    def checked(self) -> ChainHead | None:
        return _read(self.checked_file)

    def remember(self, head: ChainHead) -> None:
        """Keep the head, unless another process has kept a later one."""
        known = self.head()
        if known is None or known.number < head.number:
            _write(self.head_file, head)

    def remember_checked(self, head: ChainHead) -> None:
        _write(self.checked_file, head)

    def forget(self) -> None:
        """Begin anew, after another database was put in the place of the one that is remembered."""
        for path in (self.head_file, self.checked_file):
            path.unlink(missing_ok=True)


def _read(path: Path) -> ChainHead | None:
    """Return the head in a file.

    errors  ValueError when the file holds something else
    """
    if not path.exists():
        return None
    return read_heads(path.read_text("utf-8"), str(path))[-1]


def _write(path: Path, head: ChainHead) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{head}\n".encode(), 0o600)
