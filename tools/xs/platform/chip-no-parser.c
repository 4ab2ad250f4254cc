/* A board carries no parser, so `eval` and `new Function` fail as they do there, and 80 KB are not linked. */
#include "platform.h"
#include "compile.h"

txScript *fxParseScript(txMachine *the, void *stream, txGetter getter, txUnsigned flags) {
	mxSyntaxError("no parser on the chip");
	return C_NULL;
}

int compile(const char *scriptPath, const char *bytecodePath) {
	fail("no parser on the chip");
}
