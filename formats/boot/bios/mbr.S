/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot code of sector 0: loads stage 2 by LBA and jumps to it. The BIOS
 * puts this at 0:7C00 with the drive in DL.
 */
#include "formats/boot/bios/params.h"

	.code16
	.globl _start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti
	cld
	/* Some BIOSes leave CS at 7C0h. */
	ljmp	$0, $1f
1:
	/* Is there EDD on this drive (int 13h, function 41h)? */
	movb	$0x41, %ah
	movw	$0x55aa, %bx
	pushw	%dx
	int	$0x13
	popw	%dx
	jc	no_edd
	cmpw	$0xaa55, %bx
	jne	no_edd

	movw	$packet, %si
	movw	$4, %di
read:
	movb	$0x42, %ah
	pushw	%dx
	int	$0x13
	popw	%dx
	jnc	loaded
	/* Drives that spin up fail at first: reset and try again. */
	xorw	%ax, %ax
	pushw	%dx
	int	$0x13
	popw	%dx
	decw	%di
	jnz	read
	movw	$read_failed, %si
	jmp	fail

loaded:
	cmpl	$STAGE2_MAGIC, STAGE2_ADDRESS + 4
	movw	$no_loader, %si
	jne	fail
	ljmp	$0, $STAGE2_ADDRESS

no_edd:
	movw	$edd_missing, %si
fail:
	lodsb
	testb	%al, %al
	jz	stop
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	jmp	fail
stop:
	/* The next boot device, if the BIOS has one. */
	int	$0x18
2:	hlt
	jmp	2b

edd_missing:
	.asciz	"the BIOS cannot read this disk by LBA\r\n"
read_failed:
	.asciz	"the boot loader cannot be read\r\n"
no_loader:
	.asciz	"the boot loader is not where it should be\r\n"

	.org	MBR_PACKET
packet:
	.byte	16, 0
	.word	0		/* sectors: the builder's */
	.word	STAGE2_ADDRESS, 0
	.quad	0		/* LBA: the builder's */
	.org	440
