/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on Cloud Hypervisor. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/helpers.h"

static int check_comma(const char *path, struct err *err)
{
	if (!strchr(path, ','))
		return 0;
	return err_set(err, FAULT_INPUT,
		       "%s: cloud-hypervisor cannot be told of a comma", path);
}

/* One option takes them all. */
static int add_disks(const struct machine *machine, struct strv *argv,
		     struct err *err)
{
	SCOPED(strv) disks = { 0 };

	if (machine->image)
		strv_add_fmt(&disks, "path=%s,image_type=%s%s", machine->image,
			     machine_format_name(machine->image_format),
			     machine->image_is_cd ? ",readonly=on" : "");
	if (machine->root)
		strv_add_fmt(&disks, "path=%s,image_type=raw,readonly=on",
			     machine->root);
	for (size_t i = 0; i < machine->disk_count; i++) {
		const struct machine_disk *disk = &machine->disks[i];

		if (check_comma(disk->path, err) < 0)
			return -1;
		strv_add_fmt(&disks, "path=%s,image_type=%s", disk->path,
			     machine_format_name(disk->format));
	}
	if (machine->metadata)
		strv_add_fmt(&disks, "path=%s,image_type=raw,readonly=on",
			     machine->metadata);
	if (disks.count > 0)
		strv_add(argv, "--disk");
	strv_add_all(argv, &disks);
	return 0;
}

static int add_shares(const struct machine *machine, struct recipe *recipe,
		      struct err *err)
{
	SCOPED(strv) shares = { 0 };

	for (size_t i = 0; i < machine->share_count; i++) {
		SCOPED_FREE char *path = NULL;

		if (virtiofsd_add(machine, i, recipe, &path, err) < 0)
			return -1;
		strv_add_fmt(&shares,
			     "tag=%s,socket=%s,num_queues=1,queue_size=512",
			     machine->shares[i].tag, path);
	}
	if (shares.count > 0)
		strv_add(&recipe->argv, "--fs");
	strv_add_all(&recipe->argv, &shares);
	return 0;
}

static int add_connections(const struct machine *machine, struct recipe *recipe,
			   struct err *err)
{
	SCOPED_FREE char *path = NULL;

	if (machine->net == MACHINE_NET_TAP)
		recipe_option(&recipe->argv, "--net", "tap=%s,mac=%s",
			      machine->net_place ? machine->net_place : "tap0",
			      machine->mac);
	if (!machine->vsock_cid)
		return 0;
	if (hypervisor_socket(machine, "vsock.sock", &path, err) < 0)
		return -1;
	recipe_option(&recipe->argv, "--vsock", "cid=%u,socket=%s",
		      machine->vsock_cid, path);
	strv_add(&recipe->traces, path);
	return 0;
}

/* Only one of the two may be the terminal: the one the guest was told of. */
static void add_console(const struct machine *machine, struct strv *argv)
{
	bool virtio = machine->cmdline && strstr(machine->cmdline, "hvc0");

	recipe_option(argv, "--console", virtio ? "tty" : "off");
	recipe_option(argv, "--serial", virtio ? "null" : "tty");
}

static void add_boot(const struct machine *machine, struct strv *argv)
{
	if (machine->uefi) {
		recipe_option(argv, "--firmware", "%s", machine->firmware);
		return;
	}
	recipe_option(argv, "--kernel", "%s", machine->kernel);
	if (machine->initrd)
		recipe_option(argv, "--initramfs", "%s", machine->initrd);
	recipe_option(argv, "--cmdline", "%s", machine->cmdline);
}

static void add_control(struct recipe *recipe)
{
	recipe_option(&recipe->argv, "--rng", "src=/dev/urandom");
	recipe_option(&recipe->argv, "--api-socket", "path=%s",
		      recipe->control);
	recipe->power = RECIPE_POWER_REQUEST;
	recipe->button = (struct recipe_request){
		.socket = xstrdup(recipe->control),
		.method = xstrdup("PUT"),
		.path = xstrdup("/api/v1/vm.power-button"),
		.body = xstrdup(""),
	};
	strv_add(&recipe->traces, recipe->control);
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	struct strv *argv = &recipe->argv;

	if (hypervisor_socket(machine, "api.sock", &recipe->control, err) < 0)
		return -1;
	if (machine->image && check_comma(machine->image, err) < 0)
		return -1;
	strv_add(argv, machine->program);
	add_boot(machine, argv);
	recipe_option(argv, "--cpus", "boot=%u", machine->cpus);
	recipe_option(argv, "--memory", "size=%lluM%s",
		      (unsigned long long)machine->memory_mib,
		      machine->share_count ? ",shared=on" : "");
	recipe_option(argv, "--platform", "uuid=%s", machine->uuid);
	if (add_disks(machine, argv, err) < 0 ||
	    add_shares(machine, recipe, err) < 0 ||
	    add_connections(machine, recipe, err) < 0)
		return -1;
	add_console(machine, argv);
	add_control(recipe);
	return 0;
}

const struct hypervisor hypervisor_cloud_hypervisor = {
	.name = "cloud-hypervisor",
	.program = "cloud-hypervisor",
	.cure = "a static binary from its releases page will do; it needs KVM",
	.console = "ttyS0",
	.arm64_console = "ttyAMA0",
	.arches = ARCH_AMD64 | ARCH_ARM64,
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT | MACHINE_BOOT_DISK,
	.uefi_boots = MACHINE_BOOT_DISK,
	.can = CAN_SHARE | CAN_VSOCK | CAN_METADATA | CAN_UEFI | CAN_UUID |
	       CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_TAP,
	.default_net = MACHINE_NET_NONE,
	.formats = MACHINE_FORMAT_RAW | MACHINE_FORMAT_QCOW2,
	.virtiofsd = true,
	.firmware_kind = FIRMWARE_FILE,
	.describe = describe,
};
