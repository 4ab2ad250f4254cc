/* The sum of a frame's bytes, as `sumOf` of pn532/frame.ts, in C; called by pn532-sum.ts. */
#include "xsmc.h"

/* (bytes, words, start, end): the words are for script. */
void xs_pn532_sum(xsMachine *the) {
	xsIntegerValue start = xsmcToInteger(xsArg(2));
	xsIntegerValue end = xsmcToInteger(xsArg(3));
	uint8_t *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &length);
	if (start < 0 || end < start || (xsUnsignedValue)end > length) xsRangeError("sum: outside the bytes");

	xsIntegerValue sum = 0;
	for (xsIntegerValue i = start; i < end; i++) sum += bytes[i];
	xsmcSetInteger(xsResult, sum);
}
