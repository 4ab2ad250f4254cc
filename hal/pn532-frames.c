/*
 * The PN532's frames, as `plainFrames` of pn532/frame.ts has them, in C; called by pn532-frames.ts. The two
 * are alike, function by function, and test/xs/suites/frames.ts holds them to it.
 */
#include "xsmc.h"
#include <string.h>

#define BODY_BYTES_MAX 265
#define NORMAL_BODY_BYTES_MAX 255
#define BODY_OFFSET 8
#define FRAME_BUFFER_BYTES (BODY_OFFSET + BODY_BYTES_MAX + 2)
#define TFI_ERROR 0x7f

/* As `Found` of frame.ts. */
enum { NOTHING, BODY, ACK, NACK, ERROR, BAD_LENGTH, BAD_CHECKSUM };

/* As the words of a parser's state in frame.ts. */
typedef struct {
	int32_t last, extended, missing, length, found;
} State;

#define START_CODE 0x00ff
#define ACK_HEADER 0x00ff00ff
#define NACK_HEADER 0x00ffff00
#define EXTENDED_HEADER 0x00ffffff
#define EXTENDED_BYTES 3
#define NO_BYTES -1
#define POSTAMBLE ~0xff

static int32_t pushed(int32_t last, uint8_t byte) {
	return (int32_t)((uint32_t)last << 8 | byte);
}

static uint8_t sumOf(const uint8_t *bytes, int count) {
	uint8_t sum = 0;
	for (int i = 0; i < count; i++) sum += bytes[i];
	return sum;
}

static void startBody(State *state, int32_t length, int32_t check) {
	if ((check & 0xff) != 0 || length == 0 || length > BODY_BYTES_MAX) {
		state->found = BAD_LENGTH;
		return;
	}
	state->length = length;
	state->missing = length + 1;
}

static int takeExtended(State *state, const uint8_t *bytes, int at, int end) {
	int32_t last = state->last;
	for (; at < end && state->extended > 0; state->extended--) last = pushed(last, bytes[at++]);
	state->last = last;
	if (state->extended == 0) {
		state->last = NO_BYTES;
		startBody(state, last >> 8 & 0xffff, (last >> 16 & 0xff) + (last >> 8 & 0xff) + (last & 0xff));
	}
	return at;
}

static int takeHeader(State *state, const uint8_t *bytes, int at, int end) {
	int32_t last = state->last;
	while (last >> 16 != START_CODE) {
		if (at == end) {
			state->last = last;
			return end;
		}
		last = pushed(last, bytes[at++]);
	}
	state->last = NO_BYTES;
	if (last == ACK_HEADER) state->found = ACK;
	else if (last == NACK_HEADER) state->found = NACK;
	else if (last != EXTENDED_HEADER) startBody(state, last >> 8 & 0xff, (last >> 8 & 0xff) + (last & 0xff));
	else {
		state->extended = EXTENDED_BYTES;
		return takeExtended(state, bytes, at, end);
	}
	return at;
}

static int takeBody(State *state, uint8_t *body, const uint8_t *bytes, int at, int end) {
	int count = state->missing < end - at ? state->missing : end - at;
	memcpy(body + state->length + 1 - state->missing, bytes + at, count);
	state->missing -= count;
	if (state->missing > 0) return at + count;
	if (sumOf(body, state->length + 1) != 0) state->found = BAD_CHECKSUM;
	else state->found = state->length == 1 && body[0] == TFI_ERROR ? ERROR : BODY;
	return at + count;
}

static uint8_t *bufferOf(xsMachine *the, xsIntegerValue index, xsUnsignedValue length, char *what) {
	uint8_t *data;
	xsUnsignedValue bytes;
	xsmcGetBufferWritable(xsArg(index), (void **)&data, &bytes);
	if (bytes != length) xsRangeError(what);
	return data;
}

/* (state, body, bytes, start, end) */
void xs_pn532_feed(xsMachine *the) {
	xsIntegerValue at = xsmcToInteger(xsArg(3));
	xsIntegerValue end = xsmcToInteger(xsArg(4));
	uint8_t *words = bufferOf(the, 0, sizeof(State), "state: wrong length");
	uint8_t *body = bufferOf(the, 1, BODY_BYTES_MAX + 1, "body: wrong length");
	uint8_t *bytes;
	xsUnsignedValue length;
	State state;
	xsmcGetBufferReadable(xsArg(2), (void **)&bytes, &length);
	if (at < 0 || end < at || (xsUnsignedValue)end > length) xsRangeError("feed: outside the bytes");
	memcpy(&state, words, sizeof state);
	/* Script may have written anything there: a body is never written beyond its buffer. */
	if (state.length < 0 || state.length > BODY_BYTES_MAX || state.missing < 0 ||
		state.missing > state.length + 1)
		xsRangeError("state: no parser's");

	state.found = NOTHING;
	if (state.extended > 0) at = takeExtended(&state, bytes, at, end);
	else if (state.missing == 0) at = takeHeader(&state, bytes, at, end);
	if (state.missing > 0 && at < end) at = takeBody(&state, body, bytes, at, end);
	if (at < end && bytes[at] == 0x00) {
		state.last = POSTAMBLE;
		at++;
	}
	memcpy(words, &state, sizeof state);
	xsmcSetInteger(xsResult, at);
}

/* (buffer, bodyBytes) */
void xs_pn532_seal(xsMachine *the) {
	xsIntegerValue count = xsmcToInteger(xsArg(1));
	uint8_t *buffer = bufferOf(the, 0, FRAME_BUFFER_BYTES, "buffer: wrong length");
	if (count < 1 || count > BODY_BYTES_MAX) xsRangeError("a frame carries 1 to 265 bytes");

	uint8_t *end = buffer + BODY_OFFSET + count;
	uint8_t high = count >> 8, low = count & 0xff;
	end[0] = -sumOf(buffer + BODY_OFFSET, count);
	end[1] = 0x00;
	if (count <= NORMAL_BODY_BYTES_MAX) {
		uint8_t header[] = { 0x00, 0x00, 0xff, low, -low };
		memcpy(buffer + BODY_OFFSET - sizeof header, header, sizeof header);
		xsmcSetInteger(xsResult, BODY_OFFSET - sizeof header);
	}
	else {
		uint8_t header[] = { 0x00, 0x00, 0xff, 0xff, 0xff, high, low, -(high + low) };
		memcpy(buffer, header, sizeof header);
		xsmcSetInteger(xsResult, 0);
	}
}
