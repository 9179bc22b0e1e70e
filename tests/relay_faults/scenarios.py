"""What happens to real relay processes: one function for each story; every one judges its whole history in the end.

Rules: a story gives how many messages were acknowledged, so that a run in which nothing happened is seen. Faults come at random
moments of the seed, in real time; what follows from them is the machine's.

Example: `await killed(folder, Random(7), rounds=3)` → 120
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

from dpr.apps.relay.config import load
from dpr.apps.relay.stores import make_store
from dpr.core.mail import sealing
from tests.postgres import Server
from tests.relay_faults.canaries import found_in
from tests.relay_faults.invariants import broken
from tests.relay_faults.nodes import Nodes
from tests.relay_faults.power import Power
from tests.relay_faults.proxy import Odds, Proxy
from tests.relay_faults.relays import LIMITS, Relay, world

Fault = Callable[[], Awaitable[None]]
BAD_NETWORK = Odds(refused=0.1, reset=0.1, cut_short=0.1, half_open=0.02, delayed=0.3)


async def _under_load(nodes: Nodes, fault: Fault, *, settle: float = 6.0, width: int = 4) -> None:
    """Senders and recipients at work while `fault` happens, then everything that is left."""
    loop = asyncio.get_running_loop()
    ends = loop.create_future()

    async def load(work: Callable[[float], Awaitable[None]]) -> None:
        while not ends.done():
            await work(loop.time() + 0.5)

    at_work = [
        asyncio.ensure_future(load(lambda until: nodes.sends(until, width=width))),
        asyncio.ensure_future(load(nodes.reads)),
    ]
    try:
        await fault()
    finally:
        ends.set_result(None)
        await asyncio.gather(*at_work)
    await nodes.settle(seconds=settle)


def _judged(nodes: Nodes, relays: Mapping[str, Relay]) -> int:
    """The relays are stopped, their stores and files looked into, and the history judged; how many were acknowledged."""
    for label, relay in relays.items():
        if relay.process.poll() is None:
            assert relay.stop() == 0
        with relay.opened() as store:
            nodes.account(label, store)
        assert found_in(relay.folder.rglob("*")) == []
    breaches = broken(nodes.history)
    assert not breaches, breaches[:10]
    return len(nodes.acknowledged)


async def _restarted(relay: Relay) -> None:
    await asyncio.to_thread(relay.kill)
    await asyncio.to_thread(relay.start)


async def killed(folder: Path, random: Random, *, rounds: int) -> int:
    """kill -9 of a relay on SQLite, at random moments."""
    with Relay(folder / "a", world()) as relay:
        async with Nodes(relay.world, {"A": relay.origin}, random) as nodes:

            async def fault() -> None:
                for _ in range(rounds):
                    await asyncio.sleep(random.uniform(0.3, 1.2))
                    await _restarted(relay)
                await asyncio.sleep(0.5)

            await _under_load(nodes, fault)
            return _judged(nodes, {"A": relay})


async def database_killed(folder: Path, random: Random, *, rounds: int) -> int:
    """Two relay processes, on one PostgreSQL: now a relay is killed, now the database with all its processes."""
    with Server() as server:
        url = server.database("relay")
        both = [Relay(folder / name, world(), store=url) for name in ("a", "b")]
        with both[0] as one, both[1] as other:
            # One relay to whoever asks, by two addresses: one chain, whichever process answers.
            async with (
                Nodes(one.world, {"A": one.origin}, random) as nodes,
                Nodes(one.world, {"A": other.origin}, random) as more,
            ):
                more.history, more.pocket, more.desk, more.letters = nodes.history, nodes.pocket, nodes.desk, nodes.letters
                more.rewire()

                async def fault() -> None:
                    for number in range(rounds):
                        await asyncio.sleep(random.uniform(0.5, 1.5))
                        if number % 2:
                            await _restarted(random.choice((one, other)))
                        else:
                            await asyncio.to_thread(server.kill)
                            await asyncio.sleep(random.uniform(0, 0.5))
                            await asyncio.to_thread(server.start)
                    await asyncio.sleep(1.0)

                await _under_load(more, lambda: _under_load(nodes, fault))
                assert other.stop() == 0
                return _judged(nodes, {"A": one})


async def power_cut(folder: Path, random: Random, *, rounds: int) -> int:
    """Loss of power under a relay on SQLite: what was not synced is gone (tests/relay_faults/power.py)."""
    data, scratch = folder / "data", folder / "scratch"
    data.mkdir(), scratch.mkdir()
    with Relay(folder / "a", world(), store="") as relay:
        relay.stop()
        config = relay.config.read_text()
        relay.config.write_text(
            config.replace("[limits]", f'store = "sqlite:{data / "relay.db"}"\n[limits]', 1).replace("\n\n", "\n")
        )
        make_store(load(relay.config), relay.world.now)
        relay.start()
        relay.stop()
        power = Power(data, scratch)
        relay.environment |= {name: power.environment[name] for name in ("POWER_FOLDER", "POWER_JOURNAL", "LD_PRELOAD")}
        relay.start()
        async with Nodes(relay.world, {"A": relay.origin}, random) as nodes:

            async def fault() -> None:
                for _ in range(rounds):
                    await asyncio.sleep(random.uniform(0.5, 1.5))
                    await asyncio.to_thread(relay.kill)
                    power.cut(random)
                    await asyncio.to_thread(relay.start)
                await asyncio.sleep(0.5)

            await _under_load(nodes, fault)
            relay.store_url = str(data / "relay.db")
            return _judged(nodes, {"A": relay})


async def partitioned(folder: Path, random: Random, *, rounds: int) -> int:
    """Two relays on two networks that delay, cut and lose; in turn one network is gone."""
    async with AsyncExitStack() as stack:
        relays: dict[str, Relay] = {}
        proxies: dict[str, Proxy] = {}
        for label, name in (("A", "relay a"), ("B", "relay b")):
            proxy = await stack.enter_async_context(Proxy(0, Random(random.random())))
            origin = f"http://127.0.0.1:{proxy.port}"
            relays[label] = stack.enter_context(Relay(folder / label, world(), label=name, origins=(origin,)))
            proxies[label], proxy.target = proxy, relays[label].port
        origins = {label: f"http://127.0.0.1:{proxy.port}" for label, proxy in proxies.items()}
        async with Nodes(relays["A"].world, origins, random) as nodes:

            async def fault() -> None:
                for proxy in proxies.values():
                    proxy.odds = BAD_NETWORK
                for _ in range(rounds):
                    await asyncio.sleep(random.uniform(0.5, 1.5))
                    gone = random.choice([*proxies.values()])
                    gone.partitioned = True
                    gone.cut()
                    await asyncio.sleep(random.uniform(0.5, 2))
                    gone.partitioned = False
                for proxy in proxies.values():
                    proxy.odds = Odds()
                    proxy.cut()  # what is half open would wait for its time-out

            await _under_load(nodes, fault)
            return _judged(nodes, relays)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of that size, where one may be mounted; else a limit for each file of the processes that are started inside
    (RLIMIT_FSIZE), which is lifted for those started later. Gives what makes it larger."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}m", str(folder)], check=True) and None
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes << 20, before[1]))
    try:
        yield lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def disk_full(folder: Path, random: Random) -> int:
    """The disk under a relay on SQLite fills up, and is made larger again."""
    with small_disk(folder / "disk", 3) as enlarge, Relay(folder / "disk" / "a", world()) as relay:
        async with Nodes(relay.world, {"A": relay.origin}, random) as nodes:
            codes = nodes.failures

            async def fault() -> None:
                for _ in range(150):
                    await asyncio.sleep(0.1)
                    if codes.get("mail_store_full", 0) > 5:
                        break
                assert codes.get("mail_store_full"), codes
                enlarge(200)
                if relay.process.poll() is not None or resource.getrlimit(resource.RLIMIT_FSIZE)[0] < 0:
                    await _restarted(relay)
                await asyncio.sleep(1.0)

            await _sends_only(nodes, fault)
            return _judged(nodes, {"A": relay})


async def _sends_only(nodes: Nodes, fault: Fault) -> None:
    loop, over = asyncio.get_running_loop(), False

    async def load() -> None:
        while not over:
            await nodes.sends(loop.time() + 0.5, width=6)

    at_work = asyncio.ensure_future(load())
    try:
        await fault()
    finally:
        over = True
        await at_work
    await nodes.settle(seconds=8)


async def slow_clients(folder: Path, *, count: int) -> int:
    """So many connections that send half a header, half a body, or read nothing; beside them one node sends and fetches."""
    with Relay(folder / "a", world()) as relay:
        halves = [
            b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nX: ",
            b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx",
            b"",
        ]
        slow = []
        for number in range(count):
            with suppress(OSError):
                slow.append(await asyncio.open_connection("127.0.0.1", relay.port))
                slow[-1][1].write(halves[number % 3])
        async with Nodes(relay.world, {"A": relay.origin}, Random(1)) as nodes:
            began = asyncio.get_running_loop().time()
            await nodes.sends(began + 1.5, width=2)
            await nodes.settle(seconds=10)
            assert len(slow) > count // 2
            ended = await asyncio.gather(*[_ends(reader) for reader, _ in slow])
            assert all(ended), ended.count(False)
            for _, writer in slow:
                writer.close()
            return _judged(nodes, {"A": relay})


async def _ends(reader: asyncio.StreamReader) -> bool:
    """Does the relay end this connection by itself?"""
    try:
        async with asyncio.timeout(20):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


async def overrun(folder: Path, random: Random) -> int:
    """Many more at once than may wait: the others are told to come again, and come."""
    extra = LIMITS.replace("[limits]", "[limits]\nwaiting = 4\ntogether = 2\n")
    with Relay(folder / "a", world(), extra=extra) as relay:
        async with Nodes(relay.world, {"A": relay.origin}, random) as nodes:
            await nodes.sends(asyncio.get_running_loop().time() + 3, width=60)
            await nodes.settle(seconds=10)
            assert set(nodes.failures) <= {"relay_busy", "mail_store_busy"}, nodes.failures
            return _judged(nodes, {"A": relay})


async def never_acknowledged(folder: Path) -> None:
    """A recipient that fetches and says nothing: its queue fills up, another one is taken in as before."""
    extra = LIMITS + "[quota]\nqueue_messages = 20\n"
    with Relay(folder / "a", world(), extra=extra) as relay:
        async with Nodes(relay.world, {"A": relay.origin}, Random(1)) as nodes:
            sender, box = nodes.senders["A"], nodes.readers["A"].mailbox
            for number in range(25):
                letter, sealed = nodes.write()
                sender.put(letter, sealed)
                done = await nodes.tried(sender.submit(letter))
                assert done == (number < 20), nodes.failures
                await box.inbox(letter.queue, after=0, wait_seconds=0)
            assert nodes.failures == {"queue_full": 5}
            other, sealed = nodes.write(queue="key:" + "0" * 32)
            sender.put(other, sealed)
            await sender.submit(other)
            assert _judged(nodes, {"A": relay}) == 21


async def oversize(folder: Path) -> None:
    """A body that is said to be, or is, larger than any message."""
    with Relay(folder / "a", world()) as relay:
        before = _resident(relay)
        for said in (sealing.MAX_SEALED_BYTES + 1, 10**12):
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            auth = _authorization(relay)
            lines = ("POST /v1/messages HTTP/1.1", "Host: x", f"Authorization: {auth}", "Content-Type: application/cose")
            writer.write("\r\n".join((*lines, f"Content-Length: {said}", "", "")).encode())
            assert b" 413 " in await reader.readline()
            with suppress(OSError):
                for _ in range(200):
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            assert await _ends(reader)
            writer.close()
        assert _resident(relay) - before < 60_000_000
        assert relay.stop() == 0


def _authorization(relay: Relay) -> str:
    from tests.relay.rig import authorization

    return authorization(relay.world.token(origin=relay.origin, issued_at=int(time.time())))


def _resident(relay: Relay) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{relay.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()


#: Stories of a long run, by their names.
LONG: dict[str, Callable[[Path, Random], Awaitable[int]]] = {
    "killed": lambda folder, random: killed(folder, random, rounds=6),
    "database killed": lambda folder, random: database_killed(folder, random, rounds=6),
    "power cut": lambda folder, random: power_cut(folder, random, rounds=8),
    "partitioned": lambda folder, random: partitioned(folder, random, rounds=5),
    "disk full": disk_full,
    "overrun": overrun,
}
