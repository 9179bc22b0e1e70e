"""How fast one node may ask: a token bucket each.

Rules: whoever has been quiet may ask `burst` times at once; then `per_second`. How many nodes are remembered is bounded: one
whose bucket is full again needs no memory.

Example: `seconds = rates.wait(thumbprint, loop.time())` → 0.0
"""

from __future__ import annotations

_MOST = 20_000


class Rates:
    """The buckets of all nodes."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, float(burst)
        self._held: dict[bytes, tuple[float, float]] = {}

    def wait(self, who: bytes, now: float) -> float:
        """Takes one; 0.0, or in how many seconds there is one to take. `now`: seconds of any clock that only goes forward."""
        held, at = self._held.get(who, (self._burst, now))
        held = min(self._burst, held + (now - at) * self._per_second)
        if held < 1.0:
            return (1.0 - held) / self._per_second
        if len(self._held) >= _MOST and who not in self._held:
            self._forget(now)
        self._held[who] = held - 1.0, now
        return 0.0

    def _forget(self, now: float) -> None:
        full = self._burst / self._per_second
        self._held = {who: (held, at) for who, (held, at) in self._held.items() if now - at < full}
        while len(self._held) >= _MOST:  # all of them busy: the one remembered longest begins anew
            del self._held[next(iter(self._held))]
