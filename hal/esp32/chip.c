/* What tells one chip from another, and a clock fine enough to measure with. */
#include <string.h>
#include "xsmc.h"
#include "esp_mac.h"
#include "esp_timer.h"

/* (target): the MAC address burnt in by the maker, 6 bytes; the rest of the target stays as it is. */
void xs_esp32_chip_id(xsMachine *the) {
	uint8_t *target;
	uint8_t mac[8] = { 0 };
	xsUnsignedValue length;
	esp_efuse_mac_get_default(mac);
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);
	memcpy(target, mac, length < 6 ? length : 6);
}

/* (): microseconds since this start, 31 bits. */
void xs_esp32_microseconds(xsMachine *the) {
	xsmcSetInteger(xsResult, (int32_t)(esp_timer_get_time() & 0x7fffffff));
}
