"""SDK (Säker digital kommunikation): our messages as SDK's, and SDK's as ours (docs/sdk.md).

Rules: what is here reads and writes XML that a message service (meddelandetjänst) has unsealed or will seal; it holds no key
and knows no network. What comes from outside is refused for the first thing that is wrong, by a code that has a place in
SDK's own receipt (`reasons`). A prescription's bytes travel unchanged.

Example: `envelope.read(data)`, `content.read(read.payload)`, `carrier.documents_in(message.attachments)`
"""
