/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which a machine keeps what outlives a start. */
#include "cmd/lib/vm/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/sha256.h"
#include "formats/disk/qcow2.h"
#include "formats/disk/vdi.h"
#include "formats/disk/vhd.h"

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

static int write_raw(const struct extents *disk, int fd, const char *path,
		     struct err *err)
{
	if (ftruncate(fd, (off_t)disk->size_bytes) < 0)
		return err_sys(err, "make disk %s", path);
	return 0;
}

static int (*writer_of(enum machine_format format))(const struct extents *disk,
						    int fd, const char *path,
						    struct err *err)
{
	switch (format) {
	case MACHINE_FORMAT_RAW:
		return write_raw;
	case MACHINE_FORMAT_QCOW2:
		return qcow2_write;
	case MACHINE_FORMAT_VDI:
		return vdi_write;
	case MACHINE_FORMAT_VHD:
		return vhd_write_dynamic;
	case MACHINE_FORMAT_VMDK: /* ours are for transport, not for writing */
	case MACHINE_FORMAT_VHDX:
		break;
	}
	return NULL;
}

/* Of zeros, and there by rename: a run that is killed leaves no half disk. */
static int make_disk(const struct machine_disk *disk, struct err *err)
{
	SCOPED(extents) zeros = { .size_bytes = disk->size_bytes };
	SCOPED_FREE char *part = xasprintf("%s.part", disk->path);
	SCOPED_FD int fd = -1;
	int (*write_disk)(const struct extents *, int, const char *,
			  struct err *) = writer_of(disk->format);

	if (disk->size_bytes == 0)
		return err_set(
			err, FAULT_INPUT,
			"disk %s: there is no such file; give size=4G to make it",
			disk->path);
	if (!write_disk)
		return err_set(
			err, FAULT_INPUT,
			"disk %s: it is not there, and format %s is not made here; make it with `qemu-img create -f %s`",
			disk->path, machine_format_name(disk->format),
			machine_format_name(disk->format));
	fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(err, "make disk %s", disk->path);
	if (write_disk(&zeros, fd, part, err) < 0) {
		unlink(part);
		return -1;
	}
	if (rename(part, disk->path) < 0)
		return err_sys(err, "make disk %s", disk->path);
	return 0;
}

static int make_disks(struct machine *machine, bool by_hypervisor,
		      struct err *err)
{
	for (size_t i = 0; i < machine->disk_count; i++) {
		struct machine_disk *disk = &machine->disks[i];

		if (path_exists(disk->path))
			continue;
		disk->absent = by_hypervisor && disk->size_bytes > 0;
		if (!disk->absent && make_disk(disk, err) < 0)
			return -1;
	}
	return 0;
}

int machine_prepare(struct machine *machine, bool makes_disks, struct err *err)
{
	if (path_make_directories(machine->state, err) < 0 ||
	    keep_identity(machine, err) < 0)
		return -1;
	return make_disks(machine, makes_disks, err);
}

static int lock(struct machine *machine, const char *path, int flags,
		bool *is_free, struct err *err)
{
	SCOPED_FD int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_sys(err, "open %s", path);
	*is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!*is_free && errno != EWOULDBLOCK)
		return err_sys(err, "lock %s", path);
	if (!*is_free)
		return 0;
	machine->locks = xrealloc(machine->locks, machine->lock_count + 1,
				  sizeof(*machine->locks));
	machine->locks[machine->lock_count++] = take_fd(&fd);
	return 0;
}

static int lock_disk(struct machine *machine, const char *path, struct err *err)
{
	bool is_free = false;

	/* Who may only read it cannot disturb another. */
	if (access(path, W_OK) < 0)
		return 0;
	if (lock(machine, path, O_RDWR, &is_free, err) < 0)
		return -1;
	if (is_free)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "disk %s: another machine that runs is writing to it",
		       path);
}

int machine_lock_disks(struct machine *machine, struct err *err)
{
	if (machine->image && !machine->image_is_cd &&
	    lock_disk(machine, machine->image, err) < 0)
		return -1;
	for (size_t i = 0; i < machine->disk_count; i++)
		if (!machine->disks[i].absent &&
		    lock_disk(machine, machine->disks[i].path, err) < 0)
			return -1;
	return 0;
}

int machine_lock_state(struct machine *machine, struct err *err)
{
	SCOPED_FREE char *path = path_join(machine->state, "lock");
	bool is_free = false;

	if (path_make_directories(machine->state, err) < 0 ||
	    lock(machine, path, O_RDWR | O_CREAT, &is_free, err) < 0)
		return -1;
	if (!is_free)
		return err_set(
			err, FAULT_INPUT,
			"state folder %s: another machine runs in it; give this one its own by --state",
			machine->state);
	return 0;
}
