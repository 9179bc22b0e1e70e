"""How documents travel between nodes: messages, their sealing, receipts, the address book (docs/protocol.md).

Rules: a module for each thing that is signed or sealed, and one table for each thing that can change its state. Nothing here
knows a network, a store or a clock.

Example: `sealing.seal(message, key, outer)`
"""
