/*
 * Runs a bundle's bytecode where it lies, as a board runs it from flash: only the names in it are loaded, and
 * their numbers patched into the code, which a board's build has done beforehand.
 *
 * The file, little endian: length of the symbols (4 bytes), symbols, then the code. It is written by
 * compile.c.
 */
#include "platform.h"

extern void fxRemapIDs(txMachine *the, txByte *code, txSize length, txID *ids);

static uint32_t read32(const uint8_t *at) {
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Symbols: their count (2 bytes), then each, ended by a zero; number 0 is no name. */
static void loadNames(txMachine *the, const uint8_t *symbols, txByte *code, txSize codeLength) {
	uint32_t count = symbols[0] | symbols[1] << 8;
	const char *name = (const char *)symbols + 2;
	txID *ids = malloc(count * sizeof(txID));
	if (ids == NULL) fail("no memory for names");
	ids[0] = XS_NO_ID;
	for (uint32_t i = 1; i < count; i++) {
		ids[i] = fxNewNameC(the, (txString)name);
		name += strlen(name) + 1;
	}
	fxRemapIDs(the, code, codeLength, ids);
	free(ids);
}

void runBytecode(txMachine *the, uint8_t *file, size_t length) {
	if (length < 4 || read32(file) > length - 4) fail("not a bytecode file");
	uint32_t symbolsLength = read32(file);
	txScript script = {
		.codeBuffer = (txByte *)file + 4 + symbolsLength,
		.codeSize = (txSize)(length - 4 - symbolsLength),
	};
	fxBeginHost(the);
	mxTry(the) {
		if (symbolsLength > 0) loadNames(the, file + 4, script.codeBuffer, script.codeSize);
		fxRunScript(the, &script, &mxGlobal, C_NULL, C_NULL, C_NULL, mxProgram.value.reference);
		mxPop();
		runPromiseJobs(the);
	}
	mxCatch(the) {
		reportException(the);
		exit(1);
	}
	fxEndHost(the);
}
