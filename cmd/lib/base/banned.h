/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that do not compile in the host program. The Makefile puts this header
 * before every source file; it pulls in the headers that declare them first.
 *
 * Unbounded strings and numbers: strcpy strcat strncpy sprintf strtok atoi.
 * Races: mktemp tmpnam. Shells: system popen. Same input, same bytes: clocks,
 * randomness and directory order live behind one function each in
 * cmd/lib/base, where an #undef with its reason lifts the ban.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define strcpy(...) banned_call_strcpy
#define strcat(...) banned_call_strcat
#define strncpy(...) banned_call_strncpy
#define sprintf(...) banned_call_sprintf
#define vsprintf(...) banned_call_vsprintf
#define strtok(...) banned_call_strtok
#define atoi(...) banned_call_atoi
#define atol(...) banned_call_atol
#define mktemp(...) banned_call_mktemp
#define tmpnam(...) banned_call_tmpnam
#define system(...) banned_call_system
#define popen(...) banned_call_popen
#define rand(...) banned_call_rand
#define random(...) banned_call_random
#define readdir(...) banned_call_readdir
#define gmtime(...) banned_call_gmtime
#define localtime(...) banned_call_localtime
#define time(...) banned_call_time
#define gettimeofday(...) banned_call_gettimeofday
#define clock_gettime(...) banned_call_clock_gettime
