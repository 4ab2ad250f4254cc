/*
 * Deep sleep, and why the processor started. The SDK's own System.deepSleep does nothing on ESP32. Names are
 * those of ESP-IDF v6.0, which took the older ones out.
 */
#include "xsmc.h"
#include "driver/gpio.h"
#include "driver/rtc_io.h"
#include "esp_sleep.h"
#include "esp_system.h"

#define NO_PIN (-1)

enum {
	WOKEN_BY_POWER,
	WOKEN_BY_FIELD,
	WOKEN_BY_BUTTON,
	WOKEN_BY_TIMER,
	WOKEN_BY_WATCHDOG,
	WOKEN_BY_BROWNOUT,
	WOKEN_BY_RESTART
};

static int pinOf(xsMachine *the, xsIntegerValue index) {
	return xsmcTypeOf(xsArg(index)) == xsUndefinedType ? NO_PIN : xsmcToInteger(xsArg(index));
}

static uint64_t maskOf(int pin) { return pin == NO_PIN ? 0 : 1ULL << pin; }

/*
 * (irqPin?, buttonPin?): makes them ordinary pins again, before anything else opens them. On the plain ESP32
 * a pin that may wake the chip belongs to the RTC, and still does after the wake, deaf to the GPIO matrix. C3
 * and C6 release theirs by themselves (cpu_start.c).
 */
void xs_esp32_release_wake_pins(xsMachine *the) {
#if CONFIG_IDF_TARGET_ESP32
	for (int i = 0; i < 2; i++)
		if (pinOf(the, i) != NO_PIN) rtc_gpio_deinit(pinOf(the, i));
#endif
}

/*
 * (irqPin?, buttonPin?): low on either wakes. The plain ESP32 has two circuits, one pin each: ext0, and ext1
 * which on it only knows "all of them low"; C3 and C6 take a mask.
 */
void xs_esp32_deep_sleep(xsMachine *the) {
	int irq = pinOf(the, 0);
	int button = pinOf(the, 1);
#if CONFIG_IDF_TARGET_ESP32
	if (irq != NO_PIN) {
		rtc_gpio_pullup_en(irq);
		esp_sleep_enable_ext0_wakeup(irq, 0);
	}
	if (button != NO_PIN) esp_sleep_enable_ext1_wakeup_io(maskOf(button), ESP_EXT1_WAKEUP_ALL_LOW);
	/* The pull-ups of the RTC pins must stay on. */
	esp_sleep_pd_config(ESP_PD_DOMAIN_RTC_PERIPH, ESP_PD_OPTION_ON);
#else
	esp_sleep_enable_gpio_wakeup_on_hp_periph_powerdown(maskOf(irq) | maskOf(button), ESP_GPIO_WAKEUP_GPIO_LOW);
#endif
	esp_deep_sleep_start();
}

/* A start that is no wake from deep sleep. */
static int startedBy(void) {
	switch (esp_reset_reason()) {
	case ESP_RST_INT_WDT:
	case ESP_RST_TASK_WDT:
	case ESP_RST_WDT:
		return WOKEN_BY_WATCHDOG;
	case ESP_RST_BROWNOUT:
		return WOKEN_BY_BROWNOUT;
	case ESP_RST_SW:
	case ESP_RST_PANIC:
		return WOKEN_BY_RESTART;
	default:
		return WOKEN_BY_POWER;
	}
}

/* (irqPin?): one of the numbers above. */
void xs_esp32_woken_by(xsMachine *the) {
	uint32_t causes = esp_sleep_get_wakeup_causes();
	int woken = startedBy();
	if (causes & (1UL << ESP_SLEEP_WAKEUP_TIMER)) woken = WOKEN_BY_TIMER;
#if CONFIG_IDF_TARGET_ESP32
	if (causes & (1UL << ESP_SLEEP_WAKEUP_EXT1)) woken = WOKEN_BY_BUTTON;
	if (causes & (1UL << ESP_SLEEP_WAKEUP_EXT0)) woken = WOKEN_BY_FIELD;
#else
	if (causes & (1UL << ESP_SLEEP_WAKEUP_GPIO))
		woken = esp_sleep_get_gpio_wakeup_status() & maskOf(pinOf(the, 0)) ? WOKEN_BY_FIELD : WOKEN_BY_BUTTON;
#endif
	xsmcSetInteger(xsResult, woken);
}

/* () */
void xs_esp32_restart(xsMachine *the) {
	esp_restart();
}
