/*
 * QR codes as qr.ts has them, by Nayuki's generator (qrcodegen.c), which the Moddable SDK has among its
 * modules and Debian as qr-code-generator; called by qr-native.ts. The SDK's own module takes a text as it
 * comes, raises its level where there is room and weighs all masks: hence this one. How the modules lie in
 * its buffer, the header of qrcodegen says.
 */
#include "xsmc.h"
#include "qrcodegen.h"
#include <string.h>

/* As in qr.ts. */
#define MASK qrcodegen_Mask_0
#define VERSION_MAX 12

/* Of that version at level M: ISO/IEC 18004, table 7. */
#define CHARACTERS_MAX 419

#define BUFFER_BYTES qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)

/* (text) */
void xs_qr_encode(xsMachine *the) {
	uint8_t segment[BUFFER_BYTES], work[BUFFER_BYTES], code[BUFFER_BYTES];
	uint8_t *given;
	xsUnsignedValue length;
	char text[CHARACTERS_MAX + 1] = { 0 };
	size_t bytes = 0;
	xsmcGetBufferReadable(xsArg(0), (void **)&given, &length);
	if (length > CHARACTERS_MAX) xsRangeError("qr: no alphanumeric text that fits");
	memcpy(text, given, length);
	/* It asserts what it is not asked for. */
	if (length > 0 && strlen(text) == length && qrcodegen_isAlphanumeric(text))
		bytes = qrcodegen_calcSegmentBufferSize(qrcodegen_Mode_ALPHANUMERIC, length);
	if (bytes == 0 || bytes > BUFFER_BYTES) xsRangeError("qr: no alphanumeric text that fits");

	struct qrcodegen_Segment whole = qrcodegen_makeAlphanumeric(text, segment);
	if (!qrcodegen_encodeSegmentsAdvanced(&whole, 1, qrcodegen_Ecc_MEDIUM, qrcodegen_VERSION_MIN, VERSION_MAX,
			MASK, false, work, code))
		xsRangeError("qr: no alphanumeric text that fits");
	int side = qrcodegen_getSize(code);
	xsmcSetArrayBuffer(xsResult, code, 1 + (side * side + 7) / 8);
}
