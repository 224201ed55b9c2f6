"""The first interrupt asks a search to end with what it can prove; the second one breaks it off."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Within the block, a function that tells whether somebody pressed Ctrl-C.

    A second interrupt raises KeyboardInterrupt. Threads other than the main one cannot be
    interrupted so: there, nothing is ever asked.
    """
    asked = False

    def hear(_: int, __: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, hear)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
