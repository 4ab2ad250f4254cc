/* Promise jobs: the engine asks for a turn, and gets one when the script has returned. */
#include "platform.h"

void fxQueuePromiseJobs(txMachine *the) {
	the->promiseJobsPending = 1;
}

void runPromiseJobs(txMachine *the) {
	while (the->promiseJobsPending) {
		the->promiseJobsPending = 0;
		fxRunPromiseJobs(the);
	}
	fxCheckUnhandledRejections(the, 1);
}

/* The engine's clock stands still: see xs-platform.h. */
int tapnote_gettimeofday(c_timeval *time, void *zone) {
	time->tv_sec = 0;
	time->tv_usec = 0;
	return 0;
}
