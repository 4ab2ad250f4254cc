/*
 * Arguments of native functions that are buffers. Every output is one that the caller made. So nothing here
 * allocates, and a buffer stays where it is: the engine moves them when it collects.
 */
#ifndef BUFFERS_H
#define BUFFERS_H

#include "xsmc.h"

typedef struct {
	uint8_t *data;
	xsUnsignedValue length;
} Buffer;

static inline Buffer input(xsMachine *the, xsIntegerValue index) {
	Buffer buffer;
	xsmcGetBufferReadable(xsArg(index), (void **)&buffer.data, &buffer.length);
	return buffer;
}

/* Of a fixed length; `what` names it in the error. */
static inline const uint8_t *inputOf(xsMachine *the, xsIntegerValue index, xsUnsignedValue length,
	char *what) {
	Buffer buffer = input(the, index);
	if (buffer.length != length) xsRangeError(what);
	return buffer.data;
}

static inline uint8_t *output(xsMachine *the, xsUnsignedValue length) {
	Buffer buffer;
	xsmcGetBufferWritable(xsArg(0), (void **)&buffer.data, &buffer.length);
	if (buffer.length != length) xsRangeError("output: wrong length");
	return buffer.data;
}

#endif
