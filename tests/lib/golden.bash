# SPDX-License-Identifier: Apache-2.0
# What the manifests in tests/golden/manifests are built from.
#
#   put_golden_images     into $KITBUILD_CACHE
#   put_index NAME FILE   names the index in FILE, whose parts are there

put_golden_images() {
	put_kernel_images
	put_init_images
	put_layered_images
	put_labelled_images
	put_several_platforms
}

put_kernel_images() {
	put_image g/kernel:1 <<-EOF
		file kernel 0640 not really a kernel
		tar kernel.tar lib/modules/1/m.ko module
		tar other.tar lib/firmware/f.bin firmware
		file cpu.cpio 0644 microcode
		file boot/vmlinuz-1 0600 another kernel
		link vmlinuz boot/vmlinuz-1
		file unwanted 0644 unwanted
	EOF
	put_image g/kernel-last:1 <<-EOF
		file cpu.cpio 0644 microcode
		tar kernel.tar lib/modules/1/m.ko module
		file kernel 0644 a kernel
	EOF
}

put_init_images() {
	put_image g/init:1 <<-EOF
		dir bin 0755
		file bin/rc.init 0755 rc
		link init bin/rc.init
		dir etc 0755
		file etc/issue 0644 first
	EOF
	put_image g/more:1 <<-EOF
		file etc/issue 0640 second
		file usr/lib/more 0644 more
	EOF
	put_image g/filtered:1 <<-EOF
		file .dockerenv 0644
		file Dockerfile 0644
		file sub/Dockerfile 0644 stays
		dir dev 0700 3
		file dev/console 0600
		file dev/pts/x 0600 stays
		dir etc 0700 5
		file etc/hosts 0600 own hosts
		file etc/hostname 0644 own name
		file etc/resolv.conf 0600 own servers
		link etc/mtab /own/mounts
		dir proc 0555
		dir sys 0555
	EOF
	put_image g/etc-link:1 <<-EOF
		dir usr/etc 0750
		link etc usr/etc
		link usr/etc/hosts ../share/hosts
		file usr/share/hosts 0644 behind the link
	EOF
	put_image g/apk-one:1 <<<"file lib/apk/db/installed 0600 P:one"
	put_image g/apk-two:1 <<<"file lib/apk/db/installed 0600 P:two"
}

put_layered_images() {
	put_image g/whiteout:1 <<-EOF
		file a/gone 0644 gone
		file a/kept 0644 kept
		file b/below 0644 below
		layer
		file a/.wh.gone 0644
		file .wh.b 0644
	EOF
	put_image g/opaque:1 <<-EOF
		file d/old 0644 old
		dir d/sub 0700
		layer
		file d/new 0644 new
		file d/.wh..wh..opq 0644
	EOF
	put_image g/recreated:1 <<-EOF
		file d/old 0644 old
		layer
		file .wh.d 0644
		file d/new 0644 new
	EOF
	put_image g/twice:1 <<-EOF
		file x 0600 first
		file x 0644 last
	EOF
	put_image g/hard:1 <<-EOF
		file one 0644 one
		layer
		hard two one
		layer
		hard three two
		file one 0600 replaced
	EOF
	put_image g/on-the-way:1 <<-EOF
		dir usr/lib 0755
		link lib usr/lib
		layer
		file lib/new 0644 through the link
	EOF
	put_image g/kinds:1 <<-EOF
		node dev/null 0666 c 1 3
		node disk 0660 b 8 0
		node run/pipe 0600 p 0 0
		file su 4755 su
		dir tmp 1777
		file .hidden 0644 hidden
		file ./dotted//name 0644 dotted
		file $(printf 'n%.0s' {1..120}) 0644 long
		file käse 0644 cheese
	EOF
	put_image g/becomes:1 <<-EOF
		file a/x 0644 x
		file b 0644 a file
		layer
		file a 0644 now a file
		dir b 0750
		file b/y 0644 y
	EOF
}

# labelled NAME LABEL [CONFIG]: the members of the config beside the label
labelled() {
	local none='{}' config
	config=$(jq -cn --argjson entry "$2" --argjson config "${3:-$none}" \
		'$config + {Labels: {"org.mobyproject.config": ($entry | tostring)}}')
	put_image "$1" --config "$config" <<<"file bin/tool 0755 tool"
}

IMAGE_CONFIG='{"Entrypoint": ["/bin/tool", "-e"], "Cmd": ["cmd"],
	"Env": ["PATH=/bin", "FROM=image"], "WorkingDir": "/image",
	"User": "1000", "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGINT"}'

# Every key of LinuxKit's.
FULL_LABEL='{
	"capabilities": ["CAP_KILL"], "ambient": ["CAP_CHOWN"],
	"mounts": [{"type": "mqueue", "options": ["ro"]}],
	"binds": ["/label:/label"], "tmpfs": ["/label-tmp:size=1m"],
	"devices": [{"path": "/dev/l", "type": "c", "major": 1, "minor": 2,
		"mode": "0600"}],
	"command": ["label"], "env": ["FROM=label"], "cwd": "/label",
	"net": "/run/netns/label", "pid": "host", "ipc": "new", "uts": "new",
	"userns": "new", "hostname": "label", "readonly": true,
	"maskedPaths": ["/label-masked"], "readonlyPaths": ["/label-ro"],
	"uid": 7, "gid": "8", "additionalGids": [9], "noNewPrivileges": true,
	"oomScoreAdj": 5, "rootfsPropagation": "slave", "cgroupsPath": "/label",
	"resources": {"pids": {"limit": 5}, "cpu": {"shares": 6}},
	"sysctl": {"label.a": "1"}, "rlimits": ["nproc,1,2"],
	"uidMappings": [{"hostID": 1, "containerID": 2, "size": 3}],
	"gidMappings": [{"hostID": 4, "containerID": 5, "size": 6}],
	"annotations": {"label": "a"},
	"runtime": {"cgroups": ["label"], "mkdir": ["/label"],
		"mounts": [{"type": "tmpfs", "destination": "/label"}],
		"interfaces": [{"name": "eth7"}], "namespace": "label",
		"bindNS": {"net": "/run/label/net", "pid": "/run/label/pid"}}}'

put_labelled_images() {
	put_image g/plain:1 <<<"file bin/tool 0755 tool"
	put_image g/config:1 --config "$IMAGE_CONFIG" <<<"file bin/tool 0755 tool"
	labelled g/full:1 "$FULL_LABEL" "$IMAGE_CONFIG"
	labelled g/readonly:1 '{"readonly": true}'
	labelled g/adds:1 '{"binds": ["/run:/run"], "binds.add": ["/no:/no"],
		"capabilities": ["CAP_KILL"], "capabilities.add": ["CAP_CHOWN"]}'
	labelled g/named:1 '{"uid": "web", "gid": "boot", "additionalGids":
		["down", "root", 5]}'
	labelled g/volume-label:1 '{"binds": ["data:/label"], "mounts":
		[{"type": "bind", "source": "data", "destination": "/mounted"}]}'
	labelled g/restart:1 '{"restart": "always", "seccomp": "unconfined"}'
	labelled demo/netcfg:v1 '{"binds": ["/run:/run",
		"/etc/resolv.conf:/etc/resolv.conf"],
		"capabilities": ["CAP_NET_RAW", "CAP_NET_ADMIN"],
		"runtime": {"mkdir": ["/run/netcfg"]}}' '{"Cmd": ["/sbin/netcfg",
		"-f"], "Env": ["PATH=/sbin:/bin"], "WorkingDir": "/"}'
	put_image demo/web:v1 --config '{"User": "1000", "Env": ["PATH=/bin"],
		"Entrypoint": ["/bin/web"], "Cmd": ["--port", "80"],
		"WorkingDir": "/srv"}' <<<"file bin/web 0755 web"
	put_image g/plain <<<"file bin/tool 0755 untagged"
	put_image g/plain:latest <<<"file bin/tool 0755 latest"
}

# put_index NAME IMAGE...: an index of images that are there, each for the
# platform in its tag: amd64, arm-v7
put_index() {
	python3 - "$KITBUILD_CACHE" "$@" <<-'EOF'
		import hashlib, json, os, sys
		store, name, *images = sys.argv[1:]
		key = "org.opencontainers.image.ref.name"
		path = store + "/index.json"
		index = json.load(open(path))
		def part(image):
		    found = dict(next(m for m in index["manifests"]
		                      if m["annotations"][key] == "docker.io/" + image))
		    arch, _, variant = image.rpartition(":")[2].partition("-")
		    found.pop("annotations")
		    found["platform"] = {"os": "linux", "architecture": arch} | (
		        {"variant": variant} if variant else {})
		    return found
		kind = "application/vnd.oci.image.index.v1+json"
		data = json.dumps({"schemaVersion": 2, "mediaType": kind,
		                   "manifests": [part(i) for i in images]}).encode()
		digest = hashlib.sha256(data).hexdigest()
		open(f"{store}/blobs/sha256/{digest}", "wb").write(data)
		index["manifests"].append({
		    "mediaType": kind, "size": len(data), "digest": "sha256:" + digest,
		    "annotations": {key: "docker.io/" + name}})
		json.dump(index, open(path, "w"))
	EOF
}

put_several_platforms() {
	put_image g/parts:amd64 <<<"file here 0644 amd64"
	put_image g/parts:arm64 --arch arm64 <<<"file here 0644 arm64"
	put_image g/parts:arm-v7 --arch arm <<-EOF
		file here 0644 amd64
	EOF
	put_index g/many:1 g/parts:amd64 g/parts:arm64 g/parts:arm-v7
}
