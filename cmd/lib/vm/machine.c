/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of machines: disks and ports as text. */
#include "cmd/lib/vm/machine.h"

#include <errno.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"

void machine_release(struct machine *machine)
{
	for (size_t i = 0; i < machine->disk_count; i++)
		free(machine->disks[i].path);
	for (size_t i = 0; i < machine->publish_count; i++)
		free(machine->publishes[i].host_address);
	for (size_t i = 0; i < machine->share_count; i++) {
		free(machine->shares[i].folder);
		free(machine->shares[i].tag);
	}
	for (size_t i = 0; i < machine->lock_count; i++)
		close(machine->locks[i]);
	free(machine->disks);
	free(machine->publishes);
	free(machine->shares);
	free(machine->locks);
	free(machine->vsock_ports);
	strv_release(&machine->devices);
	free(machine->arch);
	free(machine->kernel);
	free(machine->initrd);
	free(machine->cmdline);
	free(machine->root);
	free(machine->image);
	free(machine->metadata);
	free(machine->firmware);
	free(machine->firmware_vars);
	free(machine->virtiofsd);
	free(machine->net_place);
	free(machine->watch.expected);
	free(machine->watch.service);
	free(machine->watch.timeline);
	free(machine->program);
	free(machine->qmp);
	free(machine->state);
	*machine = (struct machine){ 0 };
}

enum machine_boot machine_boot(const struct machine *machine)
{
	if (machine->image)
		return machine->image_is_cd ? MACHINE_BOOT_CD
					    : MACHINE_BOOT_DISK;
	if (machine->root)
		return MACHINE_BOOT_ROOT;
	return machine->initrd ? MACHINE_BOOT_KERNEL : MACHINE_BOOT_UKI;
}

static const struct {
	const char *name;
	enum machine_format format;
} formats[] = {
	{ "raw", MACHINE_FORMAT_RAW },   { "qcow2", MACHINE_FORMAT_QCOW2 },
	{ "vmdk", MACHINE_FORMAT_VMDK }, { "vdi", MACHINE_FORMAT_VDI },
	{ "vpc", MACHINE_FORMAT_VHD },   { "vhd", MACHINE_FORMAT_VHD },
	{ "vhdx", MACHINE_FORMAT_VHDX },
};

const char *machine_format_name(enum machine_format format)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i].format == format)
			return formats[i].name;
	return "raw";
}

static bool find_format(const char *name, enum machine_format *format)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0) {
			*format = formats[i].format;
			return true;
		}
	return false;
}

/* Digits only, up to `maximum`; returns what follows, NULL when wrong. */
static const char *read_number(const char *text, uint64_t maximum,
			       uint64_t *value)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 12)
		return NULL;
	*value = strtoull(text, NULL, 10);
	return *value <= maximum ? text + digits : NULL;
}

static bool read_size(const char *text, uint64_t *size_bytes)
{
	const char *unit = read_number(text, 1U << 30, size_bytes);

	if (!unit)
		return false;
	if (strcmp(unit, "M") == 0)
		*size_bytes <<= 20;
	else if (strcmp(unit, "") == 0 || strcmp(unit, "G") == 0)
		*size_bytes <<= 30;
	else
		return false;
	return *size_bytes > 0;
}

static void set_text(char **slot, const char *text)
{
	free(*slot);
	*slot = xstrdup(text);
}

static int set_disk_part(struct machine_disk *disk, const char *part,
			 const char *spec, struct err *err)
{
	const char *equals = strchr(part, '=');

	if (!equals) {
		set_text(&disk->path, part);
		return 0;
	}
	if (strncmp(part, "file=", 5) == 0) {
		set_text(&disk->path, part + 5);
		return 0;
	}
	if (strncmp(part, "format=", 7) == 0 &&
	    find_format(part + 7, &disk->format))
		return 0;
	if (strncmp(part, "size=", 5) == 0 &&
	    read_size(part + 5, &disk->size_bytes))
		return 0;
	return err_set(
		err, FAULT_INPUT,
		"disk '%s': '%s' is not file=PATH, size=4G or 512M, or format=raw, qcow2, vdi, vmdk or vhd",
		spec, part);
}

/* Never guessed from the content, which is the guest's to choose. */
static enum machine_format format_by_name(const char *path)
{
	const char *dot = strrchr(path_base(path), '.');
	enum machine_format format = MACHINE_FORMAT_RAW;

	if (dot)
		find_format(dot + 1, &format);
	return format;
}

static void fill_disk(const struct machine *machine, struct machine_disk *disk)
{
	const char *ending = machine_format_name(
		disk->format ? disk->format : MACHINE_FORMAT_RAW);

	if (!disk->path && machine->disk_count == 0)
		disk->path = xasprintf("%s/disk.%s", machine->state, ending);
	else if (!disk->path)
		disk->path = xasprintf("%s/disk%zu.%s", machine->state,
				       machine->disk_count, ending);
	if (!disk->format)
		disk->format = format_by_name(disk->path);
}

int machine_add_disk(struct machine *machine, const char *spec, struct err *err)
{
	SCOPED(strv) parts = { 0 };
	struct machine_disk disk = { 0 };
	size_t count = machine->disk_count;

	strv_split(&parts, spec, ',');
	for (size_t i = 0; i < parts.count; i++)
		if (set_disk_part(&disk, parts.items[i], spec, err) < 0) {
			free(disk.path);
			return -1;
		}
	fill_disk(machine, &disk);
	machine->disks = xrealloc(machine->disks, count + 1, sizeof(disk));
	machine->disks[machine->disk_count++] = disk;
	return 0;
}

static const char *read_port(const char *text, unsigned *port)
{
	uint64_t value;
	const char *rest = read_number(text, 65535, &value);

	if (!rest || value == 0)
		return NULL;
	*port = (unsigned)value;
	return rest;
}

static bool read_ports(struct machine_publish *publish, const char *text)
{
	const char *rest = read_port(text, &publish->host_port);

	if (!rest || *rest != ':')
		return false;
	rest = read_port(rest + 1, &publish->guest_port);
	if (!rest)
		return false;
	publish->udp = strcmp(rest, "/udp") == 0;
	return publish->udp || *rest == '\0' || strcmp(rest, "/tcp") == 0;
}

/* The address is what stands before the last but one colon. */
static const char *split_address(const char *spec, char **address)
{
	const char *first = strchr(spec, ':');
	const char *last = strrchr(spec, ':');

	if (!first || first == last) {
		*address = xstrdup("127.0.0.1");
		return spec;
	}
	*address = xstrndup(spec, (size_t)(first - spec));
	return first + 1;
}

int machine_add_publish(struct machine *machine, const char *spec,
			struct err *err)
{
	struct machine_publish publish = { 0 };
	size_t count = machine->publish_count;
	const char *ports = split_address(spec, &publish.host_address);

	if (!read_ports(&publish, ports) ||
	    strspn(publish.host_address, "0123456789.") !=
		    strlen(publish.host_address)) {
		free(publish.host_address);
		return err_set(
			err, FAULT_INPUT,
			"port '%s': write HOST:GUEST, such as 8080:80 or 0.0.0.0:5353:53/udp",
			spec);
	}
	machine->publishes =
		xrealloc(machine->publishes, count + 1, sizeof(publish));
	machine->publishes[machine->publish_count++] = publish;
	return 0;
}

int machine_accel_parse(enum machine_accel *accel, const char *text,
			struct err *err)
{
	static const struct {
		const char *name;
		enum machine_accel accel;
	} names[] = {
		{ "auto", MACHINE_ACCEL_AUTO },
		{ "tcg", MACHINE_ACCEL_TCG },
		{ "kvm", MACHINE_ACCEL_KVM },
		{ "hvf", MACHINE_ACCEL_HVF },
		{ "kvm:tcg", MACHINE_ACCEL_AUTO },
		{ "hvf:tcg", MACHINE_ACCEL_AUTO },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(text, names[i].name) == 0) {
			*accel = names[i].accel;
			return 0;
		}
	return err_set(err, FAULT_INPUT,
		       "accelerator '%s': there are auto, kvm, hvf and tcg",
		       text);
}
