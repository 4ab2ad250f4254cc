/*
 * For the build of the conformance suites on Linux: what engine.c and stack.c of tools/xs/platform need
 * beside the SDK's own engine, and the script's input.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../xs/platform/platform.h"

/* The file that the launcher was given. Nothing has been computed before: the stack is as good as new. */
void xs_engine_input(txMachine *the) {
	FILE *file = fopen(getenv("TAPNOTE_INPUT"), "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0) mxUnknownError("no input");
	long length = ftell(file);
	rewind(file);
	char *text = malloc(length);
	if (text == NULL || fread(text, 1, length, file) != (size_t)length) mxUnknownError("cannot read the input");
	fclose(file);
	fxStringBuffer(the, mxResult, text, (txSize)length);
	free(text);
	paintStackSlots(the);
}

/* Only the emulated chip counts them. */
uint64_t instructionsRetired(void) {
	return 0;
}

size_t cStackBytesUsedMax(void) {
	return 0;
}
