#!/bin/sh
# Builds a release into dist/: hack/release.sh v0.1.0. The commit in it is the last one that changed the program, so
# that a commit of the manifest, or of a page, changes no sum.
set -eu
cd "$(dirname "$0")/.."
version=${1:?name the version: make release VERSION=v0.1.0}

# The same compiler gives the same bytes.
GOTOOLCHAIN=go1.26.8
export GOTOOLCHAIN
sources="cmd internal pkg kk.go plugins.yaml testdata/*.json go.mod go.sum LICENSE :!*_test.go :!*/testdata/*"
# shellcheck disable=SC2086 # one word for each path
if [ -n "$(git status --porcelain -- $sources)" ]; then
	echo "release: the sources differ from the last commit; commit first" >&2
	exit 1
fi
# shellcheck disable=SC2086
commit=$(git log -1 --format=%H -- $sources)
rm -rf dist
go run ./hack/release -version "$version" -commit "$commit" -time "$(git log -1 --format=%ct "$commit")" -out dist

# What is in the archive of this machine's platform runs from an empty home, with nothing around it.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
tar -xzf "dist/kubectl-kk_${version}_$(go env GOHOSTOS)_$(go env GOHOSTARCH).tar.gz" -C "$home"
(cd "$home" && env -i HOME="$home" ./kubectl-kk svcpath svc/service-hellok8s-clusterip --demo | grep 'The node agrees with the API' >/dev/null)
(cd "$home" && env -i HOME="$home" ./kubectl-kk version --client | grep "^kubectl-kk *$version\$" >/dev/null)
(cd dist && if command -v sha256sum >/dev/null; then sha256sum -c --quiet checksums.txt; else shasum -a 256 -c -q checksums.txt; fi)
echo "wrote dist/ and krew-manifest.yaml"
