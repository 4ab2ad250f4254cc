/*
 * Either of:
 *   xs <bytecode> <input> <chunk bytes> <slots> <stack slots>
 *   xs compile <script> <bytecode>    (on the host alone)
 */
#include "platform.h"
#include "compile.h"

int main(int argc, char **argv) {
	if (argc == 4 && strcmp(argv[1], "compile") == 0) return compile(argv[2], argv[3]);
	if (argc != 6) fail("arguments: bytecode input chunk-bytes slots stack-slots");

	size_t codeLength, inputLength;
	uint8_t *code = readFile(argv[1], &codeLength);
	uint8_t *input = readFile(argv[2], &inputLength);
	setInput(input, inputLength);

	MemorySizes sizes = {
		.chunkBytes = strtoul(argv[3], NULL, 10),
		.slotCount = strtoul(argv[4], NULL, 10),
		.stackSlotCount = strtoul(argv[5], NULL, 10),
	};
	txMachine *the = createMachine(&sizes);
	fxBeginHost(the);
	defineNativeLookup(the);
	fxEndHost(the);
	uint64_t before = instructionsRetired();
	runBytecode(the, code, codeLength);
	uint64_t count = instructionsRetired() - before;
	fflush(stdout);
	fprintf(stderr, "xs: %lu%09lu instructions\n", (unsigned long)(count / 1000000000), (unsigned long)(count % 1000000000));
	return 0;
}
