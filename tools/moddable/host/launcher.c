/*
 * Runs a program that the SDK has built for its simulator, without the simulator's window: `launcher PROGRAM
 * INPUT`. The program does all it does while it is loaded, so there is no loop of events to wait in.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "screen.h"

static void stop(txScreen *screen, int status) {
	fprintf(stderr, "the engine gave up: %d\n", status);
	exit(1);
}

static void ignore(txScreen *screen) {
}

static void ignoreStart(txScreen *screen, double interval) {
}

int main(int count, char **given) {
	if (count != 3) return 2;
	setenv("TAPNOTE_INPUT", given[2], 1);
	void *library = dlopen(given[1], RTLD_NOW);
	txScreenLaunchProc launch = library == NULL ? NULL : (txScreenLaunchProc)dlsym(library, "fxScreenLaunch");
	if (launch == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	txScreen *screen = calloc(1, sizeof *screen);
	screen->width = screen->height = 1;
	screen->abort = stop;
	screen->bufferChanged = screen->formatChanged = screen->stop = ignore;
	screen->start = ignoreStart;
	launch(screen);
	/* Without its end: what was opened goes with the process. */
	return 0;
}
