"""A relay over HTTP (docs/protocol.md §7; dpr/apps/relay/openapi.json).

Rules: whatever goes wrong is answered with a code, never with a traceback. Who may not come in costs no store and no body. A
receipt leaves only after the store has returned it. A poll waits on one future, and answers at once when there is something,
when its time is over, when the relay ends, and not at all when the caller has gone: nothing is leased to nobody.

Example: `Relay(settings, identity, store, site, …).handle(request)`
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from dpr.apps.relay.answers import CBOR, COSE, WaitError, answer, failed
from dpr.apps.relay.calls import NO_ROUTE, ROUTES, Call, find, number
from dpr.apps.relay.config import TERMS, Settings
from dpr.apps.relay.custody import Custody, Poll
from dpr.apps.relay.hints import Hints
from dpr.apps.relay.identity import Identity
from dpr.apps.relay.log import Line, Log
from dpr.apps.relay.nodes import Node, Nodes
from dpr.apps.relay.public import Public
from dpr.apps.relay.rates import Rates
from dpr.apps.relay.state import State
from dpr.apps.relay.waiting import Waiter, Waiters
from dpr.apps.serving.connections import Patience, RequestError, body_of
from dpr.apps.serving.listening import Handler
from dpr.apps.serving.refusals import ForbiddenError
from dpr.apps.serving.site import HeldSite
from dpr.core.errors import DocumentError, DprError
from dpr.core.mail import api, sealing
from dpr.ports import Submission

MAX_WAIT_SECONDS, MAX_LEASE_SECONDS = 30, 600
_LEASE_SECONDS, _MESSAGES = 60, 20
#: An acknowledgement of as much as one may have in it.
_MAX_ACKS_BYTES = 512 * 1024
_MOST_SEQUENCE = 2**40
_NOT_KEPT = ("/health/live", "/health/ready", "/metrics")
_NO_CODE = ""
#: What an operator has to see to is logged whatever else is.
_OURS = 500


class Relay:
    """Answers requests. `clock`: the time, aware."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        custody: Custody,
        site: HeldSite,
        nodes: Nodes,
        log: Log,
        clock: Callable[[], datetime],
    ) -> None:
        limits = settings.limits
        self._settings, self._identity, self._custody, self._site = settings, identity, custody, site
        self._nodes, self._log, self._clock = nodes, log, clock
        self._rates = Rates(limits.requests_per_second, limits.burst)
        #: Recipients wait for a queue by its name, senders for a message by its id.
        self.polls = Waiters(limits.polls, limits.polls_of_one, busy=TERMS.busy)
        self._hints = Hints(self.polls, None if settings.store_file else settings.store)
        self.patience = Patience(limits.read_seconds)
        self.state = State(settings, identity, custody, site, self.polls)
        public = Public(settings, self.state)
        self._answers: dict[str, Callable[[Call], Awaitable[web.Response]]] = {
            name: getattr(self, name, None) or getattr(public, name) for methods in ROUTES.values() for name in methods.values()
        }
        self.draining = False

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to a request, whatever it is."""
        self.patience.began(request)
        loop = asyncio.get_running_loop()
        began, route, code = loop.time(), NO_ROUTE, _NO_CODE
        at = self._clock().timestamp()
        line = Line(at=at, event="request", method=request.method)
        try:
            route, name, argument = find(request.method, request.rel_url.raw_path)
            if self.draining and route not in _NOT_KEPT:
                raise RequestError("relay_draining")
            response = await self._answers[name](Call(request, argument, line, max(int(at), self._site.trust.floor)))
        except DprError as error:
            code, response = error.code, failed(error)
        except Exception as error:  # whoever asked must get an answer; what it was is in the log
            code, response = "program_fault", failed(DprError("program_fault"))
            line.text = type(error).__name__
        finally:
            self.patience.ended(request)
        if self.draining:
            response.force_close()
        seconds = loop.time() - began
        self.state.metrics.request(route, response.status, code, seconds)
        if self._settings.log.requests or response.status >= _OURS:
            line.route, line.status, line.code, line.ms = route, response.status, code, round(seconds * 1000, 2)
            if self._settings.log.addresses:
                line.address = request.remote or ""
            self._log.put(line)
        return response

    def drain(self) -> None:
        """Nothing more is taken; who waits is answered."""
        self.draining = self.state.draining = True
        self.polls.end()

    def close(self) -> None:
        """On a thread, when all is answered."""
        self._hints.close()
        self.state.close()

    # --- a sender ---

    async def submit(self, call: Call) -> web.Response:
        """Takes a message into custody."""
        node = self._node(call)
        body = await self._body(call, COSE, sealing.MAX_SEALED_BYTES)
        outer = sealing.read(body).outer
        queue = outer.content.queue
        call.line.message, call.line.queue, call.line.size = outer.id.hex(), queue, len(body)
        if outer.content.environment is not self._identity.environment:
            raise DocumentError("mail_environment")
        self._require_ours(queue)
        if outer.created > call.now + self._site.policy.clock_skew_seconds:
            raise DocumentError("mail_early")
        digest = hashlib.sha256(body).digest()
        submitted = await self._custody.submit(Submission(node.thumbprint, outer, body, digest))
        if submitted.code:
            raise DocumentError(submitted.code)
        if submitted.fresh:
            self._hints.tell(queue)
            self.state.metrics.event("submitted")
        return answer(submitted.receipt, COSE, 201 if submitted.fresh else 200)

    async def receipts(self, call: Call) -> web.Response:
        """What is attested of a message."""
        node, message_id = self._node(call), call.message_id
        given = call.parameters("known", "wait")
        known, wait = number(given, "known", 0, 0, api.MAX_CHAIN), number(given, "wait", 0, 0, MAX_WAIT_SECONDS)

        async def ask(at_once: bool) -> bytes | None:
            found = await self._custody.receipts(node.thumbprint, message_id)
            if found is None:
                raise RequestError("message_unknown")
            return api.write(api.RECEIPTS, api.Receipts(receipts=tuple(found[known:]))) if at_once or found[known:] else None

        return await self._when_there(call, message_id, wait, ask)

    async def withdraw(self, call: Call) -> web.Response:
        """Ends a message that nobody has fetched."""
        node, message_id = self._node(call), call.message_id
        found = await self._custody.withdraw(node.thumbprint, message_id)
        if found is None:
            raise RequestError("message_unknown")
        receipt, in_time = found
        self._hints.tell(message_id)
        self.state.metrics.event("withdrawn" if in_time else "withdrawn_too_late")
        return answer(receipt, COSE, 200 if in_time else 409)

    # --- a recipient ---

    async def inbox(self, call: Call) -> web.Response:
        """Messages, leased to whoever asks."""
        node = self._node(call)
        given = call.parameters("queue", "after", "wait", "max", "lease")
        queue = self._readable(call, node, given)
        after = number(given, "after", 0, 0, _MOST_SEQUENCE) if "after" in given else None
        wait = number(given, "wait", 0, 0, MAX_WAIT_SECONDS)
        most = number(given, "max", _MESSAGES, 0, api.MAX_MESSAGES)
        poll = Poll(queue, after, most, number(given, "lease", _LEASE_SECONDS, 1, MAX_LEASE_SECONDS))
        return await self._when_there(call, queue, wait, lambda at_once: self._custody.fetch(poll, at_once=at_once))

    async def acknowledge(self, call: Call) -> web.Response:
        """Stops holding, and keeps the recipient's receipts."""
        node = self._node(call)
        queue = self._readable(call, node, call.parameters("queue"))
        body = await self._body(call, CBOR, _MAX_ACKS_BYTES)
        given, about = await self._custody.acknowledge(queue, api.read(api.ACKS, body), self._site.trust)
        for message_id in about:
            self._hints.tell(message_id)
        self.state.metrics.event("acknowledged", len(about))
        return answer(given, CBOR)

    # --- for the routes ---

    def _node(self, call: Call) -> Node:
        node = self._nodes.of(call.request, call.now)
        call.line.node = node.thumbprint[:8].hex()
        pause = self._rates.wait(node.thumbprint, asyncio.get_running_loop().time())
        if pause:
            raise WaitError("relay_rate", math.ceil(pause))
        return node

    async def _body(self, call: Call, content_type: str, limit: int) -> bytes:
        seconds = self._settings.limits.read_seconds
        if call.request.headers.get("Expect", "").lower() == "100-continue":
            await _go_on(call.request)
        return await body_of(call.request, content_type, limit=limit, seconds=seconds, terms=TERMS)

    def _require_ours(self, queue: str) -> None:
        if self._identity.queues is not None and queue not in self._identity.queues:
            raise RequestError("queue_elsewhere")

    def _readable(self, call: Call, node: Node, given: dict[str, str]) -> str:
        queue = call.queue(given)
        if queue not in node.queues:
            raise ForbiddenError("queue_of_another")
        self._require_ours(queue)
        return queue

    async def _when_there(
        self, call: Call, key: str | bytes, wait: int, ask: Callable[[bool], Awaitable[bytes | None]]
    ) -> web.Response:
        """The body that `ask` gives (of `ask(True)`, whatever there is), now or within `wait` seconds."""
        if not wait:
            return answer(await ask(True) or b"", CBOR)
        loop, connection = asyncio.get_running_loop(), call.request.protocol
        until = loop.time() + wait
        with self.polls.waiter(key) as waiter:
            _tell_leaving(connection, waiter)
            try:
                body = await ask(waiter.over)
                while body is None:
                    await waiter.wait(until)
                    if connection.transport is None:
                        return answer(b"", CBOR)
                    body = await ask(waiter.over or loop.time() >= until)
            finally:
                _tell_leaving(connection, None)
        return answer(body, CBOR)


async def _go_on(request: web.BaseRequest) -> None:
    """Says that the body may come (RFC 9110 §10.1.1): only to whom is known, so that others send none."""
    writer = request.writer
    await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    writer.output_size = 0  # of the answer itself nothing has been sent


def _tell_leaving(connection: object, waiter: Waiter | None) -> None:
    """Whoever waits is told when the connection ends."""
    if isinstance(connection, Handler):
        connection.leaves = waiter.end if waiter is not None else None
