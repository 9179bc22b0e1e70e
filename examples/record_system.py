"""A record system sends a signed prescription to a pharmacy, and learns what the pharmacy answered (docs/howto-send.md).

Run: python record_system.py SITE rx.cbor "Lärkan Umeå"
"""

import sys
from pathlib import Path

from dpr.adapters import files
from dpr.apps import addressing, mail_view, sending
from dpr.apps.compose import SiteFolder
from dpr.core.codes import words
from dpr.core.errors import DprError
from dpr.core.mail.carriage import State


def send(folder: Path, document: bytes, to: str) -> State:
    """What became of the document. Raises DprError, with a code and words for it (docs/codes.md)."""
    site = SiteFolder(folder)
    pharmacy = addressing.the_one(addressing.fitting(site.address_book(), to))  # one, or an error: never a guess
    with sending.mail_db(site) as mail:
        posted = sending.send(site, mail.outbox, [document], pharmacy)  # sealed and durable: it may be lost no more
        print(posted.message_id.hex(), addressing.line(pharmacy))
        return sending.follow(
            site, mail.outbox, posted.message_id, seconds=60,
            enough=lambda now: now.state.over,
            tell=lambda now: print(mail_view.state_words(now, "en")),
        ).state  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python record_system.py SITE rx.cbor PHARMACY")
    try:
        sys.exit(send(Path(sys.argv[1]), files.read(Path(sys.argv[2]), limit=100_000), sys.argv[3]) is not State.ACCEPTED)
    except DprError as error:
        sys.exit(f"{words(error.code).en} [{error.code}] {error.detail}")
