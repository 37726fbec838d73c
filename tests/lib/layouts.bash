# SPDX-License-Identifier: Apache-2.0
# Images on this machine, in the working directory, as other tools make them.
#
#   make_layout [NAME [ARCH]]      the folder layout
#   make_docker_archive [NAME [ARCH]]    the file image.tar, test/one:1
#   build_from REFERENCE [OPTION...]     out.tar of a manifest with that image
#   assert_built NAME              it holds /etc/NAME
#   assert_refused STATUS MESSAGE REFERENCE...    and nothing gets a name
#   sources_of                     where the members of out.tar come from

# Made by umoci: the image "fixture", whose one layer holds /etc/NAME.
make_layout() {
	rm -rf layout
	fixture_layout layout "${1:-one}" "${2:-amd64}" >/dev/null
}

make_docker_archive() {
	make_layout "$@"
	rm -f image.tar
	skopeo copy --quiet --insecure-policy oci:layout:fixture \
		docker-archive:image.tar:test/one:1
}

build_from() {
	local reference=$1
	shift
	echo "init: ['$reference']" >m.yml
	"$KITBUILD" --offline build --arch amd64 -f tar --name out "$@" m.yml
}

assert_built() {
	run -0 tar -tf out.tar
	assert_line "etc/$1"
}

assert_refused() {
	local status=$1 message=$2
	shift 2
	run "-$status" "$KITBUILD" cache pull --arch amd64 "$@"
	assert_output --partial "$message"
	run -0 "$KITBUILD" cache ls
	assert_output ""
}

sources_of() {
	tar -tf out.tar >/dev/null
	grep -ao 'LINUXKIT.source=[^[:cntrl:]]*' out.tar | sort -u
}
