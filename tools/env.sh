#!/bin/sh
# Brings .venv up to date: `sh tools/env.sh` for the course, `sh tools/env.sh
# test` for the tests as well, `sh tools/env.sh docs` for the book. Does
# nothing, and needs no network, when .venv already holds what pyproject.toml
# and constraints.txt ask for.
set -eu
cd "$(dirname "$0")/.."
extra=${1:+[$1]}
py=.venv/bin/python
stamp=.venv/installed$extra

# What was installed, and where: an edited pin or a moved folder is noticed.
wanted() { pwd; cat pyproject.toml constraints.txt; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }
say() { echo "toydiff: $*" >&2; }

# .venv is kept unless it is broken, moved or made by another Python than PYTHON.
keep=no
if [ -x $py ] && $py -m pip --version >/dev/null 2>&1 \
        && [ "$(pwd)" = "$(cat .venv/made-in 2>/dev/null)" ]; then
    if [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON" 2>/dev/null)" = "$(version $py)" ]; then
        keep=yes
    fi
fi
if [ $keep = yes ] && wanted | cmp -s - "$stamp"; then
    exit 0
fi

if [ $keep = no ]; then
    python=${PYTHON:-python3}
    if ! found=$(version "$python" 2>/dev/null); then
        say "'$python' is not a Python that runs here. Install Python 3.11 or newer, or name one: PYTHON=python3.12 make lab"
        exit 1
    fi
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "needs Python 3.11 or newer, but '$python' is Python $found. Name another: PYTHON=python3.12 make lab"
        exit 1
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        say "'$python' comes without venv. On Debian or Ubuntu: apt install python$found-venv"
        exit 1
    fi
    say "making .venv with Python $found"
    "$python" -m venv --clear .venv
    pwd > .venv/made-in
fi

# The stamp is written last: an interrupted install is taken up again. Those of
# other extras hold as long as they name the same pins.
rm -f "$stamp"
say "installing the pinned packages (about a minute)"
$py -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".$extra"
wanted > "$stamp"
[ -z "$extra" ] || wanted > .venv/installed
