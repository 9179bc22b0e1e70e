#!/bin/sh
# Sets up the virtual environment $1, beside it $1-peers (other implementations that tests compare with: tests/peers), and the
# system packages of apt.txt where they are missing and may be installed.
set -eu
venv=$1
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "setup: Python 3.11 or later is needed; set PYTHON to its path" >&2
  exit 1
}

missing=""
for package in $(grep -v '^#' apt.txt); do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "setup: installing$missing"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null ||
      echo "setup: could not install$missing; scanning goes on with zxing-cpp alone" >&2
  else
    echo "setup: missing$missing; install with: sudo apt-get install$missing (scanning goes on with zxing-cpp alone)" >&2
  fi
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "setup: installing Python packages into $venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check -e '.[dev]'

[ -x "$venv-peers/bin/python" ] || "$python" -m venv "$venv-peers"
if "$venv-peers/bin/python" -m pip install -q --disable-pip-version-check -r tests/peers/requirements.txt; then
  touch "$venv/.ready"
else
  # Not ready, so that the next make tries again; everything but the peers' tests works until then.
  echo "setup: could not fill $venv-peers; only tests/core/test_peers.py needs it, and fails without" >&2
fi
