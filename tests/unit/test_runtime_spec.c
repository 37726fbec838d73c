/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and runtime.json, byte for byte, and what is refused. */
/* links: lib */
#include "tests/lib/manifest.h"
#include "tests/unit/unit.h"

#include "cmd/lib/build/runtime_spec.h"

/* Manifest, label and image of one entry. */
struct place {
	struct manifest manifest;
	struct yml_document label_document;
	struct entry label, merged;
	json_t *image;
	struct err err;
};

static void place_release(struct place *place)
{
	manifest_release(&place->manifest);
	yml_document_release(&place->label_document);
	json_decref(place->image);
	err_release(&place->err);
}

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

static void prepare(struct place *place, const char *manifest,
		    const char *label, const char *image)
{
	if (decode_checked(&place->manifest, "m.yml", manifest,
			   strlen(manifest), &place->err) < 0 ||
	    entry_decode_label(&place->label, &place->label_document, "img",
			       label, &place->err) < 0 ||
	    json_parse(&place->image, image, strlen(image), "image",
		       &place->err) < 0)
		UNIT_FAIL("%s", place->err.msg);
}

static void merge(struct place *place, enum section section)
{
	entry_merge(&place->merged, place->manifest.sections[section].items,
		    &place->label, &place->label_document.arena);
}

static int write_spec(struct place *place, struct buf *text)
{
	struct spec_input input = { &place->merged, place->image,
				    &place->manifest };

	return runtime_spec_write(text, &input, &place->err);
}

static void check_golden(const struct buf *found, const char *name)
{
	SCOPED(buf) wanted = { 0 };
	SCOPED(err) err = { 0 };
	char path[100];

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (buf_read_file(&wanted, path, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	CHECK_STR(buf_text(found), buf_text(&wanted));
}

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
	runtime_json_write(&runtime, &place.merged, &bundle);
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
	runtime_json_write(&runtime, &place.merged, &bundle);
	check_golden(&runtime, "web-runtime.json");
}

TEST(a_shared_image_is_the_lower_directory)
{
	SCOPED(buf) text = { 0 };
	struct entry entry = { 0 };
	struct bundle bundle = { .path = "containers/onboot/001-lab2",
				 .root = "containers/onboot/000-lab/rootfs" };

	runtime_json_write(&text, &entry, &bundle);
	CHECK(strstr(buf_text(&text),
		     "\"lowerdir=/containers/onboot/000-lab/rootfs\","));
	CHECK(strstr(buf_text(&text),
		     "\"upperdir=/containers/onboot/001-lab2/tmp/upper\","));
	CHECK(strstr(buf_text(&text),
		     "\"workdir=/containers/onboot/001-lab2/tmp/work\""));
}

/* config.json of one onboot entry with these keys over this label. */
static int spec_of(struct place *place, const char *keys, const char *label,
		   struct buf *text)
{
	SCOPED(buf) manifest = { 0 };

	buf_add_fmt(&manifest, "onboot: [{name: a, image: b%s}]\n", keys);
	prepare(place, buf_text(&manifest), label, "{}");
	merge(place, SECTION_ONBOOT);
	return write_spec(place, text);
}

static void check_has(const char *keys, const char *label, const char *part)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	if (spec_of(&place, keys, label, &text) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (!strstr(buf_text(&text), part))
		UNIT_FAIL("no '%s' for '%s' and '%s'", part, keys, label);
}

static void check_has_not(const char *keys, const char *label, const char *part)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	if (spec_of(&place, keys, label, &text) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (strstr(buf_text(&text), part))
		UNIT_FAIL("'%s' for '%s' and '%s'", part, keys, label);
}

static void check_refused(const char *keys, const char *wanted)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(spec_of(&place, keys, "", &text), -1);
	CHECK_STR(place.err.msg, wanted);
	CHECK_INT(place.err.fault, FAULT_INPUT);
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
