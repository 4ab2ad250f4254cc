/* What tools/xs/engine.ts offers to a script, but its input. The SDK's own engine is built with it too. */
#include "platform.h"

void xs_engine_print(txMachine *the) {
	fputs(fxToString(the, mxArgv(0)), stdout);
	fputc('\n', stdout);
}

/* As an integer where it fits: a float would cost the caller soft floating point. */
void xs_engine_instructions(txMachine *the) {
	uint64_t count = instructionsRetired();
	if (count <= INT32_MAX) fxInteger(the, mxResult, (txInteger)count);
	else fxNumber(the, mxResult, (txNumber)count);
}

void xs_engine_collect(txMachine *the) {
	fxCollectGarbage(the);
}

/* In the order of engine.ts. */
void xs_engine_memory(txMachine *the) {
	const double figures[] = {
		the->currentChunksSize,
		the->peakChunksSize,
		the->currentHeapCount,
		the->peakHeapCount,
		stackSlotsUsedMax(the),
		sizeof(txSlot),
		cStackBytesUsedMax(),
	};
	int which = fxToInteger(the, mxArgv(0));
	if (which < 0 || which >= (int)(sizeof figures / sizeof figures[0])) mxRangeError("no such figure");
	fxNumber(the, mxResult, figures[which]);
}
