"""Waiting for something to become true, with an end."""

import time


def until(happened, *, seconds=20, every=0.05, otherwise="did not happen in time"):
    """Ask `happened` again and again; its first true answer. `otherwise` says, or is asked, what is wrong at the end."""
    end = time.monotonic() + seconds
    while not (answer := happened()):
        if time.monotonic() > end:
            raise AssertionError(otherwise() if callable(otherwise) else otherwise)
        time.sleep(every)
    return answer
