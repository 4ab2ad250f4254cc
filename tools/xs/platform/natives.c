/*
 * `native('xs_name')`: the C function of that name, as the Moddable SDK gives it at build time. Here it is
 * looked up when the script asks, in a table that the build writes from the sources.
 */
#include "platform.h"

static void xsNative(txMachine *the) {
	const char *name = mxArgc > 0 ? fxToString(the, mxArgv(0)) : "";
	for (const Native *native = nativeTable; native->name != NULL; native++) {
		if (strcmp(native->name, name) == 0) {
			fxNewHostFunction(the, native->callback, 0, XS_NO_ID, XS_NO_ID);
			mxPullSlot(mxResult);
			return;
		}
	}
	mxTypeError("no native function %s", name);
}

void defineNativeLookup(txMachine *the) {
	fxNewHostFunction(the, xsNative, 1, XS_NO_ID, XS_NO_ID);
	mxPush(mxGlobal);
	fxDefineID(the, fxNewNameC(the, "native"), XS_DONT_ENUM_FLAG, XS_DONT_ENUM_FLAG);
	mxPop();
}
