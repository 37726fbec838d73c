/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on VMware Workstation or Fusion, described by a .vmx file. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

/* KEY = "VALUE"; in a value | leads an escape in hexadecimal. */
static void set(struct buf *vmx, const char *key, const char *value)
{
	buf_add_fmt(vmx, "%s = \"", key);
	for (; *value; value++)
		if (strchr("\"|#", *value))
			buf_add_fmt(vmx, "|%02X", (unsigned)*value);
		else
			buf_add_char(vmx, *value);
	buf_add_str(vmx, "\"\n");
}

static void set_number(struct buf *vmx, const char *key,
		       unsigned long long value)
{
	SCOPED_FREE char *text = xasprintf("%llu", value);

	set(vmx, key, text);
}

/* What every machine has. */
static void set_board(struct buf *vmx)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ ".encoding", "UTF-8" },
		{ "config.version", "8" },
		{ "virtualHW.version", "12" },
		{ "displayName", "kitbuild" },
		{ "guestOS", "other3xlinux-64" },
		{ "pciBridge0.present", "TRUE" },
		{ "pciBridge4.present", "TRUE" },
		{ "pciBridge4.virtualDev", "pcieRootPort" },
		{ "pciBridge4.functions", "8" },
		{ "msg.autoAnswer", "TRUE" },
		{ "scsi0.present", "TRUE" },
		{ "scsi0.virtualDev", "lsilogic" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		set(vmx, rows[i].key, rows[i].value);
}

static void set_drive(struct buf *vmx, const char *slot, const char *file,
		      const char *type)
{
	SCOPED_FREE char *present = xasprintf("%s.present", slot);
	SCOPED_FREE char *name = xasprintf("%s.fileName", slot);
	SCOPED_FREE char *kind = xasprintf("%s.deviceType", slot);

	set(vmx, present, "TRUE");
	set(vmx, name, file);
	set(vmx, kind, type);
}

static void set_drives(const struct machine *machine, struct buf *vmx)
{
	unsigned next = 0;

	if (machine->image_is_cd)
		set_drive(vmx, "ide1:0", machine->image, "cdrom-image");
	else
		set_drive(vmx, "scsi0:0", machine->image, "scsi-hardDisk");
	next += machine->image_is_cd ? 0 : 1;
	for (size_t i = 0; i < machine->disk_count; i++) {
		/* The adapter itself is 7. */
		unsigned slot = next + (next >= 7 ? 1 : 0);
		SCOPED_FREE char *name = xasprintf("scsi0:%u", slot);

		set_drive(vmx, name, machine->disks[i].path, "scsi-hardDisk");
		next++;
	}
	if (machine->metadata)
		set_drive(vmx, "ide1:1", machine->metadata, "cdrom-image");
}

static void set_network(const struct machine *machine, struct buf *vmx)
{
	if (machine->net == MACHINE_NET_NONE)
		return;
	set(vmx, "ethernet0.present", "TRUE");
	set(vmx, "ethernet0.virtualDev", "e1000");
	set(vmx, "ethernet0.connectionType",
	    machine->net == MACHINE_NET_BRIDGE ? "bridged" : "nat");
	set(vmx, "ethernet0.addressType", "generated");
}

static void set_console(const char *path, struct buf *vmx)
{
	set(vmx, "serial0.present", "TRUE");
	set(vmx, "serial0.fileType", "pipe");
	set(vmx, "serial0.fileName", path);
	set(vmx, "serial0.pipe.endPoint", "client");
	set(vmx, "serial0.startConnected", "TRUE");
}

/* "c0 ff ..-.. ..", a byte each. */
static void set_uuid(const char *uuid, struct buf *vmx)
{
	SCOPED(buf) text = { 0 };
	unsigned digits = 0;

	for (; *uuid; uuid++) {
		if (*uuid == '-')
			continue;
		if (digits && digits % 2 == 0)
			buf_add_char(&text, digits == 16 ? '-' : ' ');
		buf_add_char(&text, *uuid);
		digits++;
	}
	set(vmx, "uuid.bios", buf_text(&text));
}

static void make_vmx(const struct machine *machine, const char *console,
		     struct buf *vmx)
{
	set_board(vmx);
	set_number(vmx, "memsize", machine->memory_mib);
	set_number(vmx, "numvcpus", machine->cpus);
	set(vmx, "firmware", machine->uefi ? "efi" : "bios");
	set_uuid(machine->uuid, vmx);
	set_drives(machine, vmx);
	set_network(machine, vmx);
	set_console(console, vmx);
}

/* Its own tool makes disks that it can write to. */
static void make_disks(const struct machine *machine, struct recipe *recipe)
{
	for (size_t i = 0; i < machine->disk_count; i++) {
		const struct machine_disk *disk = &machine->disks[i];
		SCOPED_FREE char *size = xasprintf(
			"%lluMB", (unsigned long long)disk->size_bytes >> 20);
		const char *const words[] = {
			"vmware-vdiskmanager",
			"-c",
			"-s",
			size,
			"-a",
			"lsilogic",
			"-t",
			"0",
			disk->path,
			NULL,
		};

		if (disk->absent)
			recipe_add_before(recipe, words);
	}
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	SCOPED_FREE char *path = xasprintf("%s/kitbuild.vmx", machine->state);
	SCOPED(buf) vmx = { 0 };
	const char *product =
		strcmp(host_this().os, "darwin") == 0 ? "fusion" : "ws";
	const char *const start[] = {
		machine->program,
		"-T",
		product,
		"start",
		path,
		machine->gui ? "gui" : "nogui",
		NULL,
	};
	const char *const stop[] = {
		machine->program, "-T", product, "stop", path, "hard", NULL,
	};
	const char *const button[] = {
		machine->program, "-T", product, "stop", path, "soft", NULL,
	};

	if (hypervisor_console_socket(machine, recipe, err) < 0)
		return -1;
	make_vmx(machine, recipe->console, &vmx);
	recipe_add_file(recipe, path, buf_text(&vmx));
	make_disks(machine, recipe);
	recipe_add_before(recipe, start);
	recipe_add_after(recipe, stop);
	recipe_set_button(recipe, button);
	return 0;
}

const struct hypervisor hypervisor_vmware = {
	.name = "vmware",
	.program = "vmrun",
	.cure = "install VMware Workstation or Fusion",
	.console = "ttyS0",
	.arches = ARCH_AMD64,
	.not_on_apple_silicon = "vz",
	.boots = MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.can = CAN_METADATA | CAN_UEFI | CAN_GUI | CAN_UUID | CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_USER | MACHINE_NET_BRIDGE,
	.default_net = MACHINE_NET_USER,
	.formats = MACHINE_FORMAT_VMDK,
	.firmware_kind = FIRMWARE_OWN,
	.absolute_paths = true,
	.makes_disks = true,
	.describe = describe,
};
