"""The threads that a script leaves behind: waited for as Python itself waits at a script's end."""

from __future__ import annotations

import sys
import threading

POOLS = {"concurrent.futures.thread": "_threads_queues", "concurrent.futures.process": "_threads_wakeups"}
"""Pools of the standard library by their module: what it calls its threads. They end once they are told to."""
IDLE = ("joblib.externals.loky.process_executor", "loky.process_executor")
"""Pools whose threads wait minutes for more work. Whoever gave them work has waited for it already."""


def wait() -> None:
    """Wait until all that the script gave its threads to do is done.

    A pool's own thread is not merely joined: it waits for work as long as the interpreter lives. Pools of the
    standard library do what is still queued and end, as they do at the interpreter's end; joblib's are left alone.
    """
    for name, threads in POOLS.items():
        module = sys.modules.get(name)
        if module is not None and getattr(module, threads):
            module._python_exit()
    idle = {thread for name in IDLE if name in sys.modules for thread in list(sys.modules[name]._threads_wakeups)}
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon and thread not in idle:
            thread.join()
