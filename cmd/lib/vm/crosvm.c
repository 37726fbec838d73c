/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on crosvm. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

static int add_block(struct strv *argv, const char *path, const char *more,
		     struct err *err)
{
	if (strchr(path, ','))
		return err_set(err, FAULT_INPUT,
			       "%s: crosvm cannot be told of a comma", path);
	recipe_option(argv, "--block", "path=%s%s", path, more);
	return 0;
}

static int add_blocks(const struct machine *machine, struct strv *argv,
		      struct err *err)
{
	if (machine->image &&
	    add_block(argv, machine->image, machine->image_is_cd ? ",ro" : "",
		      err) < 0)
		return -1;
	if (machine->root &&
	    add_block(argv, machine->root, ",ro,root", err) < 0)
		return -1;
	for (size_t i = 0; i < machine->disk_count; i++)
		if (add_block(argv, machine->disks[i].path, "", err) < 0)
			return -1;
	if (!machine->metadata)
		return 0;
	return add_block(argv, machine->metadata, ",ro", err);
}

static int add_shares(const struct machine *machine, struct strv *argv,
		      struct err *err)
{
	for (size_t i = 0; i < machine->share_count; i++) {
		const struct machine_share *share = &machine->shares[i];

		if (strchr(share->folder, ':'))
			return err_set(err, FAULT_INPUT,
				       "%s: crosvm cannot be told of a colon",
				       share->folder);
		recipe_option(argv, "--shared-dir", "%s:%s:type=fs:cache=auto",
			      share->folder, share->tag);
	}
	return 0;
}

static void add_boot(const struct machine *machine, struct strv *argv)
{
	if (machine->uefi) {
		recipe_option(argv, "--bios", "%s", machine->firmware);
		return;
	}
	if (machine->initrd)
		recipe_option(argv, "--initrd", "%s", machine->initrd);
	recipe_option(argv, "-p", "%s", machine->cmdline);
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	struct strv *argv = &recipe->argv;

	if (hypervisor_socket(machine, "crosvm.sock", &recipe->control, err) <
	    0)
		return -1;
	strv_add(argv, machine->program);
	strv_add(argv, "run");
	/* It would change to an empty root that a user cannot make. */
	strv_add(argv, "--disable-sandbox");
	recipe_option(argv, "--cpus", "num-cores=%u", machine->cpus);
	recipe_option(argv, "--mem", "size=%llu",
		      (unsigned long long)machine->memory_mib);
	add_boot(machine, argv);
	if (add_blocks(machine, argv, err) < 0 ||
	    add_shares(machine, argv, err) < 0)
		return -1;
	if (machine->net == MACHINE_NET_TAP)
		recipe_option(argv, "--net", "tap-name=%s",
			      machine->net_place ? machine->net_place : "tap0");
	if (machine->vsock_cid)
		recipe_option(argv, "--vsock", "cid=%u", machine->vsock_cid);
	recipe_option(argv, "--serial",
		      "type=stdout,hardware=serial,num=1,console,stdin");
	recipe_option(argv, "-s", "%s", recipe->control);
	strv_add(argv, "--no-balloon");
	if (!machine->uefi)
		strv_add(argv, machine->kernel);
	strv_add(&recipe->traces, recipe->control);
	recipe_set_button(recipe,
			  (const char *const[]){ machine->program, "powerbtn",
						 recipe->control, NULL });
	return 0;
}

const struct hypervisor hypervisor_crosvm = {
	.name = "crosvm",
	.program = "crosvm",
	.cure = "build it from source; it needs KVM",
	.console = "ttyS0",
	.arm64_console = "ttyS0",
	.arches = ARCH_AMD64 | ARCH_ARM64,
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT | MACHINE_BOOT_DISK |
		 MACHINE_BOOT_CD,
	.uefi_boots = MACHINE_BOOT_DISK | MACHINE_BOOT_CD,
	.can = CAN_SHARE | CAN_VSOCK | CAN_METADATA | CAN_UEFI | CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_TAP,
	.default_net = MACHINE_NET_NONE,
	.formats = MACHINE_FORMAT_RAW | MACHINE_FORMAT_QCOW2,
	.plain_kernel = ARCH_ARM64,
	.vhost_vsock = true,
	.firmware_kind = FIRMWARE_FILE,
	.describe = describe,
};
