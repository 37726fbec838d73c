/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target on files: argv names them. Prints one TAP line each. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		uint8_t *data = NULL;
		size_t size = 0;
		long length;

		if (!file || fseek(file, 0, SEEK_END) < 0 ||
		    (length = ftell(file)) < 0 ||
		    fseek(file, 0, SEEK_SET) < 0) {
			perror(argv[i]);
			return 1;
		}
		data = malloc((size_t)length + 1);
		size = fread(data, 1, (size_t)length, file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		printf("ok %d %s\n", i, argv[i]);
	}
	printf("1..%d\n", argc - 1);
	return 0;
}
