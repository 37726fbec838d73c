/* SPDX-License-Identifier: Apache-2.0 */
/* What a file to boot from is, by what is in it and not by its name. */
#include "cmd/lib/vm/machine.h"

#include <fcntl.h>
#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"

#define HEAD_BYTES 34816 /* an ISO 9660 volume descriptor is at 32 KiB */

/* The first that matches. */
static const struct kind {
	size_t offset;
	const char *magic;
	enum machine_format format;
	bool is_cd, is_program;
} kinds[] = {
	{ .magic = "QFI\xfb", .format = MACHINE_FORMAT_QCOW2 },
	{ .magic = "KDMV", .format = MACHINE_FORMAT_VMDK },
	{ .magic = "vhdxfile", .format = MACHINE_FORMAT_VHDX },
	{ .magic = "conectix", .format = MACHINE_FORMAT_VHD },
	{ .offset = 64,
	  .magic = "\x7f\x10\xda\xbe",
	  .format = MACHINE_FORMAT_VDI },
	{ .offset = 32769,
	  .magic = "CD001",
	  .format = MACHINE_FORMAT_RAW,
	  .is_cd = true },
	{ .magic = "MZ", .format = MACHINE_FORMAT_RAW, .is_program = true },
	{ .magic = "", .format = MACHINE_FORMAT_RAW },
};

static bool is_kind(const struct kind *kind, const char *head, size_t size)
{
	size_t length = strlen(kind->magic);

	return kind->offset + length <= size &&
	       memcmp(head + kind->offset, kind->magic, length) == 0;
}

int machine_set_image(struct machine *machine, const char *path,
		      struct err *err)
{
	SCOPED_FREE char *head = xmalloc(HEAD_BYTES);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct kind *kind = kinds;
	ssize_t got;

	if (fd < 0)
		return err_sys(err, "open %s", path);
	got = pread(fd, head, HEAD_BYTES, 0);
	if (got < 0)
		return err_sys(err, "read %s", path);
	while (!is_kind(kind, head, (size_t)got))
		kind++;
	machine->image_is_cd = kind->is_cd;
	if (kind->is_program) {
		machine->kernel = xstrdup(path);
		return 0;
	}
	machine->image = xstrdup(path);
	machine->image_format = kind->format;
	return 0;
}
