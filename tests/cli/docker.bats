#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images that the Docker daemon has.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
load ../lib/layouts
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work"
}

teardown() {
	[ -z "${DOCKER_PID:-}" ] || kill "$DOCKER_PID" || true
}

# docker_start [tcp]: a daemon that knows test/one:1, made by skopeo
docker_start() {
	DOCKER_DIR="$BATS_TEST_TMPDIR/docker"
	mkdir -p "$DOCKER_DIR"
	: >"$DOCKER_DIR/requests"
	docker_has one
	perl "$ROOT/tests/lib/docker.pl" "$DOCKER_DIR" "$@" 3>&- &
	DOCKER_PID=$!
	local i
	for ((i = 0; i < 100; i++)); do
		[ -e "$DOCKER_DIR/port" ] || [ -e "$DOCKER_DIR/docker.sock" ] &&
			break
		sleep 0.1
	done
	DOCKER_HOST=unix://$DOCKER_DIR/docker.sock
	if [ -e "$DOCKER_DIR/port" ]; then
		DOCKER_HOST=tcp://127.0.0.1:$(<"$DOCKER_DIR/port")
	fi
	export DOCKER_HOST
}

# docker_has NAME [ARCH]: test/one:1 holds /etc/NAME
docker_has() {
	make_docker_archive "$@"
	cp image.tar "$DOCKER_DIR/docker.io+test+one:1.tar"
	printf '{"Id":"sha256:%s","Architecture":"%s"}' \
		"$(tar -xOf image.tar manifest.json | jq -r '.[0].Config' |
			cut -c1-64)" "${2:-amd64}" \
		>"$DOCKER_DIR/docker.io+test+one:1.json"
}

docker_build() {
	echo "init: ['$1']" >m.yml
	"$KITBUILD" build --arch amd64 -f tar --name out "${@:2}" m.yml
}

@test "an image is taken from the Docker daemon, once" {
	docker_start
	docker_build docker-daemon:test/one:1
	assert_built one
	run -0 sources_of
	assert_line "LINUXKIT.source=docker-daemon:docker.io/test/one:1"
	docker_build docker-daemon:test/one:1
	run -0 cat "$DOCKER_DIR/requests"
	assert_output "$(printf '%s\n' /images/docker.io/test/one:1/json \
		/images/docker.io/test/one:1/get /images/docker.io/test/one:1/json)"
	docker_has two
	docker_build docker-daemon:test/one:1
	assert_built two
}

@test "the daemon is asked over TCP too" {
	docker_start tcp
	docker_build docker-daemon:test/one:1
	assert_built one
}

# A daemon that asks for a certificate.
tls_docker_start() {
	local name=images/docker.io/test/one:1
	mkdir -p certs "$name"
	certificate certs/ca
	cp certs/ca.crt certs/ca.pem
	cp certs/ca.crt certs/cert.pem
	cp certs/ca.key certs/key.pem
	docker_has one
	cp "$DOCKER_DIR/docker.io+test+one:1.json" "$name/json"
	cp "$DOCKER_DIR/docker.io+test+one:1.tar" "$name/get"
	"$ROOT/tests/lib/https-files" certs/ca.crt certs/ca.key \
		>port 2>/dev/null 3>&- &
	DOCKER_PID=$!
	for _ in $(seq 100); do
		[ ! -s port ] || break
		sleep 0.1
	done
	DOCKER_HOST=tcp://127.0.0.1:$(<port)
	export DOCKER_HOST
}

@test "the daemon is asked with TLS and the user's certificate" {
	DOCKER_DIR=$PWD
	tls_docker_start
	assert_refused 1 "cannot ask Docker" docker-daemon:test/one:1
	export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PWD/certs
	docker_build docker-daemon:test/one:1
	assert_built one
	mkdir other
	certificate other/own
	mv other/own.crt other/cert.pem
	mv other/own.key other/key.pem
	cp certs/ca.pem other/ca.pem
	DOCKER_CERT_PATH=$PWD/other run -1 "$KITBUILD" cache pull --arch amd64 \
		docker-daemon:test/one:1
	assert_output --partial "cannot ask Docker at https://127.0.0.1:"
}

@test "an image of the daemon may be named by its id" {
	docker_start
	local id
	id=$(jq -r .Id "$DOCKER_DIR/docker.io+test+one:1.json")
	mv "$DOCKER_DIR/docker.io+test+one:1.json" "$DOCKER_DIR/$id.json"
	mv "$DOCKER_DIR/docker.io+test+one:1.tar" "$DOCKER_DIR/$id.tar"
	docker_build "docker-daemon:$id"
	assert_built one
}

@test "what the daemon has not, or cannot tell, is told" {
	docker_start
	assert_refused 2 "Docker has no image docker.io/library/none:latest" \
		docker-daemon:none
	: >"$DOCKER_DIR/docker.io+test+one:1.tar"
	assert_refused 1 "Docker answers with status 500: out of luck" \
		docker-daemon:test/one:1
	head -c 600 image.tar >"$DOCKER_DIR/docker.io+test+one:1.tar"
	assert_refused 2 "the daemon's archive: " docker-daemon:test/one:1
	echo '{}' >"$DOCKER_DIR/docker.io+test+one:1.json"
	assert_refused 1 "Docker tells no Id" docker-daemon:test/one:1
}

@test "a daemon that is not there, or spoken to through ssh, is told" {
	export DOCKER_HOST=unix://$PWD/none.sock
	assert_refused 1 "cannot ask Docker at $PWD/none.sock" docker-daemon:test/one:1
	export DOCKER_HOST=ssh://user@host
	assert_refused 2 "Docker is not asked through ssh" docker-daemon:test/one:1
	export DOCKER_HOST=http://host
	assert_refused 2 "neither unix:///PATH nor tcp://HOST:PORT" \
		docker-daemon:test/one:1
}

@test "offline, what came from the daemon before has to do" {
	docker_start
	run -2 "$KITBUILD" --offline cache pull --arch amd64 \
		docker-daemon:test/one:1
	assert_output --partial "asking Docker is forbidden by --offline"
	"$KITBUILD" cache pull --arch amd64 docker-daemon:test/one:1
	: >"$DOCKER_DIR/requests"
	"$KITBUILD" --offline cache pull --arch amd64 docker-daemon:test/one:1
	run -0 cat "$DOCKER_DIR/requests"
	assert_output ""
}

put_one() {
	put_image test/one:1 <<-EOF
		file etc/cached 0644 cached
	EOF
}

@test "--docker looks into the daemon before the cache" {
	put_one
	docker_start
	docker_build test/one:1
	assert_built cached
	docker_build test/one:1 --docker
	assert_built one
	run -0 sources_of
	assert_line "LINUXKIT.source=docker.io/test/one:1"
	# The cache still has its own.
	docker_build test/one:1
	assert_built cached
}

@test "--docker says nothing of a daemon without the image, or none" {
	put_one
	docker_start
	docker_has one arm64
	run -0 docker_build test/one:1 --docker
	refute_output --partial Docker
	assert_built cached
	rm "$DOCKER_DIR"/docker.io*
	run -0 docker_build test/one:1 --docker
	refute_output --partial Docker
	export DOCKER_HOST=unix://$PWD/none.sock
	run -0 docker_build test/one:1 --docker
	refute_output --partial Docker
	run -0 "$KITBUILD" -v build --arch amd64 -f tar --name out --docker m.yml
	assert_output --partial "not taken from Docker: "
}

@test "--docker leaves alone what a lock or a digest decides" {
	put_one
	docker_start
	local digest
	digest=$("$KITBUILD" cache ls | sed 's/.* //')
	"$ROOT/tests/lib/put-image" "$KITBUILD_CACHE" \
		"docker.io/test/one:1@$digest" <<<"file etc/cached 0644 cached"
	docker_build "test/one:1@$digest" --docker
	assert_built cached
	run -0 cat "$DOCKER_DIR/requests"
	assert_output ""
}
