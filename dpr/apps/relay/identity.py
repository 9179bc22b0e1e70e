"""Who this relay is: its key and credential, and for which queues it may speak.

Rules: a relay's key speaks for every queue; a pharmacy's or another node's for its own alone: that is direct delivery. What
cannot be used is named before anything listens.

Example: `Identity.open(settings, site).stamp(content, now)`
"""

from __future__ import annotations

from typing import NamedTuple

from dpr.apps.compose import read_credential, refuse_demo_key
from dpr.apps.relay.config import Settings
from dpr.apps.relay.nodes import standing_fault
from dpr.apps.serving.site import HeldSite
from dpr.apps.signers import open_signer, shown
from dpr.core import documents
from dpr.core.credential import Role
from dpr.core.errors import DocumentError, SetupError
from dpr.core.kinds import NODES
from dpr.core.mail.queue import queues_of
from dpr.core.mail.stamp import Stamp
from dpr.core.trust import Chain
from dpr.core.trust_list import Environment
from dpr.ports import Signer


class Identity(NamedTuple):
    """`queues`: those that it may take messages for, None for all; `stamp`: signs its receipts."""

    chain: Chain
    environment: Environment
    queues: tuple[str, ...] | None
    stamp: Stamp

    @classmethod
    def open(cls, settings: Settings, site: HeldSite) -> Identity:
        """From the files that the settings name. SetupError `relay_key_differs`, `relay_role`, `relay_not_trusted`, and as
        open_signer and read_credential."""
        signer = open_signer(settings.key, where=settings.path("."))
        refuse_demo_key(signer.key, site.policy, shown(settings.key, where=settings.path(".")))
        return cls.of(signer, read_credential(settings.path(settings.credential)), site)

    @classmethod
    def of(cls, signer: Signer, credential: bytes, site: HeldSite) -> Identity:
        """Of a key and its credential. As `open`."""
        if site.trust.anchor is None:
            raise SetupError("trust_not_set_up")
        try:
            chain = documents.open_credential(credential, site.trust)
        except DocumentError as error:
            raise SetupError("relay_not_trusted", error.code) from None
        if chain.credential.key != signer.key:
            raise SetupError("relay_key_differs")
        role = chain.credential.holder.role
        if role is not Role.RELAY and role not in NODES:
            raise SetupError("relay_role", role.name.lower())
        queues = None if role is Role.RELAY else queues_of(chain.credential)
        return cls(chain, site.trust.anchor.environment, queues, Stamp(signer, credential))

    @property
    def name(self) -> tuple[str, str]:
        """Its issuer, and its name there: what its receipts are told apart by."""
        return self.chain.credential.issuer, self.chain.credential.holder.name

    def fault(self, site: HeldSite, now: int) -> str | None:
        """The code of why what it signs would not be believed at the instant `now`, or None."""
        return standing_fault(self.chain, site.trust, site.policy, now)
