#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SELinux: process 1 loads a policy, and containers have the label that their
# entry asks for.

load ../lib/kitbuild
load ../lib/guest
load ../lib/probe

setup() {
	guest_folder
	probe_box
	guest_crun
	checkpolicy -U allow -c 31 -o policy "$ROOT/tests/guest/selinux.te"
}

# service NAME KEY...
service() {
	echo "  - name: $1"
	printf '    %s\n' 'image: "@pkg:box"' 'capabilities: [all]' "${@:2}" \
		"command: [\"/bin/probe\", \"$1\"]"
}

manifest() {
	guest_head runc containerd | sed 's|console=ttyS0 |&security=selinux selinux=1 kit.log_kmsg=1 |'
	cat <<-'EOF2'
		  - "@pkg:crun"
		services:
	EOF2
	service free
	service daemon 'selinux: system_u:system_r:container_t'
	service runc 'runtime: {handler: runc}' 'selinux: system_u:system_r:container_t'
	service hardened 'runtime: {handler: runc}' 'noNewPrivileges: true' \
		'selinux: {label: "system_u:system_r:container_t", mountLabel: "system_u:object_r:container_file_t"}'
	service crun 'runtime: {handler: crun}' 'selinux: system_u:system_r:container_t'
	service unknown 'runtime: {handler: runc}' 'selinux: system_u:system_r:nobodys_t'
	# The kernel knows neither version 99 nor the bytes of version 20.
	cat <<-'EOF2'
		files:
		  - {path: etc/selinux/config, contents: "# why\nSELINUX=enforcing\nSELINUXTYPE=small\n", mode: "0644"}
		  - {path: etc/selinux/small/policy/policy.31, source: policy, mode: "0644"}
		  - {path: etc/selinux/small/policy/policy.20, contents: "x", mode: "0644"}
		  - {path: etc/selinux/small/policy/policy.99, contents: "x", mode: "0644"}
	EOF2
}

@test "a policy is loaded, and containers have their label and do not what it denies" {
	manifest >s.yml
	kitbuild build s.yml
	machine_start s
	machine_until "init: boot complete" 250
	says "init: selinux: /etc/selinux/small/policy/policy.31 loaded"
	says 'audit: type=1404 .* enforcing=1'
	probe_found free daemon runc hardened crun
	is free .label system_u:system_r:kernel_t
	is free '.errors."write-sysctl"' ""
	for name in daemon runc hardened crun; do
		is $name .label system_u:system_r:container_t
		is $name '.errors."write-sysctl"' EACCES
		is $name '.errors."write-tmp"' ""
	done
	is hardened .NoNewPrivs 1
	says "service: unknown: failed: "
	machine_power_button
	machine_end 60
	[ "$MACHINE_STATUS" -eq 0 ]
}

# small WORDS POLICY: one labelled service, one without a label, and the file
# POLICY as /etc/selinux/small/policy/policy.31, or none.
small() {
	guest_head runc | sed "s|console=ttyS0 |&security=selinux selinux=1 kit.log_kmsg=1 $1 |"
	echo "services:"
	service free
	service labelled 'selinux: system_u:system_r:container_t'
	cat <<-'EOF2'
		files:
		  - {path: etc/selinux/config, contents: "SELINUX=enforcing\nSELINUXTYPE=small\n", mode: "0644"}
	EOF2
	[ -z "$2" ] || echo "  - {path: etc/selinux/small/policy/policy.31, source: $2, mode: \"0644\"}"
}

small_start() {
	small "$@" >o.yml
	kitbuild build o.yml
	machine_start o
	machine_until "init: boot complete" 250
}

# no_label: a label is refused, and all else works.
no_label() {
	probe_found free
	is free '.errors."write-sysctl"' ""
	says "service: labelled: failed: selinuxLabel system_u:system_r:container_t: no policy is loaded"
	never_says "service: labelled: started"
}

@test "enforcing=0 on the command line lets pass what the policy denies" {
	small_start enforcing=0 policy
	says "init: selinux: /etc/selinux/small/policy/policy.31 loaded"
	never_says 'enforcing=1'
	probe_found free labelled
	is labelled .label system_u:system_r:container_t
	is labelled '.errors."write-sysctl"' ""
	says 'avc: +denied .* permissive=1'
}

@test "a policy that the kernel refuses is told, and the boot goes on without labels" {
	head -c 4096 /dev/zero >junk
	small_start "" junk
	says "init: selinux: /etc/selinux/small/policy/policy.31: Invalid argument"
	no_label
}

@test "so is a policy that is not there" {
	small_start "" ""
	says "init: selinux: /etc/selinux/small/policy has no policy.N with N up to [0-9]+"
	no_label
}
