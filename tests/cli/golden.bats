#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From manifest to root tree, exactly. Each tests/golden/manifests/NAME.yml shows
# one thing, which its first line says; NAME+1.yml and so on are built together
# with it. NAME.list is what golden-listing says of its tar, NAME.sha256 that
# tar's digest. UPDATE_GOLDEN=1 writes both anew, ONLY=NAME looks at one.

load ../lib/kitbuild
load ../lib/images
load ../lib/golden

GOLDEN=$ROOT/tests/golden/manifests

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_golden_images
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$GOLDEN"
}

# The manifests that begin a build; ONLY names one.
names() {
	local name
	for name in *.yml; do
		name=${name%.yml}
		[ "${name%+*}" != "$name" ] || [ "${ONLY:-$name}" != "$name" ] ||
			echo "$name"
	done
}

# Builds NAME.tar, or says why not.
build_golden() {
	local name=$1 more
	mapfile -t more < <(compgen -G "$name+*.yml" | sort)
	"$KITBUILD" -q --offline build --arch amd64 --no-sbom -f tar \
		--output "$BATS_TEST_TMPDIR/$name.tar" "$name.yml" "${more[@]}" ||
		{ echo "$name is not built"; return 1; }
}

# Prints what is not as it was.
check_golden() {
	local name=$1 made=$BATS_TEST_TMPDIR/$1
	sha256sum <"$made.tar" >"$made.sha256"
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp "$made.list" "$made.sha256" .
	fi
	diff -u "$name.list" "$made.list" || return 1
	cmp -s "$name.sha256" "$made.sha256" || {
		echo "$name lists as it did, but its bytes differ"
		return 1
	}
}

@test "every manifest makes the tree that it always made, to the byte" {
	local name bad=0 count=0 built=()
	for name in $(names); do
		count=$((count + 1))
		if build_golden "$name" 2>&1; then
			built+=("$name")
		else
			bad=$((bad + 1))
		fi
	done
	[ "$count" -gt 0 ]
	(cd "$BATS_TEST_TMPDIR" &&
		"$ROOT/tests/lib/golden-listing" "${built[@]/%/.tar}")
	for name in "${built[@]}"; do
		check_golden "$name" || bad=$((bad + 1))
	done
	echo "$bad of $count differ"
	[ "$bad" -eq 0 ]
}

@test "there is no listing without its manifest" {
	local file
	for file in *.list *.sha256; do
		[ -f "${file%.*}.yml" ]
	done
}
