"""Sites in folders, relays on real ports, the services and commands as they run: SDK on one side of a gateway, a pharmacy or a
care provider on the other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from dpr.adapters.opening_keys import OpeningKeys
from dpr.adapters.qr_process import read_codes
from dpr.adapters.sdk import content, envelope, kvittens
from dpr.adapters.sdk.carrier import documents_in
from dpr.apps.mailing import Mailing
from dpr.apps.sdk.gateway import deliver_of
from dpr.core import documents
from dpr.core.credential import Holder, Role
from dpr.core.mail import receipts
from dpr.core.mail.address_book import Endpoint, Entry
from dpr.core.mail.carriage import State
from dpr.core.mail.mail_key import MailKey, MailKeyContent
from dpr.core.mail.queue import of_key
from dpr.core.mail.receipt import ReceiptType
from dpr.core.trust_list import Environment
from dpr.flows.post import Node, post
from dpr.ports import Posted
from tests.e2e.cli import Ran, run
from tests.mailing.sites import LABELS, Net
from tests.relay.rig import write_key
from tests.sdk import samples
from tests.sdk.gateway_site import SDK_ADDRESS, SETTINGS
from tests.sdk.gateway_world import FEDERATION
from tests.world import CARE, DAY, signer

GATEWAY = Holder(role=Role.NODE, name="Receptbryggan")


class SdkNet(Net):
    """`gateway`: a site between SDK and the relays. The pharmacy has an SDK address; `listed` is the gateway's own entry."""

    def __init__(self, folder: Path) -> None:
        self._gateway_key = signer("gateway")
        self._listed: Entry | None = None
        super().__init__(folder)
        self.told["gateway"] = []
        self.gateway = self._made("gateway")
        write_key(self.gateway / "keys" / "node.pem", self._gateway_key)
        credential = self.world.credential(GATEWAY, self._gateway_key, 40, issuer=CARE)
        (self.gateway / "keys" / "node.cbor").write_bytes(credential)
        (self.gateway / "policy.toml").write_text('environment = "test"\n')
        (self.gateway / "sdk.toml").write_text(SETTINGS, "utf-8")
        self._listed = self._own_entry(credential)
        care = folder / "care" / "policy.toml"
        care.write_text(care.read_text() + f'mail_gateways = ["{self.queue}"]\n')
        for name in ("care", "pharmacy", "gateway"):
            (folder / name / "address-book.cbor").write_bytes(self.address_book())

    @property
    def queue(self) -> str:
        return of_key(self._gateway_key.key.thumbprint)

    def address_book(self) -> bytes:
        value = documents.open_address_book(super().address_book(), self.world.root_value())
        (entry,) = value.content.entries
        mine = (self._listed,) if self._listed else ()
        content = msgspec.structs.replace(value.content, entries=(msgspec.structs.replace(entry, sdk=SDK_ADDRESS), *mine))
        return documents.sign_by_many(
            documents.ADDRESS_BOOK, msgspec.structs.replace(value, content=content), [self.world.online]
        )

    def _own_entry(self, credential: bytes) -> Entry:
        keys = OpeningKeys.create(self.gateway / "keys" / "mail.pem", now=self.world.now)
        content = MailKeyContent(queue=self.queue, environment=Environment.TEST, keys=tuple(keys.keys))
        key = MailKey(valid_until=self.world.now + 300 * DAY, issued_at=self.world.now - DAY, content=content)
        return Entry(
            queue=self.queue,
            name="Apoteket Ripan (via SDK)",
            place="Luleå",
            organisation="Apotekskedjan Test",
            endpoints=tuple(Endpoint(url=self.origin(label), network="internet") for label in LABELS),
            mail_key=documents.sign(documents.MAIL_KEY, key, self._gateway_key, credential=credential),
            sdk=msgspec.structs.replace(SDK_ADDRESS, functional="sdk.apoteket.ripan"),
        )

    def mailing(self, name: str) -> Mailing:
        site = self.site(name)
        return Mailing(site, tell=self.told[name].append, deliver=deliver_of(site))

    async def command(self, *words: str) -> Ran:
        return await asyncio.to_thread(run, "--lang", "en", "--site", self.gateway, "sdk", *words)

    def served(self) -> bool:
        """Does the gateway's service run? It makes mail.db: two threads of one process cannot do so at once."""
        return (self.gateway / "mail-status.json").exists()

    def files(self) -> list[Path]:
        return sorted((self.gateway / "to-sdk").glob("*.xml"))

    async def until_written(self, command: str = "out") -> Path:
        """The one file to SDK, once a run has written it."""
        async with asyncio.timeout(20):
            while not self.files():
                assert (await self.command(command)).code == 0
                await asyncio.sleep(0.1)
        (path,) = self.files()
        return path

    def put(self, name: str, data: bytes) -> None:
        (self.gateway / "from-sdk").mkdir(exist_ok=True)
        (self.gateway / "from-sdk" / name).write_bytes(data)

    def send_to_gateway(self, document: bytes) -> Ran:
        path = self.gateway.parent / "rx.cbor"
        path.write_bytes(document)
        return run("--lang", "en", "--site", self.site("care").folder, "send", path, "--to", self.queue, "--seconds", "1")

    def post_to_gateway(self, document: bytes) -> Posted:
        site = self.site("care")
        node, book = site.node(), site.address_book()
        entry = next(one for one in book.content.entries if one.queue == self.queue)
        with self.mail("care") as mail:
            return post(
                [document], entry, node=Node(node.signer, node.credential), outbox=mail.outbox, trust=site.trust(),
                policy=site.policy, now=int(site.now().timestamp()), life_seconds=3600, new_id=bytes(16),
            )  # fmt: skip


async def test_a_region_with_sdk_reaches_a_pharmacy_on_the_relays_and_gets_its_receipt(tmp_path: Path) -> None:
    async with SdkNet(tmp_path) as net, net.running("gateway", "pharmacy"):
        await net.until(net.served)
        document = net.world.prescription_document()
        value = samples.message(samples.pdf_of(net.world, document), created=net.world.now)
        net.put("m.xml", samples.message_file(value, federation=FEDERATION))
        assert (await net.command("in")).code == 0
        path = await net.until_written()
        receipt = kvittens.read(envelope.read(path.read_bytes()))
        assert (receipt.accepted, receipt.refers_to) == (True, samples.MESSAGE_ID)
        with net.site("pharmacy").ledger() as ledger:
            [seen] = ledger.prescriptions()
        assert (seen.path, seen.document) == ("relay", document)
        assert (await net.command("status")).out == "Nothing waits for an answer.\n"
    assert [one for one in net.told["gateway"] if one.what == "alarm"] == []


async def test_a_care_provider_on_the_relays_reaches_a_pharmacy_in_sdk_and_gets_an_answer(tmp_path: Path) -> None:
    async with SdkNet(tmp_path) as net, net.running("care", "gateway"):
        await net.until(net.served)
        document = net.world.prescription_document()
        posted = net.post_to_gateway(document)
        shown = await asyncio.to_thread(run, "--lang", "en", "--site", net.site("care").folder, "book", "show", net.queue)
        assert shown.code == 0 and f": {GATEWAY.name}, vouched for by" in shown.out
        sent_again = await asyncio.to_thread(net.send_to_gateway, document)
        assert f"  Can be opened by the gateway to SDK: {GATEWAY.name}" in sent_again.out.splitlines()
        await net.until(lambda: bool(net.files()))
        (path,) = net.files()
        found = envelope.read(path.read_bytes())
        sent = content.read(found)
        assert sent.recipient.function == "sdk.apoteket.ripan"
        assert documents_in(sent.attachments, read_codes) == (document,)
        answer = samples.receipt(refers_to=found.id, sender=found.recipient, recipient=found.sender, issued_at=net.world.now)
        net.put("k.xml", samples.receipt_file(answer, federation=FEDERATION))
        ran = await net.command("in")
        assert (ran.code, ran.out.splitlines()[-1]) == (0, "Receipts to SDK: 0. Answers to senders: 1.")
        await net.until(lambda: net.state(posted) is State.ACCEPTED, seconds=40)
        with net.mail("care") as mail:
            held = [receipts.read(data, net.world.trust()) for _, data in mail.outbox.receipts(posted.message_id)]
        (r4,) = {one.document: one for one in held if one.content.type is ReceiptType.R4}.values()
        assert r4.content.code == "sdk_accepted"
        assert r4.signer.credential.holder.name == GATEWAY.name
