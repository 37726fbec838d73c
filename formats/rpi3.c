/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format rpi3: what is unpacked onto the FAT partition of an SD card that a
 * Raspberry Pi 3 starts from. Its firmware loads kernel and initrd itself
 * (Raspberry Pi documentation, "config.txt"), so that no other loader is
 * needed and the manifest's command line counts.
 */
#include "formats/format.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/path.h"
#include "formats/boot/payload.h"
#include "formats/disk/ustar.h"

#define DEVICE_TREES "boot/dtb/broadcom"
#define DEVICE_TREE_PREFIX "bcm2837-rpi-3-"
#define NAME_MAX_BYTES 99

/* The kernel's Documentation/arm64/booting.rst, section 4. */
#define IMAGE_MAGIC_AT 0x38
#define IMAGE_MAGIC "ARM\x64"

static const char config[] = "# Written by kitbuild.\n"
			     "arm_64bit=1\n"
			     "upstream_kernel=1\n"
			     "kernel=kernel8.img\n"
			     "initramfs initrd.img followkernel\n"
			     "enable_uart=1\n";

static const struct {
	const char *name;
	bool required;
} firmware[] = {
	{ "bootcode.bin", true },
	{ "start.elf", true },
	{ "fixup.dat", true },
	{ "LICENCE.broadcom", false },
};

/* The firmware takes both, and nothing else. */
static int check_kernel(const struct payload *payload, struct err *err)
{
	uint8_t head[IMAGE_MAGIC_AT + 4];

	if (extents_read(&payload->kernel, 0, head, sizeof(head), err) < 0)
		return -1;
	if (memcmp(head + IMAGE_MAGIC_AT, IMAGE_MAGIC, 4) == 0 ||
	    (head[0] == 0x1f && head[1] == 0x8b))
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"the kernel is neither an Image for arm64 nor one compressed by gzip");
}

static int add_firmware(struct writer *to, const char *directory,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(firmware); i++) {
		SCOPED_FREE char *path = path_join(directory, firmware[i].name);
		SCOPED(extents) content = { 0 };
		SCOPED_FD int fd = -1;
		uint64_t size;

		if (!path_exists(path) && !firmware[i].required)
			continue;
		if (!path_exists(path))
			return err_set(
				err, FAULT_INPUT,
				"there is no firmware %s; it comes with Debian's package raspi-firmware, and --rpi-firmware names another folder",
				path);
		if (fd_open_regular(&fd, path, &size, err) < 0 ||
		    extents_of_file(&content, fd, err) < 0 ||
		    ustar_add(to, firmware[i].name, &content, err) < 0)
			return -1;
	}
	return 0;
}

static int add_device_tree(struct writer *to, struct image *image,
			   const struct tree_node *node, struct err *err)
{
	const struct content *from = &node->inode->content;
	SCOPED(extents) content = { .size_bytes = from->length };

	if (strlen(node->name) > NAME_MAX_BYTES)
		return err_set(err, FAULT_INPUT, "%s: its name is too long",
			       node->name);
	extents_put_file(&content, 0, image->spool.fd, from->offset,
			 from->length);
	return ustar_add(to, node->name, &content, err);
}

static int add_device_trees(struct writer *to, struct image *image,
			    struct err *err)
{
	const struct tree_node *folder = tree_lookup(
		&image->tree, tree_first(&image->tree), DEVICE_TREES, true);
	size_t count = 0;

	if (spool_flush(&image->spool, err) < 0)
		return -1;
	for (const struct tree_node *node = folder ? folder->first_child : NULL;
	     node; node = node->next_sibling) {
		if (node->inode->type != INODE_FILE ||
		    strncmp(node->name, DEVICE_TREE_PREFIX,
			    strlen(DEVICE_TREE_PREFIX)) != 0)
			continue;
		if (add_device_tree(to, image, node, err) < 0)
			return -1;
		count++;
	}
	if (count > 0)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "the kernel's image has no " DEVICE_TREES
		       "/" DEVICE_TREE_PREFIX "*.dtb");
}

static int write_rpi3(struct image *image, const struct format_options *options,
		      struct output *output, struct err *err)
{
	SCOPED(payload) payload = PAYLOAD_INIT;
	SCOPED_FREE char *line = NULL;
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	if (strcmp(options->arch, "arm64") != 0)
		return err_set(
			err, FAULT_INPUT,
			"a Raspberry Pi 3 needs an image for arm64, and this one is for %s; --arch says for what",
			options->arch);
	if (payload_open(&payload, image, options->pack_cache, err) < 0 ||
	    check_kernel(&payload, err) < 0 ||
	    output_open(output, ".tar", &fd, err) < 0)
		return -1;
	to = writer_to_fd(fd, output_name(output));
	line = xasprintf("%s\n", payload.command_line);
	if (add_firmware(to, options->rpi_firmware, err) < 0 ||
	    ustar_add_text(to, "config.txt", config, strlen(config), err) < 0 ||
	    ustar_add_text(to, "cmdline.txt", line, strlen(line), err) < 0 ||
	    add_device_trees(to, image, err) < 0 ||
	    ustar_add(to, "kernel8.img", &payload.kernel, err) < 0 ||
	    ustar_add(to, "initrd.img", &payload.initrd, err) < 0)
		return -1;
	return ustar_end(to, err);
}

const struct format format_rpi3 = {
	.name = "rpi3",
	.files = "NAME.tar",
	.help = "the files of an SD card that a Raspberry Pi 3 starts from",
	.streamable = true,
	.write = write_rpi3,
};
