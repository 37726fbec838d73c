/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a machine needs besides its own: firmware, helpers, kernels. */
#include "cmd/lib/vm/machine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/subprocess.h"
#include "cmd/lib/image/vmlinux.h"

/* Where code and variables lie; the first pair that is there. */
static const struct {
	const char *arch, *code, *vars;
} pairs[] = {
	{ "amd64", "/usr/share/OVMF/OVMF_CODE_4M.fd",
	  "/usr/share/OVMF/OVMF_VARS_4M.fd" },
	{ "amd64", "/usr/share/OVMF/OVMF_CODE.fd",
	  "/usr/share/OVMF/OVMF_VARS.fd" },
	{ "amd64", "/usr/share/edk2/ovmf/OVMF_CODE.fd",
	  "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
	{ "amd64", "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
	  "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
	{ "amd64", "/opt/homebrew/share/qemu/edk2-x86_64-code.fd",
	  "/opt/homebrew/share/qemu/edk2-i386-vars.fd" },
	{ "amd64", "/usr/local/share/qemu/edk2-x86_64-code.fd",
	  "/usr/local/share/qemu/edk2-i386-vars.fd" },
	{ "arm64", "/usr/share/AAVMF/AAVMF_CODE.fd",
	  "/usr/share/AAVMF/AAVMF_VARS.fd" },
	{ "arm64", "/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw",
	  "/usr/share/edk2/aarch64/vars-template-pflash.raw" },
	{ "arm64", "/opt/homebrew/share/qemu/edk2-aarch64-code.fd",
	  "/opt/homebrew/share/qemu/edk2-arm-vars.fd" },
};

/* The user's own file, by a link or not. */
static int open_file(int *fd, const char *path, uint64_t *size_bytes,
		     struct err *err)
{
	SCOPED_FREE char *whole = realpath(path, NULL);

	if (!whole)
		return err_sys(err, "open %s", path);
	return fd_open_regular(fd, whole, size_bytes, err);
}

static int copy_file(const char *from, const char *to, struct err *err)
{
	SCOPED_FD int in = -1;
	SCOPED_FD int out = -1;
	SCOPED_FREE char *part = xasprintf("%s.part", to);
	uint64_t size = 0;

	if (open_file(&in, from, &size, err) < 0)
		return -1;
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(err, "make %s", part);
	if (fd_copy(out, in, 0, size, part, err) < 0)
		return -1;
	if (rename(part, to) < 0)
		return err_sys(err, "make %s", to);
	return 0;
}

/* What the firmware remembers, such as boot entries, is the machine's own. */
static int keep_variables(struct machine *machine, const char *template,
			  struct err *err)
{
	machine->firmware_vars =
		path_join(machine->state, "firmware-variables");
	if (path_exists(machine->firmware_vars))
		return 0;
	return copy_file(template, machine->firmware_vars, err);
}

/* "X_CODE.fd" has "X_VARS.fd" beside it, or else it is both. */
static int take_given(struct machine *machine, const char *given,
		      struct err *err)
{
	const char *code = strstr(path_base(given), "CODE");
	SCOPED_FREE char *template = NULL;

	if (access(given, R_OK) < 0)
		return err_sys(err, "firmware %s", given);
	machine->firmware = xstrdup(given);
	if (!code)
		return 0;
	template = xasprintf("%.*sVARS%s", (int)(code - given), given,
			     code + strlen("CODE"));
	if (access(template, R_OK) < 0)
		return 0;
	return keep_variables(machine, template, err);
}

int machine_find_firmware(struct machine *machine, const char *given,
			  struct err *err)
{
	if (given)
		return take_given(machine, given, err);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (strcmp(pairs[i].arch, machine->arch) != 0 ||
		    access(pairs[i].code, R_OK) < 0 ||
		    access(pairs[i].vars, R_OK) < 0)
			continue;
		machine->firmware = xstrdup(pairs[i].code);
		return keep_variables(machine, pairs[i].vars, err);
	}
	return err_set(
		err, FAULT_SYSTEM,
		"there is no UEFI firmware for %s; install it (Debian: ovmf or qemu-efi-aarch64), or give one by --fw",
		machine->arch);
}

void machine_find_virtiofsd(struct machine *machine)
{
	static const struct {
		const char *program;
		bool for_root; /* the older one can do nothing else */
	} places[] = {
		{ "virtiofsd", false },
		{ "/usr/libexec/virtiofsd", false },
		{ "/usr/lib/virtiofsd", false },
		{ "/usr/lib/qemu/virtiofsd", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(places) && !machine->virtiofsd; i++)
		if ((!places[i].for_root || geteuid() == 0) &&
		    subprocess_finds(places[i].program))
			machine->virtiofsd = xstrdup(places[i].program);
}

/* Is it what a decompressor leaves: ELF, or arm64's Image? */
static bool is_plain(int fd)
{
	unsigned char head[64];
	SCOPED(err) ignored = { 0 };

	if (fd_read_at(fd, head, sizeof(head), 0, &ignored) < 0)
		return false;
	return memcmp(head, "\177ELF", 4) == 0 ||
	       memcmp(head + 56, "ARM\x64", 4) == 0;
}

static int write_kernel(struct spool *spool, const struct content *kernel,
			const char *path, struct err *err)
{
	SCOPED_FREE char *part = xasprintf("%s.part", path);
	SCOPED_FD int fd =
		open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(err, "make %s", part);
	if (spool_flush(spool, err) < 0 ||
	    fd_copy(fd, spool->fd, kernel->offset, kernel->length, part, err) <
		    0)
		return -1;
	if (!is_plain(fd)) {
		unlink(part);
		return err_set(
			err, FAULT_INPUT,
			"what comes out of it is neither an ELF file nor an arm64 Image");
	}
	if (rename(part, path) < 0)
		return err_sys(err, "make %s", path);
	return 0;
}

int machine_unpack_kernel(struct machine *machine, struct err *err)
{
	SCOPED(spool) spool = SPOOL_INIT;
	SCOPED_READER struct reader *file = NULL;
	SCOPED_FREE char *path = path_join(machine->state, "vmlinux");
	SCOPED_FD int fd = -1;
	struct content packed, kernel;
	uint64_t size;

	if (open_file(&fd, machine->kernel, &size, err) < 0)
		return -1;
	if (is_plain(fd))
		return 0;
	file = reader_from_fd_adopt(take_fd(&fd));
	if (spool_open(&spool, err) < 0 ||
	    spool_add_reader(&spool, file, &packed, err) < 0 ||
	    vmlinux_extract(&spool, &packed, machine->kernel, &kernel, err) < 0)
		return -1;
	if (write_kernel(&spool, &kernel, path, err) < 0)
		return err_wrap(err, "%s", machine->kernel);
	free(machine->kernel);
	machine->kernel = TAKE(path);
	return 0;
}
