/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 2 of the BIOS loader: reads a kernel and its initrd from where the
 * builder says they are, and starts the kernel by the 16-bit boot protocol of
 * x86 (Linux, Documentation/arch/x86/boot.rst). No file system, no menu.
 *
 * Real mode: pointers reach the first 64 KiB. Memory above is named by linear
 * address and reached by copy_anywhere only.
 *
 *	0x07c00  the stack, downwards     0x10000  setup code of the kernel
 *	0x08000  stage 2                  0x1e000  the command line
 *	0x0e000  low_buffer               0x20000  what the BIOS reads into
 */
#include "formats/boot/bios/params.h"

#include <stdbool.h>

#define SETUP_SEGMENT 0x1000
#define SETUP_ADDRESS 0x10000U
#define SETUP_MAX_BYTES 0x8000U
#define SETUP_HEAP_END 0xe000U
#define COMMAND_LINE_ADDRESS 0x1e000U
#define BOUNCE_SEGMENT 0x2000U
#define BOUNCE_ADDRESS 0x20000U
#define CHUNK_BYTES 0x8000U
#define KERNEL_ADDRESS 0x100000U
#define LOW_BUFFER 0xe000U
#define PAGE 4096U

/* Offsets in the setup header (boot.rst, "The Real-Mode Kernel Header"). */
#define HDR_SETUP_SECTS 0x1f1
#define HDR_MAGIC 0x202
#define HDR_VERSION 0x206
#define HDR_TYPE_OF_LOADER 0x210
#define HDR_LOADFLAGS 0x211
#define HDR_RAMDISK_IMAGE 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_HEAP_END_PTR 0x224
#define HDR_CMD_LINE_PTR 0x228
#define HDR_INITRD_ADDR_MAX 0x22c
#define HDR_PREF_ADDRESS 0x258
#define HDR_INIT_SIZE 0x260
#define HEADER_BYTES 1024U
#define LOADED_HIGH 0x01
#define CAN_USE_HEAP 0x80

struct bios_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi;
	uint8_t carry;
};

/* EDD-4, "device address packet". */
struct packet {
	uint8_t bytes, reserved;
	uint16_t count, offset, segment;
	uint64_t lba;
};

/* EDD-4, "drive parameters", as far as the size of a sector. */
struct drive_parameters {
	uint16_t bytes, flags;
	uint32_t cylinders, heads, sectors_per_track;
	uint64_t sectors;
	uint16_t sector_bytes;
} __attribute__((packed));

/* ACPI, "int 15h, E820h". */
struct memory_range {
	uint64_t base, length;
	uint32_t type;
};
#define MEMORY_USABLE 1

extern struct loader_params params;
void bios_call(uint32_t number, struct bios_regs *regs);
void copy_anywhere(uint32_t to, uint32_t from, uint32_t bytes);
void start_linux(uint32_t segment) __attribute__((noreturn));
void load_linux(uint32_t boot_drive) __attribute__((noreturn));

static uint32_t drive;
static uint32_t sector_shift = 9;
static uint8_t *const header = (uint8_t *)LOW_BUFFER;

static uint32_t address_of(const void *pointer)
{
	return (uint32_t)pointer;
}

static void print(const char *text)
{
	for (; *text; text++) {
		struct bios_regs regs = {
			.eax = 0x0e00 | (uint8_t)*text,
			.ebx = 7,
		};

		bios_call(0x10, &regs);
	}
}

static void fail(const char *why) __attribute__((noreturn));
static void fail(const char *why)
{
	print("boot loader: ");
	print(why);
	print("\r\n");
	for (;;)
		__asm__ volatile("hlt");
}

/* CDs have sectors of 2048 bytes; a BIOS that does not tell means 512. */
static void ask_sector_size(void)
{
	static struct drive_parameters answer;
	struct bios_regs regs = {
		.eax = 0x4800,
		.edx = drive,
		.esi = address_of(&answer),
	};

	answer.bytes = 26;
	bios_call(0x13, &regs);
	if (regs.carry || answer.sector_bytes == 512)
		return;
	if (answer.sector_bytes != 2048)
		fail("the disk has sectors of a size that is not known");
	sector_shift = 11;
}

/* Up to CHUNK_BYTES, rounded up to whole sectors, to BOUNCE_ADDRESS. */
static void read_chunk(uint64_t offset, uint32_t bytes)
{
	static struct packet packet;
	uint32_t sector = 1U << sector_shift;

	for (unsigned attempt = 0; attempt < 4; attempt++) {
		struct bios_regs read = {
			.eax = 0x4200,
			.edx = drive,
			.esi = address_of(&packet),
		};
		struct bios_regs reset = { .edx = drive };

		packet = (struct packet){
			.bytes = sizeof(packet),
			.count = (uint16_t)((bytes + sector - 1) >>
					    sector_shift),
			.segment = BOUNCE_SEGMENT,
			.lba = offset >> sector_shift,
		};
		bios_call(0x13, &read);
		if (!read.carry)
			return;
		bios_call(0x13, &reset);
	}
	fail("the medium cannot be read");
}

static uint16_t header16(unsigned offset)
{
	return *(uint16_t *)(header + offset);
}

static uint32_t header32(unsigned offset)
{
	return *(uint32_t *)(header + offset);
}

static void set_header32(unsigned offset, uint32_t value)
{
	*(uint32_t *)(header + offset) = value;
}

/* From the first chunk of the kernel; returns how long the setup code is. */
static uint32_t take_setup(void)
{
	uint32_t setup_bytes;

	copy_anywhere(LOW_BUFFER, BOUNCE_ADDRESS, HEADER_BYTES);
	if (header32(HDR_MAGIC) != 0x53726448 || header16(HDR_VERSION) < 0x20a)
		fail("the kernel is none that a BIOS can start");
	if (!(header[HDR_LOADFLAGS] & LOADED_HIGH))
		fail("the kernel wants to be below 1 MiB");
	setup_bytes = (header[HDR_SETUP_SECTS] ? header[HDR_SETUP_SECTS] : 4U);
	setup_bytes = (setup_bytes + 1) * 512;
	if (setup_bytes > SETUP_MAX_BYTES)
		fail("the setup code of the kernel is too long");
	copy_anywhere(SETUP_ADDRESS, BOUNCE_ADDRESS, setup_bytes);
	return setup_bytes;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void load_kernel(void)
{
	uint32_t size = params.kernel_bytes;
	uint32_t setup_bytes = 0;

	for (uint32_t done = 0; done < size; done += CHUNK_BYTES) {
		uint32_t part = smaller(size - done, CHUNK_BYTES);
		uint32_t skip = 0;

		read_chunk(params.kernel_offset + done, part);
		if (done == 0)
			skip = setup_bytes = take_setup();
		if (part > skip)
			copy_anywhere(
				KERNEL_ADDRESS + done + skip - setup_bytes,
				BOUNCE_ADDRESS + skip, (part - skip + 3) & ~3U);
	}
}

/* The highest page at which the initrd fits into this range; 0: none. */
static uint32_t fit_initrd(const struct memory_range *range, uint32_t size)
{
	uint64_t low = *(uint64_t *)(header + HDR_PREF_ADDRESS) +
		       header32(HDR_INIT_SIZE);
	uint64_t high = (uint64_t)header32(HDR_INITRD_ADDR_MAX) + 1;

	/* Below, the kernel unpacks itself. */
	if (low < KERNEL_ADDRESS + (uint64_t)params.kernel_bytes)
		low = KERNEL_ADDRESS + (uint64_t)params.kernel_bytes;
	if (range->base > low)
		low = range->base;
	if (range->base + range->length < high)
		high = range->base + range->length;
	high &= ~(uint64_t)(PAGE - 1);
	if (range->type != MEMORY_USABLE || high < low ||
	    high - low < (uint64_t)size + PAGE)
		return 0;
	return ((uint32_t)high - size) & ~(PAGE - 1);
}

static uint32_t place_initrd(uint32_t size)
{
	static struct memory_range range;
	struct bios_regs regs = { 0 };
	uint32_t best = 0;

	do {
		uint32_t found;

		regs.eax = 0xe820;
		regs.ecx = sizeof(range);
		regs.edx = 0x534d4150; /* "SMAP" */
		regs.edi = address_of(&range);
		bios_call(0x15, &regs);
		if (regs.carry || regs.eax != 0x534d4150)
			break;
		found = fit_initrd(&range, size);
		if (found > best)
			best = found;
	} while (regs.ebx != 0);
	if (best == 0)
		fail("not enough memory for the initrd");
	return best;
}

static void load_initrd(void)
{
	uint32_t size = params.initrd_bytes;
	uint32_t to;

	if (size == 0)
		return;
	to = place_initrd((size + 3) & ~3U);
	for (uint32_t done = 0; done < size; done += CHUNK_BYTES) {
		uint32_t part = smaller(size - done, CHUNK_BYTES);

		read_chunk(params.initrd_offset + done, part);
		copy_anywhere(to + done, BOUNCE_ADDRESS, (part + 3) & ~3U);
	}
	set_header32(HDR_RAMDISK_IMAGE, to);
	set_header32(HDR_RAMDISK_SIZE, size);
}

/*
 * Address line 20, by the BIOS and by port 92h, which every PC has whose BIOS
 * has no such call. Closed, an address 1 MiB higher is the same memory.
 */
static void open_a20(void)
{
	static volatile uint32_t here;
	static uint32_t there = 0x20a20a20;
	struct bios_regs regs = { .eax = 0x2401 };
	uint8_t value;

	bios_call(0x15, &regs);
	__asm__ volatile("inb $0x92, %0" : "=a"(value));
	if (!(value & 2))
		__asm__ volatile("outb %0, $0x92"
				 :
				 : "a"((uint8_t)((value | 2) & 0xfe)));
	copy_anywhere((uint32_t)&here + KERNEL_ADDRESS, address_of(&there),
		      sizeof(there));
	if (here == there)
		fail("memory above 1 MiB cannot be reached (A20)");
}

void load_linux(uint32_t boot_drive)
{
	drive = boot_drive;
	open_a20();
	ask_sector_size();
	load_kernel();
	load_initrd();
	copy_anywhere(COMMAND_LINE_ADDRESS, address_of(params.command_line),
		      COMMAND_LINE_MAX);
	header[HDR_TYPE_OF_LOADER] = 0xff; /* none that has a number */
	header[HDR_LOADFLAGS] |= CAN_USE_HEAP;
	*(uint16_t *)(header + HDR_HEAP_END_PTR) = SETUP_HEAP_END - 0x200;
	set_header32(HDR_CMD_LINE_PTR, COMMAND_LINE_ADDRESS);
	copy_anywhere(SETUP_ADDRESS, LOW_BUFFER, HEADER_BYTES);
	start_linux(SETUP_SEGMENT);
}
