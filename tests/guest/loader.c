/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in a hostile image where the dynamic loader belongs. A runtime that is
 * made to run itself inside the container runs this with its own program behind
 * /proc/self/exe: it keeps that open and lets bin/hostile write to it.
 * Without a C library: that of a program interpreter is not set up.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long call(long number, const void *first, const void *second, long third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

/* bin/hostile looks for the descriptor itself. */
__attribute__((noreturn)) void _start(void)
{
	static const char *const argv[] = { "/bin/hostile", "overwrite", 0 };

	(void)call(SYS_open, "/proc/self/exe", (void *)O_RDONLY, 0);
	(void)call(SYS_execve, argv[0], argv, 0);
	for (;;)
		(void)call(SYS_exit, (void *)1, 0, 0);
}
