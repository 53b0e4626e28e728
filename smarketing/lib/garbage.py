"""How often a process that answers requests looks for garbage."""

from __future__ import annotations

import gc

YOUNG = 10_000


def settle() -> None:
    """Called once, when a program has loaded and before it forks or answers.

    What is loaded by then stays for good: it is taken out of the collector's sight, so that a search does not walk
    through all of it in the middle of a page, nor write to memory that forked processes share. A page makes some ten
    thousand objects, nearly all of which go as they are no longer referred to; a search is worth it once a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
