# SPDX-License-Identifier: Apache-2.0
# A Debian archive of our own on disk, so that packages need no network.

# archive_package NAME VERSION [control line...]: packs what stands in
# $ARCHIVE_TREE and empties it.
archive_package() {
	local name=$1 version=$2
	shift 2
	mkdir -p "$ARCHIVE_TREE/DEBIAN"
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: amd64\n' "$name" "$version"
		printf 'Maintainer: Nobody <nobody@example.org>\nDescription: a test\n'
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$ARCHIVE_TREE/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$ARCHIVE_TREE" "$ARCHIVE/${name}_${version}_amd64.deb" >/dev/null
	rm -rf "$ARCHIVE_TREE"
	mkdir -p "$ARCHIVE_TREE"
}

archive_start() {
	ARCHIVE=$1/archive
	ARCHIVE_TREE=$1/tree
	ARCHIVE_SOURCE="deb [trusted=yes] copy:$ARCHIVE ./"
	mkdir -p "$ARCHIVE" "$ARCHIVE_TREE"
}

# Writes the index that apt reads.
archive_finish() {
	local deb
	for deb in "$ARCHIVE"/*.deb; do
		dpkg-deb -f "$deb"
		echo "Filename: ./$(basename "$deb")"
		echo "Size: $(stat -c %s "$deb")"
		echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
		echo
	done >"$ARCHIVE/Packages"
}
