/*
 * Turns a script into the bytecode file that script.c runs. The host has the engine's parser; names are
 * numbered in 16 bits on both (no mx32bitID), so the host's code is the chip's.
 */
#include "platform.h"
#include "xsScript.h"
#include "compile.h"

extern const txS1 gxCodeSizes[XS_CODE_COUNT];

/*
 * Functions and strings are to be used where they lie, not copied to RAM: each such code has a twin of the
 * same shape that says so.
 */
static txU1 inPlace(txU1 code) {
	switch (code) {
	case XS_CODE_CODE_1: return XS_CODE_CODE_ARCHIVE_1;
	case XS_CODE_CODE_2: return XS_CODE_CODE_ARCHIVE_2;
	case XS_CODE_CODE_4: return XS_CODE_CODE_ARCHIVE_4;
	case XS_CODE_STRING_1: return XS_CODE_STRING_ARCHIVE_1;
	case XS_CODE_STRING_2: return XS_CODE_STRING_ARCHIVE_2;
	case XS_CODE_STRING_4: return XS_CODE_STRING_ARCHIVE_4;
	default: return code;
	}
}

/*
 * A size in the engine's table is a length, or 0 for a code with a name, or minus the width of the length
 * that follows the code.
 */
static void markInPlace(txU1 *code, txSize length) {
	for (txU1 *at = code; at < code + length;) {
		int size = gxCodeSizes[*at];
		*at = inPlace(*at);
		if (size > 0) at += size;
		else if (size == 0) at += 1 + sizeof(txID);
		else if (size == -1) at += 2 + at[1];
		else if (size == -2) at += 3 + (at[1] | at[2] << 8);
		else at += 5 + (at[1] | at[2] << 8 | at[3] << 16 | (txU4)at[4] << 24);
	}
}

/*
 * A line for each error, "7: invalid regular expression", which bundle.ts reads.
 * XS itself reports to a debugger only.
 */
static void reportError(void *console, txString path, txInteger line, txString format, c_va_list arguments) {
	(void)console;
	(void)path;
	fprintf(stderr, "%d: ", (int)line);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

static txScript *parse(txParser *parser, FILE *source) {
	txParserJump jump;
	txScript *script = NULL;
	fxInitializeParser(parser, NULL, 1024 * 1024, 1993);
	parser->reportError = reportError;
	parser->firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		fxParserTree(parser, source, (txGetter)fgetc, mxProgramFlag | mxStrictFlag, NULL);
		fxParserHoist(parser);
		fxParserBind(parser);
		script = fxParserCode(parser);
	}
	return parser->errorCount > 0 ? NULL : script;
}

int compile(const char *scriptPath, const char *bytecodePath) {
	txParser parser;
	FILE *source = fopen(scriptPath, "r");
	if (source == NULL) fail("cannot read the script");
	txScript *script = parse(&parser, source);
	fclose(source);
	if (script == NULL) return 1;
	markInPlace((txU1 *)script->codeBuffer, script->codeSize);

	FILE *out = fopen(bytecodePath, "wb");
	if (out == NULL) fail("cannot write the bytecode");
	txU4 symbolsLength = script->symbolsSize;
	fwrite(&symbolsLength, 4, 1, out);
	fwrite(script->symbolsBuffer, 1, symbolsLength, out);
	fwrite(script->codeBuffer, 1, script->codeSize, out);
	if (fclose(out) != 0) fail("cannot write the bytecode");
	return 0;
}
