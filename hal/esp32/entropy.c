/* The engine's way to noise.c. */
#include "xsmc.h"
#include "noise.h"

/* (target): false when the source is stuck; the target is zeros then. */
void xs_esp32_fill_random(xsMachine *the) {
	uint8_t *target;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);
	xsmcSetBoolean(xsResult, noiseFill(target, length));
}

/* (target): what the register gives before it is conditioned. */
void xs_esp32_sample_random(xsMachine *the) {
	uint8_t *target;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);
	noiseSample(target, length);
}
