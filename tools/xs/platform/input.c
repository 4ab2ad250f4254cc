/* The text that a script may ask for: it was read before the engine was made. */
#include "platform.h"

static uint8_t *input;
static size_t inputLength;

void setInput(uint8_t *bytes, size_t length) {
	input = bytes;
	inputLength = length;
}

void xs_engine_input(txMachine *the) {
	fxStringBuffer(the, mxResult, (txString)input, (txSize)inputLength);
}
