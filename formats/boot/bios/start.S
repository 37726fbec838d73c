/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 2: the way in, BIOS calls, copies above 1 MiB, and the jump into Linux.
 * All else is stage2.c, which only ever touches memory below 64 KiB.
 */
#include "formats/boot/bios/params.h"

	.code16
	.section .start, "ax"
	.globl _start
_start:
	jmp	enter
	.org	4
	.long	STAGE2_MAGIC
	.org	STAGE2_PARAMS
	.globl	params
params:
	.fill	24 + COMMAND_LINE_MAX, 1, 0

enter:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$0x7c00, %esp
	sti
	cld
	movzbl	%dl, %eax
	calll	load_linux
0:	hlt
	jmp	0b

	.text
/*
 * void bios_call(unsigned number, struct bios_regs *regs): registers in EAX and
 * EDX (-mregparm=3). DS and ES are 0. The number goes into the instruction.
 */
	.globl	bios_call
bios_call:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movb	%al, interrupt + 1
	jmp	1f		/* not from what is prefetched */
1:	movl	%edx, %ebp
	pushl	%ebp
	movl	0(%bp), %eax
	movl	4(%bp), %ebx
	movl	8(%bp), %ecx
	movl	12(%bp), %edx
	movl	16(%bp), %esi
	movl	20(%bp), %edi
interrupt:
	int	$0
	/* Nothing here may change the carry flag before it is kept. */
	popl	%ebp
	movl	%eax, 0(%bp)
	movl	%ebx, 4(%bp)
	movl	%ecx, 8(%bp)
	movl	%edx, 12(%bp)
	setc	24(%bp)
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	cld
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	retl

/*
 * void copy_anywhere(uint32_t to, uint32_t from, uint32_t bytes): linear
 * addresses in EAX and EDX, a multiple of 4 in ECX. Segments get a limit of
 * 4 GiB for that ("unreal mode"), anew each time and with interrupts off, as
 * BIOS handlers put the limits back.
 */
	.globl	copy_anywhere
copy_anywhere:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%eax, %edi
	movl	%edx, %esi
	shrl	$2, %ecx
	cli
	lgdtl	gdt_place
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	jmp	1f
1:	movw	$8, %bx
	movw	%bx, %ds
	movw	%bx, %es
	andb	$0xfe, %al
	movl	%eax, %cr0
	jmp	1f
1:	xorw	%bx, %bx
	movw	%bx, %ds
	movw	%bx, %es
	addr32 rep movsl
	sti
	popl	%edi
	popl	%esi
	popl	%ebx
	retl

/*
 * void start_linux(uint32_t segment): Documentation/arch/x86/boot.rst, "Running
 * the kernel": all segments at the setup code, the stack at its end, entry 200h
 * behind it.
 */
	.globl	start_linux
start_linux:
	cli
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	$0xe000, %esp
	addw	$0x20, %ax
	pushw	%ax
	pushw	$0
	lretw

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00cf92000000ffff	/* data, base 0, 4 GiB */
gdt_place:
	.word	. - gdt - 1
	.long	gdt
