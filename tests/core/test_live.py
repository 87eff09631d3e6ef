"""Live updates: a thread that has committed wakes who listens on the event loop."""

import asyncio
import threading

from core.live import Hub


def test_news_from_a_thread_wakes_the_listeners_of_its_topic_and_no_others() -> None:
    async def scene() -> tuple[bool, bool]:
        hub = Hub()
        with hub.listen("chat 1") as one, hub.listen("chat 2") as two:
            threading.Thread(target=hub.publish, args=("chat 1",)).start()
            await asyncio.wait_for(one.wait(), 20)
            return one.is_set(), two.is_set()

    assert asyncio.run(scene()) == (True, False)


def test_news_without_listeners_and_for_those_who_have_left_is_no_trouble() -> None:
    hub = Hub()

    async def scene() -> None:
        with hub.listen("chat 1"):
            pass

    asyncio.run(scene())
    hub.publish("chat 1")
