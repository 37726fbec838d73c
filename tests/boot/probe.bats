#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the manifest says of a service is what its process finds, whatever
# carries it out: the same entries through containerd, runc, crun and none.

load ../lib/kitbuild
load ../lib/guest
load ../lib/probe

setup() {
	guest_folder
	probe_box
	guest_crun
	cat >profile <<-'EOF2'
		profile kit-probe flags=(attach_disconnected, mediate_deleted) {
		  file, capability, network, mount, umount, pivot_root, ptrace, signal, unix,
		  deny /open/there rwklx,
		}
	EOF2
	/usr/sbin/apparmor_parser -Q -K -M /etc/apparmor.d/abi/3.0 -o policy profile
}

# entries RUNTIME SECCOMP: the services; both are lines, or empty where an engine
# is not asked for it.
entries() {
	sed "s|RUNTIME|$1|; s|SECCOMP|$2|" <<-'EOF2'
		services:
		  - name: bare
		    image: "@pkg:box"
		    RUNTIME
		    command: ["/bin/probe", "bare"]
		  - name: free
		    image: "@pkg:box"
		    RUNTIME
		    capabilities: [all]
		    net: host
		    pid: host
		    ipc: host
		    uts: host
		    command: ["/bin/probe", "free"]
		  - name: walled
		    image: "@pkg:box"
		    RUNTIME
		    SECCOMP
		    readonly: true
		    tmpfs: ["/tmp"]
		    uid: 1000
		    gid: 1001
		    additionalGids: [5, 7]
		    capabilities: [CAP_NET_BIND_SERVICE, CAP_CHOWN]
		    ambient: [CAP_NET_BIND_SERVICE]
		    noNewPrivileges: true
		    hostname: walled
		    uts: new
		    ipc: new
		    net: new
		    oomScoreAdj: 321
		    rlimits: ["nofile,100,200", "nproc,50,60", "core,0,0"]
		    resources: {memory: {limit: 67108864}, pids: {limit: 50}, cpu: {quota: 50000, period: 100000}}
		    landlock: auto
		    command: ["/bin/probe", "walled"]
		  - name: zsocket
		    image: "@pkg:box"
		    RUNTIME
		    readiness: {socket: /run/s, timeout: 600s}
		    command: ["/bin/probe", "listen", "/run/s"]
		  - name: confined
		    image: "@pkg:box"
		    RUNTIME
		    apparmor: kit-probe
		    readiness: {command: ["/bin/probe", "denied", "/open/there"], timeout: 600s}
		    command: ["/bin/probe", "confined"]
		  - name: unloaded
		    image: "@pkg:box"
		    RUNTIME
		    apparmor: nobodys
		    command: ["/bin/probe", "unloaded"]
		  - name: labelled
		    image: "@pkg:box"
		    RUNTIME
		    selinux: system_u:system_r:container_t:s0
		    command: ["/bin/probe", "labelled"]
	EOF2
}

# What only an OCI runtime does.
mapped() {
	sed "s|RUNTIME|$1|" <<-'EOF2'
		  - name: mapped
		    image: "@pkg:box"
		    RUNTIME
		    userns: new
		    ipc: new
		    net: new
		    uts: new
		    capabilities: [all]
		    uidMappings: [{hostID: 100000, containerID: 0, size: 1000}, {hostID: 300000, containerID: 1000, size: 1}]
		    gidMappings: [{hostID: 200000, containerID: 0, size: 65536}]
		    command: ["/bin/probe", "mapped"]
	EOF2
}

policy() {
	echo 'files: [{path: etc/apparmor/earlypolicy/kit-probe, source: policy, mode: "0644"}]'
}

# check_walls SECCOMP [NAME...]: of the services that all have, and of these.
check_walls() {
	local filter=$1
	shift
	machine_until "service: zsocket: ready" 250
	machine_until "service: confined: ready" 250
	machine_until "init: boot complete" 60
	probe_found bare free walled confined "$@"
	is walled '"\(.uid) \(.gid) \(.Groups)"' "1000 1001 5 7"
	is walled .hostname walled
	is walled .oom_score_adj 321
	is walled .CapBnd 0000000000000401
	is walled .CapAmb 0000000000000400
	is walled .CapEff 0000000000000400
	is walled .NoNewPrivs 1
	is walled .Seccomp "$filter"
	is walled '.rlimits | "\(.nofile) \(.nproc) \(.core)"' "[100,200] [50,60] [0,0]"
	is walled '.cgroup."memory.max"' 67108864
	is walled '.cgroup."pids.max"' 50
	is walled '.cgroup."cpu.max"' "50000 100000"
	is walled '.mounts."/tmp" | startswith("tmpfs")' true
	is walled '.mounts."/" | test(" ro")' true
	is walled '.errors."write-tmp"' ""
	is walled '.errors."read-open"' ""
	is walled '.errors."write-open" | test("EROFS|EACCES")' true
	is walled '.errors.chroot' EPERM
	is walled '.errors.sethostname' EPERM
	is walled '.errors."write-root" | test("EROFS|EACCES")' true
	is walled '.devices | index("mem", "kmsg") | tostring' $'null\nnull'
	# Namespaces: of their own or the machine's, as each says.
	for ns in net ipc uts pid; do
		host=$(jq -r --arg ns $ns 'select(.tag == "free") | .namespaces[$ns]' found.json)
		own=$(jq -r --arg ns $ns 'select(.tag == "walled") | .namespaces[$ns]' found.json)
		if [ -z "$host" ] || [ -z "$own" ] || [ "$host" = "$own" ]; then
			echo "$ns: $own and $host"
			return 1
		fi
	done
	is free '.pid > 1' true
	is walled .pid 1
	is free '.CapEff | ltrimstr("000001ff")' "ffffffff"
	is free .NoNewPrivs 0
	# LinuxKit's defaults: no capability, the machine's own host name.
	is bare .CapEff 0000000000000000
	is bare .CapBnd 0000000000000000
	is bare .uid 0
	is bare .Seccomp 0
	comes_before "service: zsocket: started" "service: zsocket: ready"
	# A profile that init has loaded denies what it says; what the kernel cannot do
	# is not left out in silence.
	says "init: apparmor: kit-probe loaded"
	is confined .label "kit-probe (enforce)"
	is confined '.errors."read-open"' EACCES
	is confined '.errors."write-tmp"' ""
	is bare .label unconfined
	is bare '.errors."read-open"' ""
	says "service: unloaded: failed: apparmorProfile nobodys: not loaded"
	says "service: labelled: failed: (selinuxLabel system_u:system_r:container_t:s0: this kernel runs without it|.*process.selinuxLabel needs an OCI runtime)"
}

# User namespaces: root inside is nobody outside.
check_mapped() {
	is mapped .uid 0
	is mapped '.uid_map | [splits("[ \n]+")] | map(select(. != "")) | join(" ")' "0 100000 1000 1000 300000 1"
	is mapped '.gid_map | [splits("[ \n]+")] | map(select(. != "")) | join(" ")' "0 200000 65536"
	is mapped '.errors."write-sysctl"' EACCES
	[ "$(jq -r 'select(.tag == "mapped") | .namespaces.user' found.json)" != "$(jq -r 'select(.tag == "free") | .namespaces.user' found.json)" ]
}

# boot NAME: with what is written to the logs on the console.
boot() {
	sed -i "s|console=ttyS0 |&kit.log_kmsg=1 |" "$1.yml"
	kitbuild build "$1.yml"
	machine_start "$1"
}

@test "through containerd a process finds what its entry says" {
	{ guest_head runc containerd; entries "" "seccomp: default"; mapped ""; policy; } >c.yml
	boot c
	check_walls 2 mapped
	check_mapped
}

@test "through runc it finds the same" {
	{ guest_head runc; entries "" "seccomp: default"; mapped ""; policy; } >r.yml
	boot r
	check_walls 2 mapped
	check_mapped
}

@test "through crun it finds the same" {
	{ guest_head; echo '  - "@pkg:crun"'; entries "runtime: {handler: crun}" "seccomp: default"; mapped "runtime: {handler: crun}"; policy; } >u.yml
	boot u
	check_walls 2 mapped
	check_mapped
}

@test "without any runtime it finds the same, but for a system call filter" {
	{ guest_head; entries "runtime: {handler: none}" ""; policy; } >n.yml
	boot n
	check_walls 0
}
