/* fuzzes: pe_append, UEFI stubs */
/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/disk/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A program that sections were added to is a program of the same machine. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_section sections[2] = { { .name = ".cmdline" },
					  { .name = ".linux" } };
	SCOPED(extents) program = { 0 };
	SCOPED(err) err = { 0 };
	static uint8_t again[1 << 20];

	sections[0].content.size_bytes = 7;
	extents_put(&sections[0].content, 0, "console", 7);
	sections[1].content.size_bytes = 5000;
	extents_put(&sections[1].content, 4999, "x", 1);
	if (pe_append(&program, data, size, sections, 2, &err) < 0) {
		extents_release(&sections[0].content);
		extents_release(&sections[1].content);
		return 0;
	}
	if (sections[0].offset % 4096 != 0 ||
	    program.size_bytes < sections[1].offset + 5000)
		abort();
	if (program.size_bytes > sizeof(again))
		return 0;
	if (extents_read(&program, 0, again, program.size_bytes, &err) < 0 ||
	    pe_machine(again, program.size_bytes) != pe_machine(data, size))
		abort();
	return 0;
}
