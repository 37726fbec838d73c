#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manifest written back: metadata files and --dry-run.

load ../lib/kitbuild

setup() {
	export KITBUILD_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR"
	mkdir package
	printf 'image: tool\ncontents:\n  files:\n    - {path: bin/tool, contents: "x", mode: "0755"}\n' >package/build.yml
	cat >web.yml <<-'END'
		init: ["@pkg:package"]
		onboot:
		  - name: first
		    image: "@pkg:package"
		    command: ["/bin/tool", "1", "true", "- x", "#c", ""]
		    uid: "1000"
		    readonly: true
		    sysctl: {net.core.somaxconn: "1024"}
		    resources: {memory: {limit: 67108864}, cpu: {realtimeRuntime: 5}}
		    runtime: {mkdir: ["/var/web"], bindNS: {net: /run/netns/x}}
		files:
		  - {path: etc/manifest.yml, metadata: yaml, mode: "0644"}
		  - {path: etc/manifest.json, metadata: json, mode: "0644"}
		  - {path: etc/text, contents: "two\nlines\n\ttab\n"}
		services:
		  - name: web
		    image: "@pkg:package"
		    restart: on-failure:5
		    after: [db]
		    healthcheck: {command: [/bin/tool], interval: 10s}
		    resources: {unified: {memory.high: "64M"}}
		  - name: db
		    image: "@pkg:package"
		    security: linuxkit
		    restart: {policy: always, delay: 2s}
		volumes:
		  - name: data
		security: hardened
	END
}

inside() {
	tar --warning=no-unknown-keyword -xOf "$1" "$2"
}

@test "the metadata of a build is a manifest that builds the same tree" {
	kitbuild build -f tar web.yml
	inside web.tar etc/manifest.yml >again.yml
	kitbuild build -f tar again.yml
	run -0 cmp web.tar again.tar
}

@test "metadata names images in full and keeps types apart" {
	kitbuild build -f tar web.yml
	run -0 inside web.tar etc/manifest.yml
	assert_line --regexp '^- docker.io/kitbuild/tool:[0-9a-f]{40}$'
	assert_line '  - "1"'
	assert_line '  - "true"'
	assert_line '      realtimeRuntime: 5'
	assert_line 'onshutdown: []'
	assert_line '  restart: on-failure:5'
	assert_line '    policy: always'
	# After all of LinuxKit's keys.
	assert_equal "$(tail -n 1 <<<"$output")" 'security: hardened'
}

@test "metadata as JSON says the same as YAML" {
	kitbuild build -f tar web.yml
	inside web.tar etc/manifest.json >manifest.json
	run -0 jq -r '.onboot[0].command | length' manifest.json
	assert_output "6"
	run -0 jq -e '.onboot[0].uid == "1000" and .onboot[0].readonly == true and .onshutdown == []' manifest.json
	run -0 kitbuild build -f tar manifest.json
	run -0 cmp web.tar manifest.tar
}

@test "dry-run prints the manifest with packages named and builds nothing" {
	run -0 --separate-stderr kitbuild build --dry-run web.yml
	assert_line --regexp '^- docker.io/kitbuild/tool:[0-9a-f]{40}$'
	[ ! -e cache ]
	run -0 ls
	refute_output --partial "web-"
}

@test "several manifests are one: lists are appended, the kernel is replaced" {
	printf 'volumes: [{name: shared}]\ninit: ["@pkg:package"]\nkernel: {cmdline: "one", tar: none}\n' >base.yml
	printf 'services:\n  - {name: a, image: "@pkg:package", binds: ["shared:/x"]}\nkernel: {cmdline: "two"}\n' >more.yml
	run -0 --separate-stderr kitbuild build --dry-run base.yml more.yml
	assert_line "  cmdline: two"
	assert_line "  tar: none"
	assert_line "- name: shared"
	assert_line "- name: a"
	run -0 kitbuild build -f tar base.yml more.yml
	assert_line "wrote more.tar"
	run -0 inside more.tar containers/services/a/config.json
	assert_line --partial '"source": "/containers/volumes/shared/merged"'

	# Each message names the file it is about.
	run -2 kitbuild build base.yml more.yml more.yml
	assert_output "kitbuild: more.yml:2:12: the service 'a' stands here twice"
	run -2 kitbuild build more.yml
	assert_output "kitbuild: more.yml:2:46: there is no volume 'shared'"
}
