"""What every server of dpr does alike: listening, TLS, bounded requests, work on threads, trust data in memory, an orderly end.

Rules: nothing here knows what is served. Codes that a caller or operator is told come from the server itself (`Terms`).

Example: `async with listening(door, runner.server, certificates) as address: …`
"""
