"""`python -m dpr`, the same as the command `dpr`.

Example: `python -m dpr verify photo.jpg`
"""

from dpr.apps.cli import main

main()
