"""What a process of ours does to stay small.

pyarrow imports pandas, where that is installed, at the first list that it makes an array of, to see whether the list is
one of pandas' own. `datasets` brings pandas; it takes 45 MB and half a second of every process, and we make none.
Its own allocator keeps what was freed apart from what NumPy may use; with that of the system both share it.
What a batch leaves behind is let go where it ends, so that cycles need not be looked for often: the search took 3 % of
a build.
"""

import gc
import os
import sys
from importlib.machinery import ModuleSpec

# New objects between two searches for cycles; Python takes 700.
_OBJECTS = 20_000


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
    if "pandas" not in sys.modules and _WithoutPandas not in sys.meta_path:
        sys.meta_path.insert(0, _WithoutPandas)
