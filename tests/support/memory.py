"""How large a process has been at most, in MB; for programs that a test starts."""

from __future__ import annotations

import re
from pathlib import Path


def peak() -> int:
    """Not `ru_maxrss`: that counts the process which started this one, and a test's own is often the larger."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    assert found
    return int(found[1]) // 1024
