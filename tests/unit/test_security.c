/* SPDX-License-Identifier: Apache-2.0 */
/* What `security: hardened` and kitbuild's security keys make of an entry. */
/* links: lib */
#include "tests/lib/spec.h"

#define HARDENED "security: hardened\n"

/* config.json of the one service `web` of a manifest. */
static int service_of(struct place *place, const char *manifest,
		      const char *label, struct buf *text)
{
	prepare(place, manifest, label,
		"{\"config\":{\"Cmd\":[\"/bin/web\"]}}");
	merge(place, SECTION_SERVICES);
	return write_spec(place, text);
}

static void check_service(const char *manifest, const char *label,
			  const char *part, bool wanted)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	if (service_of(&place, manifest, label, &text) < 0)
		UNIT_FAIL("%s", place.err.msg);
	if (!!strstr(buf_text(&text), part) != wanted)
		UNIT_FAIL("%s%s' for '%s' and '%s'", wanted ? "no '" : "'",
			  part, manifest, label);
}

static void check_with(const char *keys, const char *label, const char *part,
		       bool wanted)
{
	SCOPED(buf) manifest = { 0 };

	buf_add_fmt(&manifest, HARDENED "services: [{name: web, image: i%s}]\n",
		    keys);
	check_service(buf_text(&manifest), label, part, wanted);
}

/* What the safe set shows in config.json. */
static const char *const signs[] = {
	"\"noNewPrivileges\": true",
	"\"root\": {\n        \"path\": \"rootfs\",\n        \"readonly\": true",
	"\"pids\": {\n                \"limit\": 2048",
	"\"seccomp\": {",
	"\"maskedPaths\": [",
	"\"readonlyPaths\": [",
	"\"destination\": \"/tmp\"",
};

TEST(a_hardened_service_has_the_whole_safe_set)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) config = { 0 };
	SCOPED(buf) runtime = { 0 };
	struct bundle bundle = { .path = "containers/services/web",
				 .root = "containers/services/web/lower" };

	CHECK_INT(service_of(&place,
			     HARDENED
			     "services:\n"
			     "  - name: web\n"
			     "    image: demo/web:v1\n"
			     "    capabilities: [CAP_NET_BIND_SERVICE]\n"
			     "    binds: [\"/var/web:/var/web\"]\n",
			     "", &config),
		  0);
	check_golden(&config, "hardened-config.json");
	CHECK(!entry_root_is_bound(&place.merged));
	CHECK_INT(write_runtime(&place, &bundle, &runtime), 0);
	check_golden(&runtime, "hardened-runtime.json");
}

TEST(without_the_word_nothing_of_it_is_there)
{
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		check_service("services: [{name: web, image: i}]\n", "",
			      signs[i], false);
		check_service("security: linuxkit\n"
			      "services: [{name: web, image: i}]\n",
			      "", signs[i], false);
		check_with("", "", signs[i], true);
	}
}

TEST(an_entry_opts_out_and_in)
{
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		check_with(", security: linuxkit", "", signs[i], false);
		check_service(
			"services: [{name: web, image: i, security: hardened}]\n",
			"", signs[i], true);
	}
}

TEST(a_key_that_is_stated_wins_over_the_safe_set)
{
	static const struct {
		const char *manifest, *label, *sign;
	} rows[] = {
		{ ", noNewPrivileges: false", "{\"noNewPrivileges\":false}",
		  "noNewPrivileges" },
		{ ", readonly: false", "{\"readonly\":false}",
		  "\"readonly\": true" },
		{ ", seccomp: unconfined", "{\"seccomp\":\"unconfined\"}",
		  "seccomp" },
		{ ", maskedPaths: []", "{\"maskedPaths\":[]}", "maskedPaths" },
		{ ", readonlyPaths: []", "{\"readonlyPaths\":[]}",
		  "readonlyPaths" },
		{ ", resources: {pids: {limit: 9}}",
		  "{\"resources\":{\"pids\":{\"limit\":9}}}", "2048" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		check_with("", "", rows[i].sign, true);
		check_with(rows[i].manifest, "", rows[i].sign, false);
		check_with("", rows[i].label, rows[i].sign, false);
	}
	check_with(", resources: {memory: {limit: 5}}", "", "2048", true);
	check_with(", noNewPrivileges: true", "{\"noNewPrivileges\":false}",
		   "noNewPrivileges", true);
}

#define SCRATCH(path)                                                          \
	"\"destination\": \"" path "\",\n            \"type\": \"tmpfs\""

TEST(scratch_directories_give_way_to_the_entrys_own_mounts)
{
	check_with("", "", SCRATCH("/run"), true);
	check_with("", "", SCRATCH("/var/tmp"), true);
	check_with(", binds: ['/run:/run']", "", SCRATCH("/run"), false);
	check_with(", binds: ['/var:/var']", "", SCRATCH("/var/tmp"), false);
	check_with(", binds: ['/va:/va']", "", SCRATCH("/var/tmp"), true);
	check_with(", tmpfs: ['/tmp:size=1m']", "", "mode=1777,size=65536k",
		   false);
	check_with(", tmpfs: ['/tmp:size=1m']", "", "size=1m", true);
	/* Who asks for a read-only root gets LinuxKit's. */
	check_with(", readonly: true", "", SCRATCH("/tmp"), false);
	check_with("", "{\"readonly\":true}", SCRATCH("/tmp"), false);
}

#define SYS_RO                                                                 \
	"\"nosuid\",\n                \"noexec\",\n                \"nodev\",\n                \"ro\"\n"

TEST(sys_is_read_only_also_below_a_writable_root)
{
	check_with(", readonly: false", "", SYS_RO, true);
	check_service("services: [{name: web, image: i}]\n", "", SYS_RO, false);
	/* /dev only with the root. */
	check_with(", readonly: false", "",
		   "\"size=65536k\",\n                \"ro\"", false);
}

TEST(the_layout_is_linuxkits_only_where_a_read_only_root_is_asked_for)
{
	SCOPED(place) place = { 0 };
	SCOPED(buf) text = { 0 };

	CHECK_INT(service_of(
			  &place,
			  HARDENED
			  "services: [{name: web, image: i, readonly: true}]\n",
			  "", &text),
		  0);
	CHECK(entry_root_is_bound(&place.merged));
}

TEST(labels_of_lsms_are_written_where_the_runtime_reads_them)
{
	check_with(", apparmor: web-profile", "",
		   "\"apparmorProfile\": \"web-profile\"", true);
	check_with(
		", selinux: 'system_u:system_r:container_t:s0:c1,c2'", "",
		"\"selinuxLabel\": \"system_u:system_r:container_t:s0:c1,c2\"",
		true);
	check_with(
		", selinux: 'system_u:system_r:container_t:s0:c1,c2'", "",
		"\"mountLabel\": \"system_u:object_r:container_file_t:s0:c1,c2\"",
		true);
	check_with(", selinux: {label: 'u:r:t', mountLabel: 'u:object_r:f'}",
		   "", "\"mountLabel\": \"u:object_r:f\"", true);
	check_with(", selinux: 'u:r:t'", "",
		   "\"mountLabel\": \"u:object_r:container_file_t\"", true);
}

TEST(a_filter_depends_on_what_the_entry_may_do)
{
	check_with(
		", seccomp: default, capabilities: [CAP_SYS_MODULE]", "",
		"\"init_module\",\n                        \"query_module\"\n"
		"                    ],\n"
		"                    \"action\": \"SCMP_ACT_ALLOW\"",
		true);
	check_with(
		"", "",
		"\"init_module\",\n                        \"query_module\"\n"
		"                    ],\n"
		"                    \"action\": \"SCMP_ACT_ERRNO\"",
		true);
	/* The ambient set is part of the bounding set. */
	check_with(", ambient: [CAP_SYS_CHROOT]", "",
		   "\"chroot\"\n                    ],\n"
		   "                    \"action\": \"SCMP_ACT_ALLOW\"",
		   true);
}

TEST(manifests_that_contradict_each_other_are_refused)
{
	SCOPED(manifest) one = { 0 };
	SCOPED(manifest) two = { 0 };
	SCOPED(manifest) merged = { 0 };
	SCOPED(err) err = { 0 };
	static const char hardened[] = HARDENED;
	static const char linuxkit[] = "security: linuxkit\n";

	CHECK_INT(
		decode_text(&one, "one.yml", hardened, strlen(hardened), &err),
		0);
	CHECK_INT(
		decode_text(&two, "two.yml", linuxkit, strlen(linuxkit), &err),
		0);
	manifest_merge(&merged, &one);
	manifest_merge(&merged, &one);
	CHECK_INT(manifest_check(&merged, &err), 0);
	manifest_merge(&merged, &two);
	CHECK_INT(manifest_check(&merged, &err), -1);
	CHECK_STR(
		err.msg,
		"two.yml:1:11: security is 'linuxkit' here and 'hardened' in one.yml");
}

TEST(a_later_manifest_hardens_the_whole_build)
{
	SCOPED(manifest) one = { 0 };
	SCOPED(manifest) two = { 0 };
	SCOPED(manifest) merged = { 0 };
	SCOPED(err) err = { 0 };
	static const char plain[] = "services: [{name: web, image: i}]\n";
	static const char hardened[] = HARDENED;
	struct entry entry;

	if (decode_text(&one, "one", plain, strlen(plain), &err) < 0 ||
	    decode_text(&two, "two", hardened, strlen(hardened), &err) < 0)
		UNIT_FAIL("%s", err.msg);
	manifest_merge(&merged, &one);
	manifest_merge(&merged, &two);
	entry = *(struct entry *)merged.sections[SECTION_SERVICES].items;
	entry_harden(&entry, &merged);
	CHECK(entry_is_hardened(&entry));
}
