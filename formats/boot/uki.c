/* SPDX-License-Identifier: Apache-2.0 */
/* Unified kernel images. */
#include "formats/boot/payload.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "formats/disk/pe.h"

#define MEASURE_BYTES ((size_t)256 << 10)

/* What a boot menu shows; the ID is lower case (os-release(5)). */
static const char os_release[] = "ID=linuxkit\nNAME=\"LinuxKit\"\n"
				 "PRETTY_NAME=\"LinuxKit\"\n";

enum { OSREL, CMDLINE, INITRD, LINUX, SECTIONS };

void uki_release(struct uki *uki)
{
	extents_release(&uki->program);
}

static int read_stub(struct buf *stub, const char *path,
		     const struct boot_target *target, struct err *err)
{
	if (!path_exists(path))
		return err_set(
			err, FAULT_INPUT,
			"there is no UEFI stub %s; it comes with Debian's package systemd-boot-efi, and --efi-stub names another place",
			path);
	if (buf_read_file(stub, path, err) < 0)
		return -1;
	if (pe_machine(stub->data, stub->size) != target->machine)
		return err_set(err, FAULT_INPUT, "%s is not a UEFI stub for %s",
			       path, target->arch);
	return 0;
}

static void put_text(struct extents *content, const char *text)
{
	content->size_bytes = strlen(text);
	extents_put(content, 0, text, strlen(text));
}

/* In the order in which the stub measures them, whatever theirs in the file. */
static const int measured[] = { LINUX, OSREL, CMDLINE, INITRD };

static void extend(struct digest *pcr, const struct digest *with)
{
	struct digest both[2] = { *pcr, *with };

	*pcr = sha256_of(both, sizeof(both));
}

static int measure_section(struct digest *pcr, const struct pe_section *section,
			   struct err *err)
{
	SCOPED(sha256) hash = { 0 };
	SCOPED_FREE char *chunk = xmalloc(MEASURE_BYTES);
	SCOPED_READER struct reader *reader = extents_reader(&section->content);
	struct digest name =
		sha256_of(section->name, strlen(section->name) + 1);
	struct digest content;
	size_t got;

	sha256_start(&hash);
	do {
		if (reader_read(reader, chunk, MEASURE_BYTES, &got, err) < 0)
			return -1;
		sha256_add(&hash, chunk, got);
	} while (got > 0);
	content = sha256_finish(&hash);
	extend(pcr, &name);
	extend(pcr, &content);
	return 0;
}

/* What PCR 11 will hold when the stub has started the kernel. */
static int measure(struct signing *signing, const struct pe_section *sections,
		   struct err *err)
{
	signing->pcr11 = (struct digest){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(measured); i++)
		if (measure_section(&signing->pcr11, &sections[measured[i]],
				    err) < 0)
			return -1;
	signing->measured = true;
	return 0;
}

int uki_make(struct uki *uki, const struct payload *payload,
	     const char *stub_path, struct err *err)
{
	SCOPED(buf) stub = { .max_bytes = PE_MAX_BYTES };
	struct pe_section sections[SECTIONS] = {
		[OSREL] = { .name = ".osrel" },
		[CMDLINE] = { .name = ".cmdline" },
		[INITRD] = { .name = ".initrd" },
		[LINUX] = { .name = ".linux" },
	};
	int status;

	if (!stub_path)
		stub_path = payload->target->stub;
	if (read_stub(&stub, stub_path, payload->target, err) < 0)
		return -1;
	put_text(&sections[OSREL].content, os_release);
	put_text(&sections[CMDLINE].content, payload->command_line);
	extents_copy(&sections[INITRD].content, &payload->initrd);
	extents_copy(&sections[LINUX].content, &payload->kernel);
	status =
		payload->signing ? measure(payload->signing, sections, err) : 0;
	if (status == 0)
		status = pe_append(&uki->program, stub.data, stub.size,
				   sections, SECTIONS, err);
	uki->initrd_offset = sections[INITRD].offset;
	uki->kernel_offset = sections[LINUX].offset;
	for (size_t i = 0; i < SECTIONS; i++)
		extents_release(&sections[i].content);
	if (status < 0)
		return err_wrap(err, "%s", stub_path);
	return payload->signing
		       ? sign_program(&uki->program, payload->signing, err)
		       : 0;
}
