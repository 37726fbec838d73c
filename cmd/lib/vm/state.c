/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which a machine keeps what outlives a start. */
#include "cmd/lib/vm/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/sha256.h"

/* The same on this host at this place, another elsewhere. */
static struct digest identity(const char *state)
{
	SCOPED_FREE char *whole = realpath(state, NULL);
	SCOPED(sha256) hash = { 0 };
	SCOPED(buf) host = { 0 };
	SCOPED(err) ignored = { 0 };

	sha256_start(&hash);
	sha256_add_str(&hash, whole ? whole : state);
	if (buf_read_file(&host, "/etc/machine-id", &ignored) == 0)
		sha256_add_str(&hash, buf_text(&host));
	return sha256_finish(&hash);
}

/* What the file holds, or else `text`, which it then holds. */
static int keep(const char *state, const char *name, char *text, size_t length,
		struct err *err)
{
	SCOPED_FREE char *path = path_join(state, name);
	SCOPED(buf) kept = { .max_bytes = 4096 };

	if (!path_exists(path))
		return path_write_file(path, text, length, err);
	if (buf_read_file(&kept, path, err) < 0)
		return -1;
	if (kept.size < length ||
	    strspn(buf_text(&kept), "0123456789abcdefABCDEF:-") < length)
		return err_set(err, FAULT_INPUT,
			       "%s: not what is kept there; remove it", path);
	memcpy(text, kept.data, length);
	return 0;
}

static int keep_identity(struct machine *machine, struct err *err)
{
	struct digest id = identity(machine->state);
	const uint8_t *b = id.bytes;

	/* Locally administered, unicast; UUID version 8: of our own making. */
	snprintf(machine->mac, sizeof(machine->mac),
		 "02:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4]);
	if (keep(machine->state, "mac-addr", machine->mac, 17, err) < 0)
		return -1;
	if (*machine->uuid)
		return 0;
	snprintf(
		machine->uuid, sizeof(machine->uuid),
		"%02x%02x%02x%02x-%02x%02x-8%x%02x-8%x%02x-%02x%02x%02x%02x%02x%02x",
		b[8], b[9], b[10], b[11], b[12], b[13], b[14] & 15, b[15],
		b[16] & 15, b[17], b[18], b[19], b[20], b[21], b[22], b[23]);
	return keep(machine->state, "uuid", machine->uuid, 36, err);
}

static int make_disk(const struct machine_disk *disk, struct err *err)
{
	SCOPED_FD int fd = -1;

	if (path_exists(disk->path))
		return 0;
	if (disk->size_bytes == 0)
		return err_set(
			err, FAULT_INPUT,
			"disk %s: there is no such file; give size=4G to make it",
			disk->path);
	if (strcmp(disk->format, "raw") != 0)
		return err_set(
			err, FAULT_INPUT,
			"disk %s: only raw disks are made here; make it with `qemu-img create -f %s`",
			disk->path, disk->format);
	fd = open(disk->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)disk->size_bytes) < 0)
		return err_sys(err, "make disk %s", disk->path);
	return 0;
}

int machine_prepare(struct machine *machine, struct err *err)
{
	if (path_make_directories(machine->state, err) < 0 ||
	    keep_identity(machine, err) < 0)
		return -1;
	for (size_t i = 0; i < machine->disk_count; i++)
		if (make_disk(&machine->disks[i], err) < 0)
			return -1;
	return 0;
}
