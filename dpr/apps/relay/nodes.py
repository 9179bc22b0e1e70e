"""Which node calls: by a token that it signed itself, or by a client certificate that has its key.

Rules: a token must be for this relay and of this moment; a certificate's key must be the very key of the credential shown
beside it. Either way the credential's chain verifies, and it is neither revoked, suspended nor over; how old the lists are is
not judged: a message that waits helps nobody. What verified is remembered for a few seconds under the bytes that came, and no
longer than the trust data that it was judged by.

Example: `nodes.of(request, now).queues`
"""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime
from typing import NamedTuple

from aiohttp import web
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dpr.apps.serving.certificates import Certificates
from dpr.apps.serving.refusals import ForbiddenError, NotAuthenticatedError
from dpr.apps.serving.site import HeldSite
from dpr.core import documents, in_force
from dpr.core.errors import DocumentError
from dpr.core.in_force import Standing
from dpr.core.keys import PublicKey
from dpr.core.kinds import NODES
from dpr.core.mail.queue import queues_of
from dpr.core.mail.token import token_fault
from dpr.core.policy import Policy
from dpr.core.trust import Chain, Trust

SCHEME = "DPR "
CREDENTIAL = "DPR-Credential"
_MOST_TEXT = 8_000
_MOST_REMEMBERED = 20_000
_REMEMBERED_SECONDS = 10


class Node(NamedTuple):
    """Who calls. `thumbprint`: of its key; `queues`: those that it may read; `until`: instant from which it is judged anew."""

    thumbprint: bytes
    queues: tuple[str, ...]
    until: int


class Nodes:
    """Tells which node calls. `origins`: as nodes dial this relay."""

    def __init__(self, site: HeldSite, origins: Collection[str], certificates: Certificates | None) -> None:
        self._site, self._origins, self._certificates = site, frozenset(origins), certificates
        self._trust = site.trust
        self._known: dict[Hashable, Node] = {}

    def of(self, request: web.BaseRequest, now: int) -> Node:
        """Who calls at the instant `now`. NotAuthenticatedError, ForbiddenError."""
        if self._site.trust is not self._trust:
            self._trust = self._site.trust
            self._known.clear()
        token = request.headers.get("Authorization")
        if token is not None:
            return self._once(token, now, lambda: self._by_token(token, now))
        certificate, shown = self._certificate(request, now), request.headers.get(CREDENTIAL, "")
        return self._once((certificate, shown), now, lambda: self._by_certificate(certificate, shown, now))

    def _once(self, key: Hashable, now: int, judge: Callable[[], Node]) -> Node:
        known = self._known.get(key)
        if known is not None and now < known.until:
            return known
        node = judge()
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = node
        return node

    def _by_token(self, text: str, now: int) -> Node:
        if not text.startswith(SCHEME):
            raise NotAuthenticatedError("node_needed", "Authorization: DPR …")
        try:
            opened = documents.open(decoded(text[len(SCHEME) :]), self._trust, expected_kind=documents.TOKEN)
        except DocumentError as error:
            raise NotAuthenticatedError(error.code, error.detail) from None
        skew = self._site.policy.clock_skew_seconds
        code = token_fault(opened.value, origins=self._origins, now=now, skew_seconds=skew)
        if code:
            raise NotAuthenticatedError(code)
        if opened.signer is None:
            raise NotAuthenticatedError("node_needed")
        return self._judged(opened.signer, now, opened.value.valid_until + skew)

    def _certificate(self, request: web.BaseRequest, now: int) -> bytes:
        """The caller's certificate (DER), in force."""
        secured = request.transport.get_extra_info("ssl_object") if request.transport else None
        found = secured.getpeercert(binary_form=True) if isinstance(secured, ssl.SSLObject) else None
        if not found or self._certificates is None:
            raise NotAuthenticatedError("node_needed", "Authorization: DPR …, or a client certificate")
        self._certificates.require_valid(found, datetime.fromtimestamp(now, UTC))
        return found

    def _by_certificate(self, certificate: bytes, shown: str, now: int) -> Node:
        if not shown:
            raise NotAuthenticatedError("node_needed", CREDENTIAL)
        try:
            chain = documents.open_credential(decoded(shown), self._trust)
            key = PublicKey(x509.load_der_x509_certificate(certificate).public_key())  # type: ignore[arg-type]
        except DocumentError as error:
            raise NotAuthenticatedError(error.code, error.detail) from None
        except (ValueError, UnsupportedAlgorithm):
            raise NotAuthenticatedError("key_unsupported") from None
        if chain.credential.holder.role not in NODES:
            raise NotAuthenticatedError("chain_role")
        if key != chain.credential.key:
            raise ForbiddenError("certificate_key_differs")
        return self._judged(chain, now, now + _REMEMBERED_SECONDS)

    def _judged(self, chain: Chain, now: int, until: int) -> Node:
        code = standing_fault(chain, self._trust, self._site.policy, now)
        if code:
            raise ForbiddenError(code, f"credential {chain.credential.id}")
        credential = chain.credential
        return Node(credential.key.thumbprint, queues_of(credential), min(until, now + _REMEMBERED_SECONDS))


_CODES = {
    Standing.GOOD: None,
    Standing.REVOKED: "node_revoked",
    Standing.SUSPENDED: "node_suspended",
    Standing.NOT_IN_FORCE: "node_not_in_force",
}


def standing_fault(chain: Chain, trust: Trust, policy: Policy, now: int) -> str | None:
    """`node_revoked`, `node_suspended`, `node_not_in_force` for a node that may not act at the instant `now`; what could not be
    renewed has the same grace as in a verdict."""
    return _CODES[in_force.standing(chain, trust, policy, max(now, trust.floor))]


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding. NotAuthenticatedError `node_text`."""
    if len(text) > _MOST_TEXT:
        raise NotAuthenticatedError("node_text", f"more than {_MOST_TEXT} characters")
    try:
        if not text.isascii() or "=" in text:
            raise ValueError
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise NotAuthenticatedError("node_text", "base64url without padding") from None
