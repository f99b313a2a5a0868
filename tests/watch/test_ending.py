"""How the service ends while it looks at repositories."""

import threading

from pipelines.watch.config import WatchConfig
from pipelines.watch.queue import Queue
from pipelines.watch.service import LOOKS_AT_ONCE, Service
from tests.watch.processes import Processes, made_of


def test_looks_that_have_not_begun_are_not_waited_for(store):
    """Of many repositories most wait for their turn when the service is told to end: it ends with those under way."""
    answer = threading.Event()
    many = [{"url": f"file:///nowhere/{n}.git"} for n in range(2 * LOOKS_AT_ONCE)]
    config = WatchConfig.model_validate({"repositories": many})
    service = Service(config, Queue(*store), Processes(), lambda _: answer.wait() and {}, made_of)
    service.step(0.0)
    ending = threading.Thread(target=service.stop, args=(False,), daemon=True)
    ending.start()
    answer.set()
    ending.join(timeout=30)
    assert not ending.is_alive()
