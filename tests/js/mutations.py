"""Small damage to bytes and to QR texts, from a seeded generator."""

import random

HEADS = bytes.fromhex("0018191b385f7f9fbfff80a0c2d2d8f4f5f6f7f9fb")


def damage(data: bytes, choose: random.Random) -> bytes:
    """One or two changes: a bit, a byte, some bytes less or more, a piece of it elsewhere, its end cut off."""
    changed = bytearray(data)
    for _ in range(choose.choice([1, 1, 1, 2])):
        at = choose.randrange(len(changed) + 1)
        kind = choose.randrange(7)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << choose.randrange(8)
        elif kind == 1 and at < len(changed):
            changed[at] = choose.choice(HEADS)
        elif kind == 2:
            del changed[at : at + choose.randrange(1, 4)]
        elif kind == 3:
            changed[at:at] = choose.randbytes(choose.randrange(1, 4))
        elif kind == 4:
            start = choose.randrange(len(changed) + 1)
            changed[at:at] = changed[start : start + choose.randrange(1, 20)]
        elif kind == 5:
            del changed[at:]
        elif at < len(changed):
            changed[at] = choose.randrange(256)
    return bytes(changed)


def damage_text(text: str, choose: random.Random) -> str:
    """The characters changed, or the bytes that the digits mean."""
    digits = "".join(character for character in text if character in "0123456789")[1:]
    if digits and len(digits) <= 4296 and choose.random() < 0.6:
        number = int(digits)
        body = number.to_bytes((number.bit_length() + 7) // 8)
        return f"DPR1{int.from_bytes(body[:1] + damage(body[1:], choose)[:1783])}"
    at = choose.randrange(len(text) + 1)
    put = choose.choice(
        ["", "0", "9", "é", "\u200b", "DPR1", str(choose.randrange(10**9)), text[choose.randrange(len(text) + 1) :]]
    )
    return text[:at] + put + text[at + choose.randrange(4) :]
