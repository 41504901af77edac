from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.admission import FIRST_GUESS, AdmissionQueue, Busy, ShuttingDown, Ticket


class Asker:
    """One who enters, takes a slot, holds it until told, and may be cancelled at any point."""

    def __init__(self, turns: AdmissionQueue, granted: list[int]) -> None:
        self.turns, self.granted = turns, granted
        self.number = 0
        self.may_take, self.may_leave = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        with self.turns.enter() as place:
            self.number = place.number
            await self.may_take.wait()
            await place.take()
            self.granted.append(place.number)
            await self.may_leave.wait()
            place.give_back()


async def settle() -> None:
    """Let every task that can run, run."""
    for _ in range(5):
        await asyncio.sleep(0)


STEPS = st.lists(st.tuples(st.sampled_from(["enter", "take", "leave", "cancel"]), st.integers(0, 30)), max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 3), st.integers(0, 4), STEPS, st.booleans())
def test_whatever_the_order_the_bounds_hold_and_all_is_freed(
    slots: int, queue: int, steps: list[tuple[str, int]], settled: bool
) -> None:
    async def run() -> None:
        turns = AdmissionQueue(slots, queue)
        granted: list[int] = []
        askers: list[Asker] = []
        for step, which in steps:
            asker = askers[which % len(askers)] if askers else None
            if step == "enter":
                await settle()  # who entered before is in
                room = turns.admitted < slots + queue
                askers.append(Asker(turns, granted))
                await settle()
                refused = askers[-1].task.done()
                assert refused != room
                if refused:
                    assert isinstance(askers.pop().task.exception(), Busy)
            elif asker and step == "take":
                asker.may_take.set()
            elif asker and step == "leave":
                asker.may_take.set()
                asker.may_leave.set()
            elif asker:
                asker.task.cancel()
            if settled:
                await settle()
            assert 0 <= turns.running <= slots
            assert 0 <= turns.admitted <= slots + queue
            if settled:
                assert turns.waiting <= queue
                assert turns.running == slots or turns.waiting == 0  # no slot lies idle
        for asker in askers:
            asker.task.cancel()
        await asyncio.gather(*(asker.task for asker in askers), return_exceptions=True)
        assert (turns.running, turns.waiting, turns.admitted) == (0, 0, 0)
        with turns.enter() as place:
            await asyncio.wait_for(place.take(), 10)

    asyncio.run(run())


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(6)), st.sets(st.integers(0, 5), max_size=4))
def test_who_came_in_first_is_served_first(order: list[int], cancelled: set[int]) -> None:
    """In whatever order they ask for the slot, and whoever leaves meanwhile."""

    async def run() -> None:
        turns = AdmissionQueue(1, 6)
        granted: list[int] = []
        with turns.enter() as holder:
            await holder.take()
            askers = [Asker(turns, granted) for _ in range(6)]
            await settle()
            for which in order:
                askers[which].may_take.set()
                await settle()
            assert (granted, turns.waiting) == ([], 6)
            for which in cancelled:
                askers[which].task.cancel()
            holder.give_back()
            for asker in askers:
                asker.may_leave.set()
            await asyncio.gather(*(asker.task for asker in askers), return_exceptions=True)
        assert granted == [asker.number for which, asker in enumerate(askers) if which not in cancelled]

    asyncio.run(run())


def test_sixty_four_at_once_on_one_slot_and_a_queue_of_four() -> None:
    async def run() -> None:
        turns = AdmissionQueue(1, 4)
        askers = [Asker(turns, []) for _ in range(64)]
        await settle()
        refused = [asker.task.exception() for asker in askers if asker.task.done()]
        assert len(refused) == 59
        assert all(isinstance(error, Busy) and error.retry_after == math.ceil(FIRST_GUESS * 5) for error in refused)
        for asker in askers:
            asker.task.cancel()

    asyncio.run(run())


def test_a_slot_granted_in_the_moment_of_cancelling_is_not_lost() -> None:
    async def run() -> None:
        turns = AdmissionQueue(1, 2)
        with turns.enter() as holder:
            await holder.take()
            granted: list[int] = []
            first, second = Asker(turns, []), Asker(turns, granted)
            for asker in (first, second):
                asker.may_take.set()
            await settle()
            holder.give_back()  # granted to the first, which has not run since
            first.task.cancel()
            await settle()
            assert granted == [second.number]
            second.may_leave.set()
            await second.task

    asyncio.run(run())


def test_a_place_may_take_a_slot_twice_and_is_then_before_those_who_came_later() -> None:
    async def run() -> None:
        turns = AdmissionQueue(1, 3)
        granted: list[int] = []
        with turns.enter() as early:
            await early.take()
            late = [Asker(turns, granted) for _ in range(2)]
            for asker in late:
                asker.may_take.set()
            await settle()
            early.give_back()
            again = asyncio.create_task(early.take())
            await settle()
            late[0].may_leave.set()
            await again
            granted.append(early.number)
        late[1].may_leave.set()
        await asyncio.gather(*(asker.task for asker in late))
        assert granted == [late[0].number, early.number, late[1].number]

    asyncio.run(run())


def test_a_block_that_fails_frees_its_slot() -> None:
    async def fail(place: Ticket) -> None:
        await place.take()
        raise RuntimeError

    async def run() -> None:
        turns = AdmissionQueue(1, 0)
        with pytest.raises(RuntimeError), turns.enter() as place:
            await fail(place)
        assert (turns.running, turns.admitted) == (0, 0)

    asyncio.run(run())


def test_one_key_may_have_so_many_and_nobody_in_particular_any() -> None:
    turns = AdmissionQueue(1, 9, per_asker=2)
    with turns.enter("a"), turns.enter("b"), turns.enter(), turns.enter(), turns.enter():
        with turns.enter("a"), pytest.raises(Busy, match="of this key"), turns.enter("a"):
            pass
        with turns.enter("a"):  # one has left
            pass


def test_the_expected_wait_follows_how_long_slots_are_held() -> None:
    now = 100.0

    async def run() -> None:
        nonlocal now
        turns = AdmissionQueue(2, 2, now=lambda: now)
        assert turns.expected_wait() == 0
        with turns.enter():  # never needs the generator, and tells nothing of how long it takes
            assert turns.expected_wait() == FIRST_GUESS / 2
        for _ in range(60):
            with turns.enter() as place:
                await place.take()
                now += 10
        with turns.enter(), turns.enter(), turns.enter():
            assert turns.expected_wait() == pytest.approx(15, abs=0.01)

    asyncio.run(run())


def test_once_stopped_nobody_gets_in_and_those_inside_go_on() -> None:
    async def run() -> None:
        turns = AdmissionQueue(1, 1)
        with turns.enter() as place:
            turns.stop()
            with pytest.raises(ShuttingDown), turns.enter():
                pass
            await place.take()

    asyncio.run(run())
