"""Rate limits, per conversation and per network address, by the `limits` library. Kept in memory: they forget on restart."""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Pace:
    """Counts, and says when it is too much."""

    def __init__(self, per_conversation: str, per_address: str) -> None:
        self._conversation: RateLimitItem = parse(per_conversation)
        self._address: RateLimitItem = parse(per_address)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def conversation_over(self, conversation_id: str) -> bool:
        """Count one message of a conversation. True when it is over the limit."""
        return not self._limiter.hit(self._conversation, "conversation", conversation_id)

    def address_over(self, address: str) -> float | None:
        """Count one request of a network address. Seconds to wait when it is over the limit, None otherwise."""
        if self._limiter.hit(self._address, "address", address):
            return None
        reset = self._limiter.get_window_stats(self._address, "address", address).reset_time
        return max(1.0, reset - time.time())
