/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and runtime.json, byte for byte, and what is refused. */
/* links: lib */
#include "tests/lib/spec.h"

static const char example[] =
	"onboot:\n"
	"  - name: netcfg\n"
	"    image: demo/netcfg:v1\n"
	"    command: [\"/sbin/netcfg\", \"-f\", \"-1\"]\n"
	"    binds.add: [\"/var/lib/netcfg:/var/lib/netcfg:rw\"]\n"
	"services:\n"
	"  - name: web\n"
	"    image: demo/web:v1\n"
	"    readonly: true\n"
	"    uid: web\n"
	"    gid: web\n"
	"    additionalGids: [netcfg, 44]\n"
	"    net: /run/netns/web\n"
	"    capabilities: [CAP_SETUID, CAP_SETGID]\n"
	"    ambient: [CAP_NET_BIND_SERVICE]\n"
	"    tmpfs: [\"/tmp:rw,nosuid,size=16m\"]\n"
	"    binds: [\"data:/srv/data:ro\"]\n"
	"    mounts:\n"
	"      - type: cgroup\n"
	"        options: [\"rw\", \"nosuid\"]\n"
	"    devices:\n"
	"      - {path: /dev/console, type: c, major: 5, minor: 1, mode: \"0666\"}\n"
	"      - {path: all, type: b}\n"
	"    rlimits: [\"nofile,1024,unlimited\"]\n"
	"    sysctl: {net.core.somaxconn: \"1024\"}\n"
	"    maskedPaths: [\"/proc/kcore\"]\n"
	"    readonlyPaths: [\"/proc/sys\"]\n"
	"    hostname: web\n"
	"    noNewPrivileges: true\n"
	"    oomScoreAdj: -900\n"
	"    annotations: {b: \"2\", a: \"<1>\"}\n"
	"    resources: {memory: {limit: 67108864}, pids: {limit: 64}}\n"
	"    runtime:\n"
	"      mkdir: [\"/var/web\"]\n"
	"      bindNS: {net: /run/netns/x}\n"
	"volumes:\n"
	"  - name: data\n"
	"    readonly: true\n";

static const char netcfg_label[] =
	"{\"binds\":[\"/run:/run\",\"/etc/resolv.conf:/etc/resolv.conf\"],"
	"\"capabilities\":[\"CAP_NET_RAW\",\"CAP_NET_ADMIN\"],"
	"\"runtime\":{\"mkdir\":[\"/run/netcfg\"]}}";

TEST(a_label_with_additions_is_written_as_linuxkit_does)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) config = { 0 };
	SCOPED(buf) runtime = { 0 };
	struct bundle bundle = { .path = "containers/onboot/000-netcfg",
				 .root = "containers/onboot/000-netcfg/lower" };

	prepare(&place, example, netcfg_label,
		"{\"config\":{\"Cmd\":[\"/sbin/netcfg\",\"-f\"],"
		"\"Env\":[\"PATH=/sbin:/bin\"],\"WorkingDir\":\"/\"}}");
	merge(&place, SECTION_ONBOOT);
	CHECK_INT(write_spec(&place, &config), 0);
	check_golden(&config, "netcfg-config.json");
	CHECK_INT(write_runtime(&place, &bundle, &runtime), 0);
	check_golden(&runtime, "netcfg-runtime.json");
}

TEST(a_read_only_service_is_written_as_linuxkit_does)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) config = { 0 };
	SCOPED(buf) runtime = { 0 };
	struct bundle bundle = { .path = "containers/services/web",
				 .root = "containers/services/web/rootfs",
				 .readonly = true };

	prepare(&place, example, "",
		"{\"config\":{\"User\":\"1000\",\"Env\":[\"PATH=/bin\"],"
		"\"Entrypoint\":[\"/bin/web\"],\"Cmd\":[\"--port\",\"80\"],"
		"\"WorkingDir\":\"/srv\"}}");
	merge(&place, SECTION_SERVICES);
	CHECK_INT(write_spec(&place, &config), 0);
	check_golden(&config, "web-config.json");
	CHECK_INT(write_runtime(&place, &bundle, &runtime), 0);
	check_golden(&runtime, "web-runtime.json");
}

/* runtime.json of the second of two onboot entries with one image. */
static void check_shared(const char *keys, const char *root, const char *golden)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) config = { 0 };
	SCOPED(buf) text = { 0 };
	struct bundle bundle = { .path = "containers/onboot/001-lab2",
				 .root = root };

	CHECK_INT(spec_of(&place, keys, "{\"readonly\":true}", &config), 0);
	bundle.readonly = entry_root_is_bound(&place.merged);
	CHECK_INT(write_runtime(&place, &bundle, &text), 0);
	check_golden(&text, golden);
}

TEST(a_shared_image_lies_where_the_first_entry_has_it)
{
	check_shared(", readonly: false", "containers/onboot/000-lab/rootfs",
		     "lab2-runtime.json");
	check_shared("", "containers/onboot/000-lab/lower",
		     "lab2-readonly-runtime.json");
}

TEST(an_entry_without_capabilities_has_none)
{
	check_has("", "", "\"capabilities\": {}");
	check_has(", capabilities: [none]", "{\"capabilities\":[\"CAP_KILL\"]}",
		  "\"capabilities\": {}");
	check_has(", capabilities: [ALL]", "", "CAP_CHECKPOINT_RESTORE");
}

TEST(a_manifest_list_replaces_the_label_and_an_empty_one_clears_it)
{
	check_has("", "{\"env\":[\"A=label\"]}", "A=label");
	check_has_not(", env: []", "{\"env\":[\"A=label\"]}", "A=label");
	check_has(", tmpfs: [/t]", "{\"tmpfs\":[\"/l\"]}",
		  "\"destination\": \"/t\"");
	check_has_not(", tmpfs: [/t]", "{\"tmpfs\":[\"/l\"]}",
		      "\"destination\": \"/l\"");
}

TEST(an_empty_text_does_not_clear_the_label)
{
	check_has(", hostname: ''", "{\"hostname\":\"label\"}",
		  "\"hostname\": \"label\"");
}

TEST(false_and_zero_clear_the_label)
{
	check_has_not(", readonly: false", "{\"readonly\":true}", "readonly");
	check_has(", oomScoreAdj: 0", "{\"oomScoreAdj\":5}",
		  "\"oomScoreAdj\": 0");
}

TEST(additions_are_ignored_beside_the_whole_list)
{
	check_has_not(", binds: ['/a:/b'], binds.add: ['/c:/d']", "", "\"/d\"");
	check_has(", capabilities.add: [CAP_KILL]",
		  "{\"capabilities\":[\"CAP_CHOWN\"]}",
		  "\"effective\": [\n                \"CAP_CHOWN\",\n"
		  "                \"CAP_KILL\"");
}

TEST(a_capability_is_effective_once)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };
	size_t times = 0;

	CHECK_INT(spec_of(&place, ", capabilities: [CAP_KILL, CAP_KILL]", "",
			  &text),
		  0);
	for (const char *at = buf_text(&text); (at = strstr(at, "CAP_KILL"));
	     at++)
		times++;
	CHECK_INT(times, 3);
}

TEST(a_bind_with_options_loses_the_usual_ones)
{
	check_has(", binds: ['/a:/b:ro']", "",
		  "\"options\": [\n                \"ro\",\n"
		  "                \"rbind\"\n            ]");
}

TEST(a_later_mount_replaces_one_at_the_same_place)
{
	check_has_not(", tmpfs: [/dev]", "", "strictatime");
	check_has(
		", mounts: [{type: proc, options: [ro]}]", "",
		"\"/proc\",\n            \"type\": \"proc\",\n            \"source\": \"proc\",\n            \"options\": [\n                \"ro\"");
	check_has(
		", mounts: [{destination: /dev}]", "",
		"\"destination\": \"/dev\",\n            \"type\": \"tmpfs\",\n            \"source\": \"tmpfs\"\n");
}

TEST(namespaces_are_named_hosts_new_or_a_path)
{
	check_has_not("", "", "\"network\"");
	check_has(", net: new", "", "\"type\": \"network\"\n");
	check_has(", net: none", "", "\"type\": \"network\"\n");
	check_has_not(", pid: host", "", "\"pid\"");
	check_has(", ipc: /run/x", "", "\"path\": \"/run/x\"");
}

TEST(wrong_words_are_refused_with_their_place)
{
	check_refused(
		", capabilities: [CAP_NET_ADMN]",
		"m.yml:1:45: unknown capability 'CAP_NET_ADMN'; is it 'CAP_NET_ADMIN'?");
	check_refused(", capabilities: [KILL]",
		      "m.yml:1:45: unknown capability 'KILL'");
	check_refused(
		", binds: [/a]",
		"m.yml:1:38: '/a' is no bind: source:destination[:options]");
	check_refused(
		", binds: ['/a:/b:c:d']",
		"m.yml:1:38: '/a:/b:c:d' is no bind: source:destination[:options]");
	check_refused(
		", binds: ['/a:']",
		"m.yml:1:38: '/a:' is no bind: source:destination[:options]");
	check_refused(
		", tmpfs: ['/a:b:c']",
		"m.yml:1:38: '/a:b:c' is no tmpfs: destination[:options]");
	check_refused(", mounts: [{destination: /x}]",
		      "m.yml:1:39: the mount for /x has no type");
	check_refused(", mounts: [{type: ext4}]",
		      "m.yml:1:39: the mount of type ext4 has no destination");
	check_refused(", rlimits: ['nofile,1']",
		      "m.yml:1:40: 'nofile,1' is no limit: name,soft,hard");
	check_refused(", rlimits: ['files,1,2']",
		      "m.yml:1:40: unknown limit 'FILES'");
	check_refused(
		", rlimits: ['nofile,1,-2']",
		"m.yml:1:40: '-2' is no limit: a number up to 2^63-1 or unlimited");
	check_refused(", devices: [{path: /dev/x}]",
		      "m.yml:1:40: the device /dev/x needs a mode");
	check_refused(", devices: [{path: /dev/x, mode: '0o666'}]",
		      "m.yml:1:61: '0o666' is not an octal mode up to 7777");
	check_refused(
		", uid: someone",
		"m.yml:1:35: 'someone' is neither an id nor the name of an entry");
}

TEST(limits_are_written_as_numbers)
{
	check_has(
		", rlimits: [' RLIMIT_core , 0 , UNLIMITED ']", "",
		"\"type\": \"RLIMIT_CORE\",\n                \"hard\": 18446744073709551615,\n                \"soft\": 0");
}
