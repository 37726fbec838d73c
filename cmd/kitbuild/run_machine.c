/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `kitbuild run` to a machine. */
#include "cmd/kitbuild/run_machine.h"

#include <ctype.h>
#include <string.h>

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"

#define DEFAULT_MEMORY_MIB 1024
#define CMDLINE_MAX 4096
#define METADATA_MAX ((size_t)64 << 20)

/* Caller frees. FAULT_INPUT names the file and how to get it. */
static int find_part(const char *name, const char *suffix, char **path,
		     struct err *err)
{
	*path = xasprintf("%s%s", name, suffix);
	if (access(*path, R_OK) == 0)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "%s is not there; `kitbuild build %s.yml` makes it",
		       *path, path_base(name));
}

static int read_cmdline(const char *path, char **cmdline, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = CMDLINE_MAX };

	if (buf_read_file(&text, path, err) < 0)
		return -1;
	*cmdline = xstrndup(buf_text(&text), strcspn(buf_text(&text), "\r\n"));
	return 0;
}

/* What formats kernel+squashfs and kernel+erofs leave in the initrd's place. */
static bool find_root(struct machine *machine, const char *name)
{
	static const char *const endings[] = { "squashfs", "erofs" };

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		machine->root = xasprintf("%s-%s.img", name, endings[i]);
		if (path_exists(machine->root))
			return true;
		free(TAKE(machine->root));
	}
	return false;
}

/* It is the first disk, and the kernel has no initrd to look for it. */
static void add_root_words(struct machine *machine)
{
	char *words;

	if (strstr(machine->cmdline, "root="))
		return;
	words = xasprintf("%s root=/dev/vda ro", machine->cmdline);
	free(machine->cmdline);
	machine->cmdline = words;
}

/* NAME is a file to boot from, or the beginning of three files' names. */
static int set_boot(struct machine *machine, const char *name, struct err *err)
{
	SCOPED_FREE char *cmdline = NULL;

	if (path_exists(name))
		return machine_set_image(machine, name, err);
	if (find_part(name, "-kernel", &machine->kernel, err) < 0)
		return -1;
	if (!find_root(machine, name) &&
	    find_part(name, "-initrd.img", &machine->initrd, err) < 0)
		return -1;
	if (find_part(name, "-cmdline", &cmdline, err) < 0 ||
	    read_cmdline(cmdline, &machine->cmdline, err) < 0)
		return -1;
	if (machine->root)
		add_root_words(machine);
	return 0;
}

static int set_size(struct machine *machine, const struct run_options *options,
		    struct err *err)
{
	machine->memory_mib = options->memory_bytes
				      ? options->memory_bytes >> 20
				      : DEFAULT_MEMORY_MIB;
	if (machine->memory_mib == 0)
		return err_set(err, FAULT_INPUT, "--mem is less than 1 MiB");
	if (options->cpus > 255)
		return err_set(err, FAULT_INPUT, "--cpus is more than 255");
	machine->cpus = options->cpus ? (unsigned)options->cpus : 1;
	for (size_t i = 0; i < options->disks.count; i++)
		if (machine_add_disk(machine, options->disks.items[i], err) < 0)
			return -1;
	return 0;
}

static int add_shares(struct machine *machine,
		      const struct run_options *options, struct err *err)
{
	for (size_t i = 0; i < options->shares.count; i++)
		if (machine_add_share(machine, options->shares.items[i], err) <
		    0)
			return -1;
	for (size_t i = 0; i < options->virtiofs.count; i++) {
		SCOPED_FREE char *spec = xasprintf(
			"%s:virtiofs%zu", options->virtiofs.items[i], i);

		if (machine_add_share(machine, spec, err) < 0)
			return -1;
	}
	return 0;
}

static int set_connections(struct machine *machine,
			   const struct run_options *options, struct err *err)
{
	if (options->net && machine_set_net(machine, options->net, err) < 0)
		return -1;
	for (size_t i = 0; i < options->publishes.count; i++)
		if (machine_add_publish(machine, options->publishes.items[i],
					err) < 0)
			return -1;
	if ((options->vsock || options->vsock_ports.count > 0) &&
	    machine_set_vsock(machine, options->vsock ? options->vsock : "",
			      err) < 0)
		return -1;
	for (size_t i = 0; i < options->vsock_ports.count; i++)
		if (machine_add_vsock_port(
			    machine, options->vsock_ports.items[i], err) < 0)
			return -1;
	return add_shares(machine, options, err);
}

/* Eight, four, four, four and twelve hexadecimal digits. */
static int set_uuid(struct machine *machine, const char *text, struct err *err)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	bool good = strlen(text) == strlen(form);

	for (size_t i = 0; good && text[i]; i++)
		good = form[i] == '-' ? text[i] == '-'
				      : isxdigit((unsigned char)text[i]) != 0;
	if (!good)
		return err_set(err, FAULT_INPUT, "--uuid %s: not a UUID", text);
	snprintf(machine->uuid, sizeof(machine->uuid), "%s", text);
	return 0;
}

static char *copied(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static int set_board(struct machine *machine, const struct run_options *options,
		     struct err *err)
{
	const char *board = options->machine ? options->machine : "q35";

	machine->microvm = strcmp(board, "microvm") == 0;
	machine->uefi = options->uefi || options->firmware;
	machine->gui = options->gui;
	machine->usb = options->usb;
	machine->rosetta = options->rosetta;
	strv_add_all(&machine->devices, &options->devices);
	machine->qmp = copied(options->qmp);
	machine->console_file = options->console_file;
	machine->program = copied(options->program);
	if (!machine->microvm && strcmp(board, "q35") != 0)
		return err_set(err, FAULT_INPUT,
			       "--machine %s: there are q35 and microvm",
			       board);
	if (options->accel &&
	    machine_accel_parse(&machine->accel, options->accel, err) < 0)
		return -1;
	return options->uuid ? set_uuid(machine, options->uuid, err) : 0;
}

static int set_watch(struct machine_watch *watch,
		     const struct run_options *options, struct err *err)
{
	watch->detach = options->detach;
	watch->on_terminal = !options->detach && isatty(STDIN_FILENO) &&
			     isatty(STDOUT_FILENO);
	watch->expected = copied(options->expected);
	watch->service = copied(options->service);
	watch->timeline = copied(options->timeline);
	if (watch->expected && watch->service)
		return err_set(err, FAULT_INPUT,
			       "--expect and --exit-with exclude each other");
	if (options->console_file &&
	    (watch->expected || watch->service || watch->timeline))
		return err_set(
			err, FAULT_INPUT,
			"--console-file gives the console away: not with --expect, --exit-with or --timeline");
	if (watch->detach && (watch->expected || watch->service))
		return err_set(
			err, FAULT_INPUT,
			"--detach does not wait: not with --expect or --exit-with");
	return 0;
}

/* Where it will lie; its content comes when the state folder is there. */
static int set_metadata(struct machine *machine,
			const struct run_options *options, struct err *err)
{
	if (options->data && options->data_file)
		return err_set(err, FAULT_INPUT,
			       "--data and --data-file exclude each other");
	if (options->data || options->data_file)
		machine->metadata = path_join(machine->state, "data.iso");
	return 0;
}

int run_describe(struct machine *machine, const struct hypervisor *hypervisor,
		 const struct run_options *options, const char *name,
		 struct err *err)
{
	machine->state = options->state ? xstrdup(options->state)
					: xasprintf("%s-state", name);
	if (set_boot(machine, name, err) < 0 ||
	    context_arch(options->arch, &machine->arch, err) < 0 ||
	    set_board(machine, options, err) < 0 ||
	    set_size(machine, options, err) < 0 ||
	    set_connections(machine, options, err) < 0 ||
	    set_metadata(machine, options, err) < 0 ||
	    set_watch(&machine->watch, options, err) < 0)
		return -1;
	return hypervisor_fit(hypervisor, machine, err);
}

static int put_metadata(struct machine *machine,
			const struct run_options *options, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = METADATA_MAX };

	if (options->data_file &&
	    buf_read_file(&text, options->data_file, err) < 0)
		return err_wrap(err, "--data-file");
	if (options->data_file)
		return machine_put_metadata(machine, buf_text(&text), text.size,
					    err);
	return machine_put_metadata(machine, options->data,
				    strlen(options->data), err);
}

static int find_firmware(struct machine *machine,
			 const struct hypervisor *hypervisor, const char *given,
			 struct err *err)
{
	if (hypervisor->firmware_kind == FIRMWARE_FLASH)
		return machine_find_firmware(machine, given, err);
	if (hypervisor->firmware_kind == FIRMWARE_OWN && given)
		return err_set(err, FAULT_INPUT,
			       "--fw: %s has its own firmware",
			       hypervisor->name);
	if (hypervisor->firmware_kind == FIRMWARE_OWN)
		return 0;
	if (!given)
		given = hypervisor->firmware;
	if (!given)
		return err_set(
			err, FAULT_INPUT,
			"%s boots by UEFI with firmware of its kind only: give it by --fw",
			hypervisor->name);
	if (access(given, R_OK) < 0)
		return err_sys(err, "firmware %s", given);
	machine->firmware = xstrdup(given);
	return 0;
}

/* The folder is there, the file may be made only by the hypervisor. */
static void make_absolute(char **path)
{
	SCOPED_FREE char *folder = NULL;
	SCOPED_FREE char *whole = NULL;
	char *joined;

	if (!*path)
		return;
	folder = path_directory(*path);
	whole = realpath(folder, NULL);
	if (!whole)
		return;
	joined = path_join(whole, path_base(*path));
	free(*path);
	*path = joined;
}

static void make_all_absolute(struct machine *machine)
{
	char **const paths[] = {
		&machine->state, &machine->kernel, &machine->initrd,
		&machine->root,  &machine->image,  &machine->metadata,
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		make_absolute(paths[i]);
	for (size_t i = 0; i < machine->disk_count; i++)
		make_absolute(&machine->disks[i].path);
}

int run_prepare(struct machine *machine, const struct hypervisor *hypervisor,
		const struct run_options *options, struct err *err)
{
	if (machine_prepare(machine, hypervisor->makes_disks, err) < 0 ||
	    (machine->metadata && put_metadata(machine, options, err) < 0) ||
	    (machine->uefi &&
	     find_firmware(machine, hypervisor, options->firmware, err) < 0))
		return -1;
	if (machine->kernel && hypervisor_wants_plain(hypervisor, machine) &&
	    machine_unpack_kernel(machine, err) < 0)
		return -1;
	if (options->virtiofsd)
		machine->virtiofsd = xstrdup(options->virtiofsd);
	if (machine->share_count > 0)
		machine_find_virtiofsd(machine);
	if (machine->share_count > 0 && hypervisor->virtiofsd &&
	    !machine->virtiofsd)
		return err_set(
			err, FAULT_SYSTEM,
			"--share with %s needs virtiofsd, which is not installed",
			hypervisor->name);
	/* gvproxy is told of sockets by URL. */
	if (hypervisor->absolute_paths || machine->net == MACHINE_NET_GVPROXY)
		make_all_absolute(machine);
	return 0;
}
