"""Where messages go (`dpr-address-book`): for every queue a name, a place, the node's own mail key, and endpoints in order.

Rules: signed by the authority's online key, since it only says where: whom to seal to is in each entry's mail key, which the
node itself has signed. A later version with more in an entry switches nobody off. Endpoints are tried in their order, on
whatever networks they are; the first may be the pharmacy's own node. It is old after its next update, never void.

Example: `book.content.entries[0].endpoints[0].url`
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dpr.core.fields import Enumeration, Field, Fixed, Integer, Record, Text, Understood, instant
from dpr.core.mail.queue import QUEUE
from dpr.core.mail.token import origin_fault
from dpr.core.trust_list import Environment


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One relay, or the recipient's own node. `url`: its origin; `network`: `internet`, `sjunet`, `sgsi` or another name."""

    url: str
    network: str


class SdkAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the recipient is in SDK: organisation identifier and functional address."""

    organisation: str
    functional: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient. `mail_key`: the `dpr-mail-key` document; `organisation`: who runs it, for people."""

    queue: str
    name: str
    place: str
    organisation: str
    endpoints: tuple[Endpoint, ...]
    mail_key: bytes
    sdk: SdkAddress | None = None


class AddressBookContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `version` only grows; `next_update`: instant in seconds."""

    version: int
    environment: Environment
    next_update: int
    entries: tuple[Entry, ...]


class AddressBook(msgspec.Struct, frozen=True, kw_only=True):
    """An address book's claims. `issued_at`: instant in seconds."""

    authority: str
    issued_at: int
    content: AddressBookContent


def address_book_faults(value: AddressBook) -> Iterable[str]:
    """Codes of what spans fields."""
    if value.content.next_update <= value.issued_at:
        yield "address_book_times"
    queues = [one.queue for one in value.content.entries]
    if len(set(queues)) != len(queues):
        yield "address_book_queue_twice"


ENDPOINT = Record(
    Endpoint,
    Field(0, "url", Text(130, origin_fault, "https://relay.example"), "its origin"),
    Field(1, "network", Text(20), "`internet`, `sjunet`, `sgsi`, or another name"),
    extensible=True,
)
SDK_ADDRESS = Record(SdkAddress, Field(0, "organisation", Text(80)), Field(1, "functional", Text(120)), extensible=True)
ENTRY = Record(
    Entry,
    Field(0, "queue", QUEUE),
    Field(1, "name", Text(100)),
    Field(2, "place", Text(60)),
    Field(3, "organisation", Text(100), "who runs it, for people"),
    Field(4, "endpoints", Understood(ENDPOINT, 1, 8, at_least_one=True), "in the order to be tried"),
    Field(5, "mail_key", Fixed(), "a `dpr-mail-key` document"),
    Field(6, "sdk", SDK_ADDRESS),
    extensible=True,
)
ADDRESS_BOOK_CONTENT = Record(
    AddressBookContent,
    Field(0, "version", Integer(1, 2**40), "only grows"),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "next_update", instant),
    Field(3, "entries", Understood(ENTRY, 0, 20_000)),
    extensible=True,
)
#: The claims of a `dpr-address-book`.
ADDRESS_BOOK = Record(
    AddressBook,
    Field(1, "authority", Text(64)),
    Field(6, "issued_at", instant),
    Field(-65537, "content", ADDRESS_BOOK_CONTENT),
)
