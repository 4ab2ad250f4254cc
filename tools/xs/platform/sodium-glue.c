/*
 * libsodium's start-up file would bring in every primitive that it has. It chooses among vector instructions
 * that our processors lack, and nothing here draws random numbers, so this is all that is left of it.
 */
#include "platform.h"

void sodium_misuse(void) {
	fail("libsodium: misuse");
}
