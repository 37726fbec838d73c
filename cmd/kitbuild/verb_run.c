/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild run: an image in a virtual machine. */
#include "cmd/kitbuild/verb.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/kitbuild/context.h"
#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/vm/qemu.h"

#define DEFAULT_MEMORY_MIB 1024
#define CMDLINE_MAX 4096
#define METADATA_MAX ((size_t)64 << 20)
#define DEFAULT_FIRMWARE "/usr/share/ovmf/OVMF.fd"

struct run_options {
	uint64_t memory_bytes;
	uint64_t cpus;
	struct strv disks;
	struct strv publishes;
	char *accel;
	char *arch;
	char *state;
	char *program;
	char *networking;
	char *firmware;
	char *machine;
	char *uuid;
	char *data, *data_file;
	char *expected;
	bool uefi;
	bool print;
};

#define FIELD(name) offsetof(struct run_options, name)

static const struct opt run_opts[] = {
	{ 0, "mem", "MIB", OPT_MIB, FIELD(memory_bytes),
	  "memory, such as 512 or 2G; default 1024" },
	{ 0, "cpus", "N", OPT_NUMBER, FIELD(cpus), "processors; default 1" },
	{ 0, "disk", "SPEC", OPT_EACH, FIELD(disks),
	  "[file=]PATH,size=4G,format=raw; made when absent; repeatable" },
	{ 0, "publish", "HOST:GUEST", OPT_LIST, FIELD(publishes),
	  "lead a port of 127.0.0.1 into the guest; also ADDRESS:HOST:GUEST and /udp" },
	{ 0, "networking", "MODE", OPT_STRING, FIELD(networking),
	  "user or none; default user" },
	{ 0, "accel", "NAME", OPT_STRING, FIELD(accel),
	  "auto, kvm, hvf or tcg; default auto: what works here" },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0, "uefi", NULL, OPT_FLAG, FIELD(uefi), "boot by UEFI firmware" },
	{ 0, "fw", "FILE", OPT_STRING, FIELD(firmware),
	  "the firmware; default with --uefi: " DEFAULT_FIRMWARE },
	{ 0, "machine", "BOARD", OPT_STRING, FIELD(machine),
	  "q35 or, smaller and faster, microvm; default q35" },
	{ 0, "uuid", "UUID", OPT_STRING, FIELD(uuid),
	  "what the guest sees; default: the machine's own, always the same" },
	{ 0, "data", "TEXT", OPT_STRING, FIELD(data),
	  "metadata for the guest, on a CD labelled cidata" },
	{ 0, "data-file", "FILE", OPT_STRING, FIELD(data_file),
	  "the same from a file" },
	{ 0, "expect", "TEXT", OPT_STRING, FIELD(expected),
	  "end well when the console shows this, and badly when it does not; see --timeout" },
	{ 0, "print", NULL, OPT_FLAG, FIELD(print),
	  "print the hypervisor's command instead of starting it" },
	{ 0, "state", "DIR", OPT_STRING, FIELD(state),
	  "where the machine keeps its own files; default NAME-state" },
	{ 0, "qemu", "PATH", OPT_STRING, FIELD(program),
	  "the QEMU program; default: found in PATH" },
	{ 0 },
};

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

/* NAME is a file to boot from, or the beginning of three files' names. */
static int set_boot(struct machine *machine, const char *name, struct err *err)
{
	SCOPED_FREE char *cmdline = NULL;

	if (path_exists(name))
		return machine_set_image(machine, name, err);
	if (find_part(name, "-kernel", &machine->kernel, err) < 0 ||
	    find_part(name, "-initrd.img", &machine->initrd, err) < 0 ||
	    find_part(name, "-cmdline", &cmdline, err) < 0)
		return -1;
	return read_cmdline(cmdline, &machine->cmdline, err);
}

static int set_network(struct machine *machine,
		       const struct run_options *options, struct err *err)
{
	const char *mode = options->networking ? options->networking : "user";

	machine->no_network = strcmp(mode, "none") == 0;
	if (!machine->no_network && strcmp(mode, "user") != 0 &&
	    strcmp(mode, "default") != 0)
		return err_set(err, FAULT_INPUT,
			       "networking '%s': there are user and none",
			       mode);
	if (machine->no_network && options->publishes.count > 0)
		return err_set(err, FAULT_INPUT,
			       "--publish needs a network: not --networking %s",
			       mode);
	for (size_t i = 0; i < options->publishes.count; i++)
		if (machine_add_publish(machine, options->publishes.items[i],
					err) < 0)
			return -1;
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

static int set_hypervisor(struct machine *machine,
			  const struct run_options *options, struct err *err)
{
	const char *program;

	if (context_arch(options->arch, &machine->arch, err) < 0 ||
	    qemu_program(machine->arch, &program, err) < 0 ||
	    (options->accel &&
	     machine_accel_parse(&machine->accel, options->accel, err) < 0))
		return -1;
	machine->program =
		xstrdup(options->program ? options->program : program);
	/* What is a program itself is one for UEFI. */
	if (options->firmware || options->uefi ||
	    (machine->kernel && !machine->initrd))
		machine->firmware =
			xstrdup(options->firmware ? options->firmware
						  : DEFAULT_FIRMWARE);
	if (machine->firmware && access(machine->firmware, R_OK) < 0)
		return err_sys(err, "firmware %s", machine->firmware);
	return 0;
}

static int set_board(struct machine *machine, const struct run_options *options,
		     struct err *err)
{
	const char *board = options->machine ? options->machine : "q35";

	machine->microvm = strcmp(board, "microvm") == 0;
	if (!machine->microvm && strcmp(board, "q35") != 0)
		return err_set(err, FAULT_INPUT,
			       "--machine %s: there are q35 and microvm",
			       board);
	if (machine->microvm &&
	    (strcmp(machine->arch, "amd64") != 0 || !machine->initrd))
		return err_set(
			err, FAULT_INPUT,
			"--machine microvm starts kernel and initrd for amd64 only");
	return 0;
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

static int put_metadata(struct machine *machine,
			const struct run_options *options, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = METADATA_MAX };

	if (options->data && options->data_file)
		return err_set(err, FAULT_INPUT,
			       "--data and --data-file exclude each other");
	if (options->data_file &&
	    buf_read_file(&text, options->data_file, err) < 0)
		return err_wrap(err, "--data-file");
	if (options->data)
		return machine_put_metadata(machine, options->data,
					    strlen(options->data), err);
	if (options->data_file)
		return machine_put_metadata(machine, buf_text(&text), text.size,
					    err);
	return 0;
}

/* As a shell would take it. */
static void print_word(const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_=+,./:@%")]) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static int print_command(const struct machine *machine, struct err *err)
{
	SCOPED(strv) argv = { 0 };

	if (qemu_argv(machine, &argv, err) < 0)
		return -1;
	for (size_t i = 0; i < argv.count; i++) {
		if (i && argv.items[i][0] == '-')
			fputs(" \\\n   ", stdout);
		if (i)
			putchar(' ');
		print_word(argv.items[i]);
	}
	putchar('\n');
	return 0;
}

static int describe(struct machine *machine, const struct run_options *options,
		    const char *name, struct err *err)
{
	machine->state = options->state ? xstrdup(options->state)
					: xasprintf("%s-state", name);
	machine->on_terminal = !options->expected && isatty(STDIN_FILENO) &&
			       isatty(STDOUT_FILENO);
	if (set_boot(machine, name, err) < 0 ||
	    set_hypervisor(machine, options, err) < 0 ||
	    set_board(machine, options, err) < 0 ||
	    (options->uuid && set_uuid(machine, options->uuid, err) < 0) ||
	    set_size(machine, options, err) < 0)
		return -1;
	machine->expected =
		options->expected ? xstrdup(options->expected) : NULL;
	return set_network(machine, options, err);
}

/* "run NAME" and "run qemu NAME" are the same. */
static int take_name(const struct strv *rest, const char **name,
		     struct err *err)
{
	static const char *const others[] = {
		"hyperkit", "virtualization", "vz",          "hyperv",
		"vbox",     "vmware",         "firecracker",
	};

	*name = rest->items[rest->count - 1];
	if (rest->count == 1 || strcmp(rest->items[0], "qemu") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(rest->items[0], others[i]) == 0)
			return err_set(
				err, FAULT_INPUT,
				"'%s' is not supported on this system; machines run on qemu",
				others[i]);
	return err_set(err, FAULT_INPUT,
		       "unknown hypervisor '%s'; machines run on qemu",
		       rest->items[0]);
}

static int run_machine(struct verb_args *args, struct err *err)
{
	const struct run_options *options = args->options;
	SCOPED(machine) machine = { 0 };
	const char *name;

	if (take_name(args->rest, &name, err) < 0 ||
	    describe(&machine, options, name, err) < 0 ||
	    machine_prepare(&machine, err) < 0 ||
	    put_metadata(&machine, options, err) < 0)
		return -1;
	machine.timeout_s = args->global->timeout_s;
	qemu_choose_accel(&machine);
	if (options->print)
		return print_command(&machine, err);
	if (machine.on_terminal)
		log_info("Ctrl-A x ends the machine");
	return qemu_run(&machine, err);
}

const struct verb verb_run = {
	.name = "run",
	.args = "[qemu] NAME",
	.summary = "run an image in a virtual machine",
	.details =
		"Boots NAME-kernel with NAME-initrd.img and NAME-cmdline, or NAME itself when it is a disk (raw, qcow2, vmdk, vhd, vhdx, vdi), a CD or a unified kernel image. The console is the terminal; Ctrl-A x ends the machine. SIGINT and SIGTERM ask the guest to power off and, after 15 seconds or the second time, kill it. With --expect the run ends with status 0 as soon as the console shows the text, and with 1 when the machine ends before or --timeout is over.",
	.opts = run_opts,
	.options_size = sizeof(struct run_options),
	.min_rest = 1,
	.max_rest = 2,
	.run = run_machine,
};
