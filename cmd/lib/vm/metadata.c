/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata for the guest, on a CD as cloud-init's data source NoCloud wants it:
 * labelled "cidata", with user-data and meta-data. LinuxKit's package looks for
 * user-data or, in its older form, config.
 */
#include "cmd/lib/vm/machine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "formats/disk/iso9660.h"

static struct iso_node file_node(const char *name, const char *text,
				 size_t size)
{
	struct iso_node node = {
		.name = name,
		.mode = S_IFREG | 0444,
		.links = 1,
		.mtime = CLOCK_BUILD_TIME,
		.same_as = ISO_NONE,
		.content.size_bytes = size,
	};

	extents_put(&node.content, 0, text, size);
	return node;
}

static void iso_nodes_release(struct iso_node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		extents_release(&nodes[i].content);
}

static int write_iso(struct iso_node *nodes, size_t count, const char *path,
		     struct err *err)
{
	SCOPED(iso)
	iso = {
		.nodes = nodes,
		.count = count,
		.volume_id = "cidata",
		.bios_boot = ISO_NONE,
		.efi_boot = ISO_NONE,
	};
	SCOPED(extents) image = { 0 };
	SCOPED_FD int fd = -1;

	if (iso_plan(&iso, err) < 0)
		return -1;
	iso_make(&image, &iso);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "make %s", path);
	return extents_write(&image, fd, path, err);
}

int machine_put_metadata(struct machine *machine, const char *text, size_t size,
			 struct err *err)
{
	SCOPED_FREE char *meta = xasprintf("instance-id: %s\n", machine->uuid);
	struct iso_node nodes[] = {
		{ .name = "",
		  .mode = S_IFDIR | 0555,
		  .links = 2,
		  .mtime = CLOCK_BUILD_TIME,
		  .same_as = ISO_NONE },
		file_node("config", text, size),
		file_node("meta-data", meta, strlen(meta)),
		file_node("user-data", text, size),
	};
	int result;

	result = write_iso(nodes, ARRAY_LEN(nodes), machine->metadata, err);
	iso_nodes_release(nodes, ARRAY_LEN(nodes));
	return result;
}
