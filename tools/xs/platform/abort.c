/* Every way in which the engine gives up ends the program with a message and a status that is not zero. */
#include "platform.h"

static const char *reasonOf(int status) {
	switch (status) {
	case XS_STACK_OVERFLOW_EXIT: return "stack overflow";
	case XS_NOT_ENOUGH_MEMORY_EXIT: return "memory full";
	case XS_NO_MORE_KEYS_EXIT: return "not enough keys";
	case XS_DEAD_STRIP_EXIT: return "dead strip";
	case XS_UNHANDLED_EXCEPTION_EXIT: return "unhandled exception";
	case XS_UNHANDLED_REJECTION_EXIT: return "unhandled rejection";
	default: return "fatal check";
	}
}

void fail(const char *why) {
	fprintf(stderr, "xs: %s\n", why);
	exit(1);
}

/* To make a string of an exception runs script again, which is no use once memory or stack is gone. */
void reportException(txMachine *the) {
	mxTry(the) {
		mxPush(mxException);
		fprintf(stderr, "xs: uncaught %s\n", fxToString(the, the->stack));
		mxPop();
	}
	mxCatch(the) {
		fprintf(stderr, "xs: uncaught exception without a text\n");
	}
}

void fxAbort(txMachine *the, int status) {
	if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) reportException(the);
	fail(reasonOf(status));
}
