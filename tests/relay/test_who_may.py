"""Which node may call: by its token, or by its certificate; and who is told what."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from dpr.core import documents
from dpr.core.credential import Holder, Role
from dpr.core.mail import api
from dpr.core.status import Status
from tests.mail_world import MailWorld
from tests.relay.refused import all_give, keep, site_file
from tests.relay.rig import CONFIG, Rig, authorization
from tests.signer.certificates import Authority
from tests.world import DAY, PHARMACIES, signer, status_uri

MTLS = CONFIG + '[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\ncrl = "crl.pem"\n'


def own_token(world: MailWorld, holder: Holder) -> bytes:
    """A token under a credential that is not a node's."""
    value = documents.read_claims(documents.TOKEN, documents.split(world.token())[1])
    from tests.mail_world import RELAYS

    credential = world.credential(holder, world.relay, 30, issuer=RELAYS)
    return documents.sign(documents.TOKEN, value, world.relay, credential=credential)


def status_file(issuer: str) -> str:
    return f"status/{documents.name_of(issuer, status_uri(issuer))}.cbor"


def client(authority: Authority, certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.path))
    context.load_cert_chain(*certificate)
    return context


async def test_who_is_not_known_gets_nowhere(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        world = rig.world
        await all_give(rig, 401, "node_needed", auth=None)
        await all_give(rig, 401, "node_needed", auth="Bearer abc")
        for text in ("DPR ===", "DPR å", "DPR a", "DPR " + "A" * 9000, "DPR YQ=="):
            await all_give(rig, 401, "node_text", auth=text)
        await all_give(rig, 401, "token_audience", auth=rig.node(origin="https://relay-b.test"))
        await all_give(rig, 401, "token_expired", auth=authorization(world.token(issued_at=world.now - 700)))
        await all_give(rig, 401, "token_early", auth=authorization(world.token(issued_at=world.now + 400)))
        token = world.token()
        await all_give(rig, 401, "signature_invalid", auth=authorization(token[:-1] + bytes([token[-1] ^ 1])))
        await all_give(rig, 401, "document_kind", auth=authorization(world.prescription_document()))
        await all_give(rig, 401, "chain_issuer_unknown", auth=authorization(MailWorld(care=signer("evil")).token()))
        await all_give(rig, 401, "chain_role", auth=authorization(own_token(world, Holder(role=Role.RELAY, name="R"))))
        assert "Authorization" not in rig.text() and rig.node()[4:40] not in rig.text()


async def test_a_node_that_may_not_act_is_told_why(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        world = rig.world
        site_file(
            rig, status_file(PHARMACIES), world.status_list({2: Status.SUSPENDED}, issuer=PHARMACIES, issued_at=world.now)
        )
        await all_give(rig, 403, "node_suspended")
        site_file(
            rig, status_file(PHARMACIES), world.status_list({2: Status.REVOKED}, issuer=PHARMACIES, issued_at=world.now + 1)
        )
        await all_give(rig, 403, "node_revoked")
        assert (await rig.submit(world.sealed())).status == 201, "the other node may still send"


async def test_a_node_is_revoked_from_the_instant_that_its_issuer_says(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        since = rig.world.now + 60
        name = documents.name_of(PHARMACIES, status_uri(PHARMACIES))
        site_file(rig, f"revocations/{name}.cbor", rig.world.revocations({2: since}, issuer=PHARMACIES))
        auth = rig.pharmacy()
        assert (await rig.poll(auth=auth)).status == 200
        rig.clock_seconds = since
        assert (await rig.poll(auth=auth)).code == "node_revoked"


async def test_a_credential_that_is_over_has_a_grace_while_nobody_could_renew_it_and_then_none(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        rig.clock_seconds += 60 * DAY + 10
        assert (await rig.poll()).status == 200
        rig.clock_seconds += 60 * DAY
        await all_give(rig, 403, "node_not_in_force")


async def test_another_nodes_queue_is_not_read(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        for answer in (await rig.poll(auth=rig.node()), await rig.acknowledge(api.Acks(), auth=rig.node())):
            assert (answer.status, answer.code) == (403, "queue_of_another")
        keep(rig)


async def test_a_client_certificate_with_the_nodes_own_key_is_as_good_as_a_token(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    world = MailWorld()
    key = world.pharmacy._private_key
    revoked = authority.issue("revoked", key=key, cn="x")  # type: ignore[arg-type]
    authority.revoke(authority.last)
    own, others = authority.issue("own", key=key, cn="x"), authority.issue("others", cn="x")  # type: ignore[arg-type]
    shown = {"DPR-Credential": authorization(world.pharmacy_credential())[4:]}
    async with Rig(tmp_path, config=MTLS) as rig:
        plain = ssl.create_default_context(cafile=str(authority.path))
        good = {"auth": None, "tls": client(authority, own), "headers": shown}
        assert (await rig.poll(**good)).status == 200
        assert (await rig.submit(world.sealed(), **good)).status == 201
        assert (await rig.poll(tls=plain)).status == 200, "a token needs no certificate"
        await all_give(rig, 401, "node_needed", auth=None, tls=plain, headers=shown)
        await all_give(rig, 401, "node_needed", auth=None, tls=client(authority, own))
        await all_give(rig, 403, "certificate_key_differs", auth=None, tls=client(authority, others), headers=shown)
        await all_give(rig, 403, "certificate_revoked", auth=None, tls=client(authority, revoked), headers=shown)
        wrong = {"DPR-Credential": authorization(world.relay_credential())[4:]}
        await all_give(rig, 401, "chain_role", auth=None, tls=client(authority, own), headers=wrong)
        rig.clock_seconds += 80 * 365 * DAY
        await all_give(rig, 403, "certificate_expired", auth=None, tls=client(authority, own), headers=shown)


async def test_a_certificate_whose_authority_lists_none_is_refused(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    authority.issue("server")
    authority.revoke()
    world = MailWorld()
    stranger = other.issue("stranger", key=world.pharmacy._private_key, cn="x")  # type: ignore[arg-type]
    authority.path.write_bytes(authority.path.read_bytes() + other.path.read_bytes())
    shown = {"DPR-Credential": authorization(world.pharmacy_credential())[4:]}
    async with Rig(tmp_path, config=MTLS) as rig:
        await all_give(rig, 403, "certificate_not_listed", auth=None, tls=client(authority, stranger), headers=shown)


async def test_where_every_connection_needs_a_certificate_a_token_alone_does_not_get_in(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    authority.revoke()
    some = client(authority, authority.issue("some", cn="x"))
    async with Rig(tmp_path, config=MTLS + 'clients = "required"\n') as rig:
        plain = ssl.create_default_context(cafile=str(authority.path))
        with pytest.raises(aiohttp.ClientError):
            await rig.poll(tls=plain)
        assert (await rig.poll(tls=some)).status == 200, "the connection has a certificate, and the node its token"


async def test_a_renewed_certificate_is_taken_into_use_without_a_restart(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    authority.revoke()
    plain = ssl.create_default_context(cafile=str(authority.path))
    async with Rig(tmp_path, config=MTLS) as rig:
        assert (await rig.poll(tls=plain)).status == 200
        other = Authority(tmp_path, "other")
        other.issue("server")
        renewed = ssl.create_default_context(cafile=str(other.path))
        async with asyncio.timeout(8):
            while True:
                try:
                    assert (await rig.call("GET", "/v1", auth=None, tls=renewed)).status == 200
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.2)
