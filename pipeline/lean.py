"""What a process of ours does to stay small.

pyarrow imports pandas, where that is installed, at the first list that it makes an array of, to see whether the list is
one of pandas' own. `datasets` brings pandas; it takes 45 MB and half a second of every process, and we make none.
Its own allocator keeps what was freed apart from what NumPy may use; with that of the system both share it.
What a batch leaves behind is let go where it ends, so that cycles need not be looked for often: the search took 3 % of
a build.
"""

import ctypes
import gc
import os
import sys
from importlib.machinery import ModuleSpec

# New objects between two searches for cycles; Python takes 700.
_OBJECTS = 20_000
# Tasks of one kind after which what they freed is worth giving back: it takes 10 ms, and as much again when memory is
# asked for anew.
_MANY = 16


class _WithoutPandas:
    """Finds no module; of pandas it says that it is not there."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        """As of a finder of `sys.meta_path`."""
        if name == "pandas":
            raise ModuleNotFoundError("this process does without pandas", name=name)
        return None


def run_lean() -> None:
    """Stay small in this process: for commands and workers, before pyarrow; not for a process that is another's."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    gc.set_threshold(_OBJECTS)
    if "pandas" not in sys.modules and not is_lean():
        sys.meta_path.insert(0, _WithoutPandas)


def is_lean() -> bool:
    """Whether this process stays small."""
    return _WithoutPandas in sys.meta_path


_turn = ("", 0)


def turn_to(kind: str, tasks: int = 1) -> None:
    """Say that this process begins a task of some kind, or what is as much as so many: what many tasks of another kind
    freed is given back first.

    The allocator keeps it for what comes, in pieces that the next kind has little use for: of 60,000 pages in one
    process, 75 MB after each pass.
    """
    global _turn  # noqa: PLW0603  # it tells of this process
    last, count = _turn
    if kind != last and count >= _MANY:
        _give_back()
    _turn = (kind, count + tasks if kind == last else tasks)


def _give_back() -> None:
    """Give freed memory back to the system, where the C library can."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # not glibc
        return
