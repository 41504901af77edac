"""The bounded queue before the generator. Knows nothing of questions, HTTP or what the turn is for.

Two steps. `enter` decides at once whether there is room at all, so that nobody waits long for a refusal. Whoever is in takes a
slot only while the generator works for it, and gives it back; who never needs the generator never waits for it. A free slot
goes to the one of those waiting that came in first.

For one event loop: nothing here is called from other threads, but `stop` and the properties.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator

from youju.errors import Busy, ShuttingDown

__all__ = ["AdmissionQueue", "Busy", "ShuttingDown", "Ticket"]
FIRST_GUESS = 4.0  # seconds that an answer holds a slot, before any has
WEIGHT = 0.2  # of the newest in the running mean
ADVICE = "Try again after the seconds in Retry-After."


class Ticket:
    """One who is in. Takes and gives back a slot, as often as needed, one at a time."""

    def __init__(self, turns: AdmissionQueue, number: int) -> None:
        self._turns = turns
        self.number = number
        self.granted: asyncio.Future[None] | None = None  # set: waits for a slot; done: holds it
        self.held = 0.0  # seconds
        self.since = 0.0

    async def take(self) -> None:
        """Wait for a slot. Cancelled while waiting, it is out of the queue."""
        await self._turns._take(self)

    def give_back(self) -> None:
        """Free the slot, or stop waiting. Does nothing if there is none."""
        self._turns._give_back(self)


class AdmissionQueue:
    """At most `slots` run and `queue` more are in. What is measured, is in seconds."""

    def __init__(self, slots: int, queue: int, per_asker: int | None = None, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            per_asker: how many with the same name may be in at once; those without a name are not counted.
            now: seconds of a clock that never jumps.
        """
        self.slots, self.queue, self.per_asker = slots, queue, per_asker
        self.running = 0  # slots taken
        self.admitted = 0  # all who are in
        self.stopping = False
        self._waiting: list[tuple[int, Ticket]] = []  # a heap: who came in first is first
        self._asking: Counter[str] = Counter()
        self._entered = 0
        self._mean = FIRST_GUESS
        self._now = now

    @property
    def waiting(self) -> int:
        """How many wait for a slot now. Those who are in and do not need one yet are not among them."""
        return len(self._waiting)

    def expected_wait(self) -> float:
        """Seconds until all who are in have been served, if each holds a slot as long as those before did on average."""
        return self._mean * self.admitted / self.slots

    def stop(self) -> None:
        """Let nobody in any more. Those who are in go on."""
        self.stopping = True

    @contextlib.contextmanager
    def enter(self, asker: str = "") -> Iterator[Ticket]:
        """A ticket, until the block ends; a slot that is still held is free then.

        Raises:
            Busy: all places are taken, or `asker` has as many as one may have.
            ShuttingDown: after `stop`.
        """
        self._admit(asker)
        self._entered += 1
        self.admitted += 1
        self._asking[asker] += 1
        ticket = Ticket(self, self._entered)
        try:
            yield ticket
        finally:
            self._give_back(ticket)
            self.admitted -= 1
            self._asking[asker] -= 1
            if not self._asking[asker]:
                del self._asking[asker]
            if ticket.held:
                self._mean += WEIGHT * (ticket.held - self._mean)

    def _admit(self, asker: str) -> None:
        if self.stopping:
            raise ShuttingDown
        if self.admitted >= self.slots + self.queue:
            raise Busy(f"all places for questions are taken ({self.admitted}).", ADVICE, _whole(self.expected_wait()))
        if asker and self.per_asker is not None and self._asking[asker] >= self.per_asker:
            raise Busy(f"all places of this key are taken ({self.per_asker}).", ADVICE, _whole(self.expected_wait()))

    async def _take(self, ticket: Ticket) -> None:
        assert ticket.granted is None, "a ticket has one slot"
        ticket.granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (ticket.number, ticket))
        self._grant()
        try:
            await ticket.granted
        except asyncio.CancelledError:  # also when it was granted in the same moment
            self._give_back(ticket)
            raise

    def _give_back(self, ticket: Ticket) -> None:
        granted, ticket.granted = ticket.granted, None
        if granted is None:
            return
        if granted.done() and not granted.cancelled():
            self.running -= 1
            ticket.held += self._now() - ticket.since
            self._grant()
        elif (ticket.number, ticket) in self._waiting:
            self._waiting.remove((ticket.number, ticket))
            heapq.heapify(self._waiting)

    def _grant(self) -> None:
        while self._waiting and self.running < self.slots:
            _, ticket = heapq.heappop(self._waiting)
            assert ticket.granted is not None
            if ticket.granted.cancelled():  # its task has not been told yet
                continue
            self.running += 1
            ticket.since = self._now()
            ticket.granted.set_result(None)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
