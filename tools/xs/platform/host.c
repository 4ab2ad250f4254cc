/*
 * The platform as a process on the developer's machine. It counts no instructions: only the chip's are worth
 * anything.
 */
#include "platform.h"

#define C_STACK_BYTES (4 * 1024 * 1024)

uint8_t *readFile(const char *path, size_t *length) {
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail("cannot read a file");
	*length = (size_t)ftell(file);
	rewind(file);
	uint8_t *bytes = malloc(*length + 1);
	if (bytes == NULL || fread(bytes, 1, *length, file) != *length) fail("cannot read a file");
	fclose(file);
	return bytes;
}

uint64_t instructionsRetired(void) {
	return 0;
}

size_t cStackBytesUsedMax(void) {
	return 0;
}

char *fxCStackLimit(void) {
	return (char *)__builtin_frame_address(0) - C_STACK_BYTES;
}
