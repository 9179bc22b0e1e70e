"""Targets: what anybody may send to a relay before it knows who they are, and the settings that its operator writes."""

from __future__ import annotations

import base64
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

from yarl import URL

from dpr.apps.relay import config
from dpr.apps.relay.calls import ROUTES, Call, find, number
from dpr.apps.relay.log import Line
from dpr.apps.relay.nodes import CREDENTIAL, Nodes
from dpr.apps.relay.template import TEXT
from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.core.errors import DprError, InputError, StorageError
from dpr.core.mail.token import origin_fault
from tests.fuzz.mutate import raw
from tests.fuzz.of_signer_settings import written
from tests.fuzz.target import outcome, target
from tests.mail_world import ORIGIN, MailWorld

_WORLD = MailWorld()


@cache
def _nodes() -> Nodes:
    site: Any = SimpleNamespace(trust=_WORLD.trust(), policy=_WORLD.policy)
    return Nodes(site, [ORIGIN], None)


@cache
def _tokens() -> dict[bytes, bytes]:
    """Every token that was made → the key that made it."""
    own = {_WORLD.token(): _WORLD.node, _WORLD.token(_WORLD.pharmacy): _WORLD.pharmacy}
    return {token: key.key.thumbprint for token, key in own.items()}


def _shown(token: bytes) -> bytes:
    return b"DPR " + base64.urlsafe_b64encode(token).rstrip(b"=")


def _inside(data: bytes, random: Random) -> bytes:
    """Changes the token as often as its text."""
    found = data.removeprefix(b"DPR ")
    try:
        token = base64.urlsafe_b64decode(found + b"=" * (-len(found) % 4))
    except ValueError:
        return raw(data, random)
    return _shown(raw(token, random)) if random.random() < 0.5 else raw(data, random)


@target(seeds=lambda: [_shown(one) for one in _tokens()] + [b"", b"DPR ", b"Bearer x"], mutate=_inside)
def relay_node(data: bytes) -> None:
    """Nobody comes in without a token that a node's own key has signed for this relay and this moment, whatever text stands
    in the header; who comes in is who signed, with that node's queues; a credential alone opens nothing."""
    text = data.decode("utf-8", "surrogateescape")
    for headers in ({"Authorization": text}, {CREDENTIAL: text}):
        request: Any = SimpleNamespace(headers=headers, transport=None)
        node = outcome(lambda request=request: _nodes().of(request, _WORLD.now), NotAuthenticatedError)
        if node is not None:
            assert "Authorization" in headers
            thumbprints = [of for token, of in _tokens().items() if _same(token, data)]
            assert thumbprints == [node.thumbprint], "nobody signed this"


def _same(token: bytes, data: bytes) -> bool:
    """The signature has a twin, and the last letters of base64 have bits that say nothing."""
    found = data.removeprefix(b"DPR ")
    shown = base64.urlsafe_b64decode(found + b"=" * (-len(found) % 4))
    return shown[:-64] == token[:-64]


_PATHS = [
    b"/v1", b"/v1/messages", b"/v1/inbox?queue=gln:7350000000009&after=0&wait=30&max=5&lease=60", b"/v1/lists/status/a.cbor",
    b"/v1/messages/0123456789abcdef0123456789abcdef/receipts?known=1&wait=1", b"/v1/messages/0123456789abcdef0123456789abcdef",
]  # fmt: skip


@target(seeds=lambda: _PATHS)
def relay_request(data: bytes) -> None:
    """Any path is one of the documented ones or refused by name; what stands in place of an id is 16 bytes; a queue that is
    taken is a queue's name, and a number that is taken is within its bounds."""
    from dpr.core.mail import queue as queues

    try:
        url = URL("http://relay.test" + data.decode("utf-8", "replace"))
    except ValueError:
        return
    for method in ("GET", "POST", "DELETE", "PUT"):
        found = outcome(lambda method=method: find(method, url.raw_path), DprError)
        if found is None:
            continue
        route, name, argument = found
        assert ROUTES[route][method] == name
        call = Call(SimpleNamespace(query=url.query), argument, Line(at=0.0, event="request"), _WORLD.now)  # type: ignore[arg-type]
        if route.startswith("/v1/messages/{id}"):
            message_id = outcome(lambda call=call: call.message_id, DprError)
            assert message_id is None or (len(message_id) == 16 and message_id.hex() == argument)
        given = outcome(lambda call=call: call.parameters("queue", "after", "wait", "max", "lease", "known"), DprError)
        if given is not None:
            queue = outcome(lambda call=call, given=given: call.queue(given), DprError)
            assert queue is None or queues.fault(queue) is None
            wait = outcome(lambda given=given: number(given, "wait", 0, 0, 30), DprError)
            assert wait is None or 0 <= wait <= 30


def _settings() -> list[bytes]:
    whole = TEXT.format(origin="https://relay.example", port=8440)
    tls = '[tls]\ncertificate = "a"\nkey = "b"\nclient_ca = "c"\nclients = "required"\n[metrics]\nport = 1\n'
    return [(whole + tls).encode(), b'origins = ["http://a"]\nkey = "k"\ncredential = "c"\nstore = "postgresql://a/b"\n']


@target(seeds=_settings, max_bytes=8192, runs=600)
def relay_settings(data: bytes) -> None:
    """Any file is settings or is refused with what is wrong; what is taken has an origin, a store that is known, and listens on
    this machine alone where nobody does TLS."""
    try:
        found = config.load(written("relay.toml", data))
    except (InputError, StorageError) as error:
        assert str(error).isprintable()
        return
    assert found.origins and not [one for one in found.origins if origin_fault(one)]
    assert found.store_file is not None or found.store.startswith("postgresql")
    assert found.tls or found.tls_in_front or config.loopback(found.host)
    assert found.limits.keep_days >= 14
