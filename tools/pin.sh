#!/bin/sh
# Writes constraints.txt anew: the exact version of every package that the
# course, its tests and its book need, for Python 3.11 or newer on Linux, macOS, Windows.
# Needs uv. Afterwards bring the pins of environment.yml in line; a test tells.
#   sh tools/pin.sh          newest versions, torch as it is pinned now
#   TORCH=2.14.0 sh tools/pin.sh
set -eu
cd "$(dirname "$0")/.."
TORCH=${TORCH:-$(sed -n 's/^torch==//p' constraints.txt)}

new=$(mktemp)
trap 'rm -f "$new" "$new.torch" "$new.all"' EXIT
echo "torch==$TORCH" > "$new.torch"
uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --extra test --extra docs --constraint "$new.torch" --no-annotate --no-header \
    pyproject.toml > "$new.all"

# The CUDA packages that torch from PyPI pulls in on Linux follow torch's own
# pins and are not wanted by the CPU build. Markers are cut to what matters here.
{
    cat <<'HEAD'
# Exact versions of everything, run, test and book, for Python 3.11 or newer on
# Linux, macOS and Windows: pip install -c constraints.txt -e .
# Made by `sh tools/pin.sh` (uv pip compile --universal), not by hand. CUDA
# packages are left out on purpose: torch pins its own where it needs them.
HEAD
    sed -E -e '/^(nvidia|cuda|triton|httpx2-jsfetch)/d' \
        -e "s/sys_platform != '(emscripten|android|cygwin)'( and )?//g" \
        -e "s/ ; platform_machine.*//" \
        -e "s/ and *$//; s/ ; *$//" "$new.all"
} > "$new"
cat "$new" > constraints.txt
