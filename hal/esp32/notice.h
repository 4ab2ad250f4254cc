/*
 * Tells an object of the engine, out of an interrupt, that there is something to read: one message under way
 * at a time.
 */
#pragma once
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

typedef struct {
	xsMachine *the;
	xsSlot object;
	/* A message is on its way; set in the interrupt, cleared in the engine's task. */
	volatile uint8_t told;
	uint8_t closed;
} Notice;

static void noticeDeliver(void *machine, void *reference, uint8_t *message, uint16_t messageBytes) {
	xsMachine *the = machine;
	Notice *notice = reference;
	if (notice->closed) {
		c_free(notice);
		return;
	}
	notice->told = 0;
	xsBeginHost(the);
		xsmcCall_noResult(notice->object, xsID_onBytes, NULL);
	xsEndHost(the);
}

/*
 * True when a message went: the interrupt should then let the engine's task run, which else waits for the
 * next tick.
 */
static inline bool noticeFromInterrupt(Notice *notice) {
	if (notice == NULL || notice->told) return false;
	/*
	 * With the engine's queue full, the next interrupt tries again, or the driver looks by itself before it
	 * believes a timeout.
	 */
	notice->told = modMessagePostToMachineFromISR(notice->the, noticeDeliver, notice) == 0;
	return notice->told;
}

/* To be called when no interrupt sees it any more; a message under way frees it when it comes. */
static inline void noticeClose(Notice *notice) {
	notice->closed = 1;
	if (!notice->told) c_free(notice);
}
