"""The tables of docs/protocol.md that follow from the source: claims, receipts, states, sizes and limits.

Rules: one function for each table, its name in `TABLES`; the words around the tables are written by hand.

Example: `TABLES["receipts"]()`
"""

from __future__ import annotations

from collections.abc import Callable

from dpr.core.codes import CODES, address_book, mail
from dpr.core.mail import api, carriage, mail_key, message, sealing, token
from dpr.core.mail.address_book import ADDRESS_BOOK, ADDRESS_BOOK_CONTENT, ENTRY
from dpr.core.mail.mail_key import MAIL_KEY
from dpr.core.mail.message import MESSAGE
from dpr.core.mail.receipt import RECEIPT, RULES
from dpr.core.mail.sealing import BUCKETS, OUTER
from dpr.core.mail.token import TOKEN
from scripts.format_records import records


def receipts() -> str:
    """Every type: what it means, who signs it, what it has."""
    rows = ["| type | it says | signed by | has | may have |\n|---|---|---|---|---|"]
    for kind, rule in RULES.items():
        by = "the recipient" if rule.by_recipient else "the relay"
        has, may = (", ".join(f"`{name}`" for name in sorted(names)) for names in (rule.needs, rule.may))
        rows.append(f"| **{kind.name}** | {rule.meaning} | {by} | {has} | {may} |")
    return "\n".join(rows)


def states() -> str:
    """Every state, by precedence, with what it rests on."""
    rows = ["| | state | rests on | over |\n|---|---|---|---|"]
    for number, (state, rests_on, _) in enumerate(carriage.PRECEDENCE, 1):
        rows.append(f"| {number} | `{state.value}` | {rests_on} | {'yes' if state.over else ''} |")
    return "\n".join(rows)


def buckets() -> str:
    """What a message of a bucket weighs."""
    rows = ["| bucket | padded plaintext | largest signed message | ciphertext |\n|---|---|---|---|"]
    for number, size in enumerate(BUCKETS):
        rows.append(f"| {number} | {size} | {size - sealing.LENGTH_BYTES} | {size + sealing.OVERHEAD_BYTES} |")
    return "\n".join(rows)


#: what, value, unit, code
LIMITS: tuple[tuple[str, int, str, str], ...] = (
    ("life of a message", message.MAX_LIFE_SECONDS, "s", "mail_times"),
    ("documents in a message", message.MESSAGE_CONTENT.fields[2].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("signed message", sealing.MAX_MESSAGE_BYTES, "bytes", "mail_too_large"),
    ("sealed message", sealing.MAX_SEALED_BYTES, "bytes", "mail_too_large"),
    ("outer header", sealing.MAX_OUTER_BYTES, "bytes", "mail_header"),
    ("keys in a mail key", mail_key.MAIL_KEY_CONTENT.fields[2].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("life of a token", token.MAX_TOKEN_SECONDS, "s", "mail_times"),
    ("body of the API", api.MAX_ANSWER_BYTES, "bytes", "mail_too_large"),
    ("messages in an answer to a poll", api.MAX_MESSAGES, "", "list_length"),
    ("R1s, or ended messages, in an answer to a poll", api.MAX_CHAIN, "", "list_length"),
    ("digests in an acknowledgement", api.MAX_ACKS, "", "list_length"),
    ("receipts in an acknowledgement", 2 * api.MAX_ACKS, "", "list_length"),
    ("entries of an address book", ADDRESS_BOOK_CONTENT.fields[3].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("endpoints of an entry", ENTRY.fields[4].type.high, "", "list_length"),  # type: ignore[attr-defined]
)


def limits() -> str:
    """Every limit that is not in a table of claims."""
    rows = [f"| {what} | {value} | {unit} | `{code}` |" for what, value, unit, code in LIMITS]
    return "\n".join(["| limit | value | unit | code |\n|---|---|---|---|", *rows])


def codes() -> str:
    """The codes of what travels, with their English words."""
    rows = [f"| `{code}` | {CODES[code].en} |" for code in (*mail.TABLE, *address_book.TABLE) if "_file_" not in code]
    return "\n".join(["| code | |\n|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "message": lambda: records(MESSAGE, "message"),
    "outer": lambda: records(OUTER, "outer header"),
    "buckets": buckets,
    "mail_key": lambda: records(MAIL_KEY, "mail key"),
    "token": lambda: records(TOKEN, "token"),
    "inbox_answer": lambda: records(api.INBOX_ANSWER, "inbox answer"),
    "acks": lambda: records(api.ACKS, "acks"),
    "bodies_receipts": lambda: records(api.RECEIPTS, "receipts"),
    "receipts": receipts,
    "receipt": lambda: records(RECEIPT, "receipt"),
    "states": states,
    "address_book": lambda: records(ADDRESS_BOOK, "address book"),
    "limits": limits,
    "codes": codes,
}
