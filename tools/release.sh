#!/bin/sh
# Builds source distribution and wheel into dist/, and tries each as a stranger would: what PyPI shows of it, an install
# into an environment of its own, the program's help, a training of a few steps, points drawn from what was trained.
#   sh tools/release.sh            with python3; PYTHON=python3.13 sh tools/release.sh with another
#   sh tools/release.sh v0.1.0     first looks whether this tag is the version of pyproject.toml
set -eu
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
if [ "${1:-v$version}" != "v$version" ]; then
    echo "release: the tag is $1, pyproject.toml says $version" >&2
    exit 1
fi
grep -q "^## \($version\|\[$version\]\|Unreleased\)" CHANGELOG.md || { echo "release: CHANGELOG.md is silent" >&2; exit 1; }

"${PYTHON:-python3}" -m venv "$place/tools"
"$place/tools/bin/pip" install --quiet --disable-pip-version-check build twine
rm -rf dist
"$place/tools/bin/python" -m build --quiet --outdir dist .
"$place/tools/bin/twine" check --strict dist/*

for made in dist/*.whl dist/*.tar.gz; do
    echo "release: trying $made"
    "${PYTHON:-python3}" -m venv --clear "$place/try"
    "$place/try/bin/pip" install --quiet --disable-pip-version-check -c constraints.txt "$made"
    (
        cd "$place"    # where no source lies
        try/bin/python -m toydiff --help > /dev/null
        try/bin/toydiff train --steps 20 --hidden 8 --timesteps 6 --checkpoint tiny.pt
        try/bin/toydiff sample --checkpoint tiny.pt -n 100 --output points.npy
        rm tiny.pt points.npy
    )
done
ls -l dist
