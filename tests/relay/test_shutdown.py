"""The end of a relay: nothing that was taken up is lost, nobody waits, and a second termination ends at once."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from dpr.adapters.mail_store_jobs import Submit
from tests.relay.process import Serving
from tests.relay.rig import CONFIG, COSE, Rig, authorization
from tests.world import DAY

HEAD = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: {{}}\r\nContent-Type: {COSE}\r\nContent-Length: 5000\r\n\r\n"


async def test_polls_that_wait_are_answered_at_once_and_new_ones_find_nobody(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        waiting = asyncio.create_task(rig.poll("wait=30&after=0"))
        await asyncio.sleep(0.3)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await rig.stop()
        answer = await waiting
        assert answer.status == 200 and answer.headers["Connection"] == "close" and loop.time() - began < 5


async def test_a_submission_that_has_begun_is_finished_and_receipted(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        run, began = rig.store.run, asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(jobs):  # type: ignore[no-untyped-def]
            if any(isinstance(job, Submit) for job in jobs):
                loop.call_soon_threadsafe(began.set)
                time.sleep(0.7)
            return run(jobs)

        rig.store.run = slow  # type: ignore[method-assign]
        submitting = asyncio.create_task(rig.submit(rig.world.sealed()))
        await began.wait()
        await rig.stop()
        answer = await submitting
        assert answer.status == 201 and answer.body


def test_sigterm_in_the_middle_of_a_body_ends_within_the_time_for_it(tmp_path: Path) -> None:
    with Serving(tmp_path, config=CONFIG + "[limits]\nstop_seconds = 1\n") as serving:
        parts = urlsplit(serving.url)
        head = HEAD.format(authorization(serving.world.token()))
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(head.encode() + b"x")
            time.sleep(0.3)
            began = time.monotonic()
            assert serving.stop() == 0
            assert time.monotonic() - began < 8


def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    with Serving(tmp_path, config=CONFIG + "[limits]\nstop_seconds = 60\nread_seconds = 60\n") as serving:
        parts = urlsplit(serving.url)
        head = HEAD.format(authorization(serving.world.token()))
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(head.encode() + b"x")
            time.sleep(0.3)
            serving.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert serving.process.poll() is None, "it waits for who is in the middle of something"
            serving.process.send_signal(signal.SIGTERM)
            assert serving.process.wait(5) == 143


async def test_what_a_relay_held_when_it_ended_it_hands_out_when_it_runs_again(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        sealed = rig.world.sealed()
        await rig.submit(sealed)
    (tmp_path / "again").mkdir()
    async with Rig(tmp_path / "again", config=CONFIG + f'store = "sqlite:{tmp_path}/relay.db"\n') as rig:
        assert len((await rig.poll("after=0")).inbox.messages) == 1
        rig.clock_seconds += DAY
        assert (await rig.call("GET", "/health/ready", auth=None)).json["held"] == {"messages": 1, "bytes": len(sealed)}
