"""`python -m tests.relay_faults [SECONDS [FIRST_SEED]]`: what `make soak` runs; `repeat KIND SEED`: a simulated run again."""

import sys

from tests.relay_faults.soak import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
