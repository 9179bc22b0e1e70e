"""A pharmacy's system is told of each prescription that comes over the relays, as it comes (docs/howto-send.md).

It needs nothing of dpr but the command, so it can be written in any language. Run: python pharmacy_system.py SITE
"""

import json
import subprocess
import sys


def follow(site: str) -> None:
    """Reads one JSON object a line: when a message comes, and again when it has been answered."""
    with subprocess.Popen(["dpr", "--site", site, "inbox", "--follow", "--json"], stdout=subprocess.PIPE, text=True) as inbox:
        assert inbox.stdout is not None
        for line in inbox.stdout:
            message = json.loads(line)
            if message["outcome"] == "ACCEPTED":
                for prescription in message["prescriptions"]:
                    print(f"new from {message['sender']}: dpr --site {site} status {prescription[:12]}", flush=True)


if __name__ == "__main__":
    follow(sys.argv[1])
