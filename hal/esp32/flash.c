/* What the SDK's `embedded:storage/flash` does not tell about a partition. */
#include "xsmc.h"
#include "esp_partition.h"

/* (label): bytes of one programming unit: 16 where flash encryption works on the partition, else 4. */
void xs_esp32_program_unit(xsMachine *the) {
	const esp_partition_t *partition =
		esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, xsmcToString(xsArg(0)));
	if (partition == NULL) xsUnknownError("flash: no such partition");
	xsmcSetInteger(xsResult, partition->encrypted ? 16 : 4);
}
