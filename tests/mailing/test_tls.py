"""The client over TLS to a relay: a CA of its own, a certificate in place of a token, and whom it does not trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpr.adapters.mailbox_http import Access, HttpMailboxes
from dpr.apps.compose import Node, SiteFolder
from dpr.apps.mailing import access_of
from dpr.core import documents
from dpr.core.errors import InputError
from dpr.core.mail import receipts
from dpr.core.mail.receipt import ReceiptType
from dpr.ports import MailboxFailed
from tests.relay.rig import Rig, config_at, free_port
from tests.signer.certificates import Authority

TLS = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\ncrl = "crl.pem"\n'


def by_policy(authority: Authority, own: tuple[Path, Path], node: Node) -> Access:
    """What a site's policy makes of the same files."""
    (own[0].parent / "policy.toml").write_text(
        f'mail_ca = "{authority.path.name}"\nmail_certificate = "{own[0].name}"\nmail_certificate_key = "{own[1].name}"\n'
    )
    access = access_of(SiteFolder(own[0].parent), node)
    assert access == Access(node.signer, node.credential, authority.path, *own)
    return access


def test_a_key_without_its_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('mail_certificate_key = "node.key"\n')
    with pytest.raises(InputError, match="policy_invalid"):
        _ = SiteFolder(tmp_path).policy


async def test_a_relay_is_known_by_its_ca_and_a_node_by_token_or_certificate(tmp_path: Path) -> None:
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    rig = Rig(tmp_path, config=config_at(port, TLS).replace("http://127", "https://127"))
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    authority.issue("server")
    authority.revoke()
    own = authority.issue("node", key=rig.world.node._private_key, cn="Journalsystem Norr")
    node = (rig.world.node, rig.world.node_credential())
    who = Node(*node, documents.open_credential(node[1], rig.world.trust()).credential, "key:" + "0" * 32)
    async with rig:
        accesses = (Access(*node, authority.path), Access(*node, authority.path, *own), by_policy(authority, own, who))
        for number, access in enumerate(accesses, 1):
            async with HttpMailboxes(access, clock=lambda: rig.clock_seconds) as relays:
                r1 = await relays.of(origin).submit(rig.world.sealed(rig.world.message_value(number=number)))
            assert receipts.read(r1, rig.world.trust()).content.type is ReceiptType.R1
        for access in (Access(*node, other.path), Access(*node)):
            async with HttpMailboxes(access, clock=lambda: rig.clock_seconds) as relays:
                with pytest.raises(MailboxFailed, match="relay_certificate"):
                    await relays.of(origin).submit(rig.world.sealed())
