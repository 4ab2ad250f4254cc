/* Time since power-up, and time that goes on in deep sleep. */
#include <sys/time.h>
#include "xsmc.h"
#include "esp_timer.h"

/* (): milliseconds since this start, 31 bits. */
void xs_esp32_ticks(xsMachine *the) {
	xsmcSetInteger(xsResult, (int32_t)((esp_timer_get_time() / 1000) & 0x7fffffff));
}

/* (): microseconds since this start, 31 bits. */
void xs_esp32_ticks_us(xsMachine *the) {
	xsmcSetInteger(xsResult, (int32_t)(esp_timer_get_time() & 0x7fffffff));
}

/*
 * (): seconds since power was applied. ESP-IDF keeps the time of day on the RTC timer, through deep sleep and
 * resets; nobody sets it here, so it begins at 0.
 */
void xs_esp32_uptime(xsMachine *the) {
	struct timeval now;
	gettimeofday(&now, NULL);
	xsmcSetInteger(xsResult, (int32_t)now.tv_sec);
}
