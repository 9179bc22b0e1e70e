"""What the targets judge against: one small world with everything genuine in it, made once.

Example: `SITE.trust`
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from random import Random

from dpr.core import cbor, cose, documents, key_request
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from dpr.core.trust import Trust
from tests.fuzz.target import vectors
from tests.world import NOW, PHARMACIES, PHARMACIST, PHARMACY, VETERINARIAN, VETS, World, signer

Frame = tuple[bytes, bytes]


class Site:
    """Genuine documents of every kind, and whatever is needed to judge them."""

    def __init__(self) -> None:
        self.world = World()
        self.now = datetime.fromtimestamp(NOW, UTC)
        self.key = signer("fuzz sign1")
        self.keys: tuple[PublicKey, ...] = (self.key.key, signer("fuzz sign1", "EdDSA").key)
        self.payload = b"the one payload that was signed"
        self.aad = b"external"

    @cached_property
    def trust(self) -> Trust:
        return self.world.trust()

    @cached_property
    def sign1(self) -> bytes:
        return cose.sign1(self.payload, self.key, protected={cose.TYP: "test"}, external_aad=self.aad)

    @cached_property
    def sign(self) -> bytes:
        """A COSE_Sign of both keys."""
        body, signatures = b"\xa0", []
        for one in (self.key, signer("fuzz sign1", "EdDSA")):
            header = cose.protected_header(one.key, {})
            signatures.append((header, one.sign(cose.to_be_signed(body, header, self.payload))))
        return cose.assemble(body, self.payload, signatures)

    @cached_property
    def trust_list(self) -> bytes:
        return self.world.trust_list()

    @cached_property
    def signed_lists(self) -> frozenset[bytes]:
        """The payload of every trust list that the authority signed."""
        return frozenset(cbor.decode(one).value[2] for one in (self.trust_list, *vectors("trust_list", accepted=True)))

    @cached_property
    def credentials(self) -> tuple[bytes, ...]:
        animal = self.world.credential(VETERINARIAN, signer("veterinarian"), 3)
        return self.world.credential(), self.world.pharmacist_credential(), self.world.pharmacy_credential(), animal

    @cached_property
    def status_lists(self) -> tuple[bytes, ...]:
        return self.world.status_list(), self.world.status_list(issuer=PHARMACIES), self.world.status_list(issuer=VETS)

    @cached_property
    def prescriptions(self) -> tuple[bytes, ...]:
        return self.world.prescription_document(), self.world.prescription_document(embedded=False)

    @cached_property
    def request(self) -> bytes:
        return key_request.make(self.key)

    @cached_property
    def genuine(self) -> dict[Frame, bytes]:
        """(protected header, payload) → document, for every document that may ever be opened."""
        # What a vector's own site refuses may be in order here: tests/core/test_vectors.py judges that.
        others = [one for one in vectors("credential") if self._opens(one)]
        all_of_them = (*self.prescriptions, *self.credentials, *self.status_lists, *others)
        return {documents.split(one)[:2]: one for one in all_of_them}

    def _opens(self, data: bytes) -> bool:
        try:
            return documents.open(data, self.trust) is not None
        except DocumentError:
            return False


SITE = Site()
HOLDERS = (PHARMACIST, PHARMACY)


def spliced(parts: tuple[bytes, ...], data: bytes, random: Random) -> bytes:
    """The head of one genuine document and the tail of another, or of what is mutated."""
    head, tail = random.choice((*parts, data)), random.choice((*parts, data))
    return head[: random.randrange(len(head) + 1)] + tail[random.randrange(len(tail) + 1) :]
