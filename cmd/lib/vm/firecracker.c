/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on Firecracker, described by a file of JSON. */
#include "cmd/lib/vm/hypervisor.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static bool has_word(const char *cmdline, const char *start)
{
	SCOPED(strv) words = { 0 };

	strv_split(&words, cmdline, ' ');
	for (size_t i = 0; i < words.count; i++)
		if (strncmp(words.items[i], start, strlen(start)) == 0)
			return true;
	return false;
}

/* It has no power-off: only a reset by the keyboard controller ends it. */
static json_t *boot_source(const struct machine *machine)
{
	const char *cmdline = machine->cmdline ? machine->cmdline : "";
	SCOPED_FREE char *words =
		xasprintf("%s%s", cmdline,
			  has_word(cmdline, "reboot=") ? "" : " reboot=k");
	json_t *source = json_object();

	set(source, "kernel_image_path", json_string(machine->kernel));
	if (machine->initrd)
		set(source, "initrd_path", json_string(machine->initrd));
	set(source, "boot_args", json_string(words));
	return source;
}

static void add_drive(json_t *drives, const char *id, const char *path,
		      bool read_only)
{
	json_t *drive = json_object();

	set(drive, "drive_id", json_string(id));
	set(drive, "path_on_host", json_string(path));
	set(drive, "is_root_device", json_boolean(strcmp(id, "root") == 0));
	set(drive, "is_read_only", json_boolean(read_only));
	json_array_append_new(drives, drive);
}

static json_t *drives_of(const struct machine *machine)
{
	json_t *drives = json_array();

	if (machine->root)
		add_drive(drives, "root", machine->root, true);
	for (size_t i = 0; i < machine->disk_count; i++) {
		SCOPED_FREE char *id = xasprintf("disk%zu", i);

		add_drive(drives, id, machine->disks[i].path, false);
	}
	if (machine->metadata)
		add_drive(drives, "data", machine->metadata, true);
	return drives;
}

static void add_network(const struct machine *machine, json_t *all)
{
	json_t *cards = json_array();
	json_t *card;

	if (machine->net == MACHINE_NET_TAP) {
		card = json_object();
		set(card, "iface_id", json_string("eth0"));
		set(card, "host_dev_name",
		    json_string(machine->net_place ? machine->net_place
						   : "tap0"));
		set(card, "guest_mac", json_string(machine->mac));
		json_array_append_new(cards, card);
	}
	set(all, "network-interfaces", cards);
}

static int add_vsock(const struct machine *machine, struct recipe *recipe,
		     json_t *all, struct err *err)
{
	SCOPED_FREE char *path = NULL;
	json_t *vsock;

	if (!machine->vsock_cid)
		return 0;
	if (hypervisor_socket(machine, "vsock.sock", &path, err) < 0)
		return -1;
	vsock = json_object();
	set(vsock, "guest_cid", json_integer(machine->vsock_cid));
	set(vsock, "uds_path", json_string(path));
	set(all, "vsock", vsock);
	strv_add(&recipe->traces, path);
	return 0;
}

static int make_config(const struct machine *machine, struct recipe *recipe,
		       struct buf *text, struct err *err)
{
	SCOPED_JSON json_t *all = json_object();
	json_t *size = json_object();

	set(all, "boot-source", boot_source(machine));
	set(all, "drives", drives_of(machine));
	set(size, "vcpu_count", json_integer(machine->cpus));
	set(size, "mem_size_mib",
	    json_integer((json_int_t)machine->memory_mib));
	set(all, "machine-config", size);
	add_network(machine, all);
	if (add_vsock(machine, recipe, all, err) < 0)
		return -1;
	set(all, "entropy", json_object());
	json_write(text, all);
	buf_add_char(text, '\n');
	return 0;
}

static int describe(const struct machine *machine, struct recipe *recipe,
		    struct err *err)
{
	SCOPED_FREE char *path =
		xasprintf("%s/firecracker.json", machine->state);
	SCOPED(buf) text = { 0 };
	struct strv *argv = &recipe->argv;

	if (hypervisor_socket(machine, "firecracker.sock", &recipe->control,
			      err) < 0 ||
	    make_config(machine, recipe, &text, err) < 0)
		return -1;
	recipe_add_file(recipe, path, buf_text(&text));
	strv_add(argv, machine->program);
	/* Without the socket nobody could ask the guest to stop. */
	recipe_option(argv, "--api-sock", "%s", recipe->control);
	recipe_option(argv, "--config-file", "%s", path);
	strv_add(&recipe->traces, recipe->control);
	recipe->power = RECIPE_POWER_REQUEST;
	recipe->halts = true;
	recipe->button = (struct recipe_request){
		.socket = xstrdup(recipe->control),
		.method = xstrdup("PUT"),
		.path = xstrdup("/actions"),
		.body = xstrdup("{\"action_type\":\"SendCtrlAltDel\"}"),
	};
	return 0;
}

const struct hypervisor hypervisor_firecracker = {
	.name = "firecracker",
	.program = "firecracker",
	.cure = "a static binary from its releases page will do; it needs KVM",
	.console = "ttyS0",
	.arm64_console = "ttyS0",
	.arches = ARCH_AMD64 | ARCH_ARM64,
	.boots = MACHINE_BOOT_KERNEL | MACHINE_BOOT_ROOT,
	.can = CAN_VSOCK | CAN_METADATA | CAN_DISKS,
	.nets = MACHINE_NET_NONE | MACHINE_NET_TAP,
	.default_net = MACHINE_NET_NONE,
	.formats = MACHINE_FORMAT_RAW,
	.plain_kernel = ARCH_AMD64 | ARCH_ARM64,
	.describe = describe,
};
