/* Files of the machine that runs the emulator, by semihosting. */
#include "platform.h"
#include <semihost.h>

uint8_t *readFile(const char *path, size_t *length) {
	int file = sys_semihost_open(path, SH_OPEN_R_B);
	if (file < 0) fail("cannot read a file");
	*length = sys_semihost_flen(file);
	uint8_t *bytes = malloc(*length + 1);
	/* The answer is how many bytes were not read. */
	if (bytes == NULL || sys_semihost_read(file, bytes, *length) != 0) fail("cannot read a file");
	sys_semihost_close(file);
	return bytes;
}
