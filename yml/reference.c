/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the manifest as a manual in Markdown. */
#include "yml/schema.h"

#include "yml/internal.h"
#include "yml/manifest.h"

static const char introduction[] =
	"# The manifest\n"
	"\n"
	"A manifest is a YAML file that says what an image consists of. "
	"`kitbuild build`\n"
	"reads it. Its keys and their meaning are LinuxKit's; kitbuild's own stand last\n"
	"in their tables and do nothing where they are left out.\n"
	"\n"
	"    kernel:\n"
	"      image: \"@pkg:kernels/debian-cloud\"\n"
	"      cmdline: console=ttyS0\n"
	"    init:\n"
	"      - \"@pkg:pkg/init\"\n"
	"      - \"@pkg:pkg/runc\"\n"
	"      - \"@pkg:pkg/containerd\"\n"
	"    services:\n"
	"      - name: nginx\n"
	"        image: docker.io/library/nginx:1.27\n"
	"    files:\n"
	"      - path: etc/hostname\n"
	"        contents: \"kitbuild\\n\"\n"
	"\n"
	"A key that is not below is an error, and so is one without a value: leave it\n"
	"out instead. Text that looks like a number or like true and false has to be\n"
	"in quotes. Of several manifests that are built together, lists are appended\n"
	"and the later kernel texts win. An image is a reference, or `@pkg:` and the\n"
	"folder of a package, relative to the manifest's.\n"
	"\n"
	"What an entry leaves out is taken from its image's label\n"
	"`org.mobyproject.config`, which is an [entry](#entry) in JSON without name and\n"
	"image.\n"
	"\n"
	"`kitbuild build --print-reference` prints this page,\n"
	"`kitbuild build --print-schema` a JSON Schema for editors, and\n"
	"`kitbuild build --dry-run` a manifest as it is understood.\n";

static const char own_keys[] =
	"\n"
	"# security: hardened\n"
	"\n"
	"The word at the top of a manifest holds for every entry of onboot, onshutdown\n"
	"and services; of several manifests one is enough, and two that differ are an\n"
	"error. `security: linuxkit` on an entry takes the whole set from it,\n"
	"`security: hardened` gives it to one entry alone. Each key that an entry or its\n"
	"image's label states wins over the set: `readonlyPaths: []`, for instance, lets\n"
	"a container write to `/proc/sys`.\n"
	"\n"
	"| Key | What it becomes where nobody states it |\n"
	"| --- | --- |\n"
	"| `seccomp` | `default` |\n"
	"| `noNewPrivileges` | `true` |\n"
	"| `readonly` | the container sees its root read-only; see below |\n"
	"| `maskedPaths` | `/proc/acpi`, `/proc/asound`, `/proc/interrupts`, `/proc/kcore`, `/proc/keys`, `/proc/latency_stats`, `/proc/sched_debug`, `/proc/scsi`, `/proc/timer_list`, `/proc/timer_stats`, `/sys/dev/block`, `/sys/devices/virtual/powercap`, `/sys/firmware`, `/sys/fs/selinux` |\n"
	"| `readonlyPaths` | `/proc/bus`, `/proc/fs`, `/proc/irq`, `/proc/sys`, `/proc/sysrq-trigger` |\n"
	"| `resources` | `pids.limit` is 2048, also where other resources are stated |\n"
	"| the mount on `/sys` | read-only, also below a writable root, unless the entry mounts something else there |\n"
	"\n"
	"Inheritable capabilities are empty in every container, hardened or not, unless\n"
	"`ambient` needs them. Capabilities, namespaces and binds stay as written: they\n"
	"say what a container is for.\n"
	"\n"
	"The read-only root is still an overlay, so that mount points that the image\n"
	"lacks can be made before the container starts. `/run`, `/tmp` and `/var/tmp` are\n"
	"a tmpfs of 64 MB each, unless the entry mounts something there or further up,\n"
	"and `/dev` is read-only as with `readonly: true`. A service that writes\n"
	"elsewhere needs a `tmpfs`, a volume or `readonly: false`. What an image holds in\n"
	"the three directories is not seen then. `readonly: true` keeps LinuxKit's\n"
	"meaning: no tmpfs, and mount points have to be in the image.\n"
	"\n"
	"# seccomp\n"
	"\n"
	"`default` is the profile of containers-common, which podman and CRI-O use. Any\n"
	"other word but `unconfined` is a file, looked for beside the manifest, then in\n"
	"the working directory: a profile as Docker and podman read it, or the\n"
	"`linux.seccomp` of an OCI runtime configuration. Its conditions are decided when\n"
	"the image is built: `caps` by the entry's bounding set, `arches` by the\n"
	"architecture of the build, and `minKernel` as if the kernel were newer than any.\n"
	"A label can only say `default` or `unconfined`.\n"
	"\n"
	"# Care for services\n"
	"\n"
	"`restart: on-failure:5` is short for `policy: on-failure` and `limit: 5`, as\n"
	"`selinux:` with a text is for its `label`. `after` puts services in order;\n"
	"`requires` does so too, waits for the other to be ready, and gives up when that\n"
	"has failed. Services that wait for each other are an error. A duration is\n"
	"numbers with the units ms, s, m and h, such as `1m30s`.\n";

static void add_link(struct buf *text, const struct schema *schema)
{
	SCOPED_FREE char *anchor = schema_anchor(schema);

	buf_add_fmt(text, "[%s](#%s)", schema_noun(schema), anchor);
}

static void add_type(struct buf *text, const struct field *field)
{
	static const char *const words[] = {
		[FIELD_STR] = "text",
		[FIELD_BOOL] = "true or false",
		[FIELD_INT] = "integer",
		[FIELD_STRS] = "list of texts",
		[FIELD_MAP] = "texts by name",
		[FIELD_ID] = "number or name",
		[FIELD_IDS] = "list of numbers or names",
		[FIELD_LIST] = "list of ",
		[FIELD_STRUCT] = "",
		[FIELD_SHORT] = "text or ",
		[FIELD_IGNORED] = "anything",
	};

	buf_add_str(text, words[field->type]);
	if (field->schema)
		add_link(text, field->schema);
}

static void add_table(struct buf *text, const struct schema *schema)
{
	buf_add_fmt(
		text,
		"\n## %s\n\n| Key | Type | Meaning |\n| --- | --- | --- |\n",
		schema_noun(schema));
	for (const struct field *field = schema->fields;
	     field->type != FIELD_END; field++) {
		buf_add_fmt(text, "| `%s` | ", field->key);
		add_type(text, field);
		buf_add_fmt(text, "%s | %s |\n",
			    field->needed ? ", needed" : "", field->help);
	}
}

void manifest_reference(struct buf *text)
{
	struct schema_list list = { 0 };

	schema_list_manifest(&list);
	buf_add_str(text, introduction);
	for (size_t i = 0; i < list.count; i++)
		add_table(text, list.items[i]);
	buf_add_str(text, own_keys);
}
