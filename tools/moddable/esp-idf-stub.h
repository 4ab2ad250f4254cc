/*
 * What the C in hal/esp32 and the SDK's headers name of ESP-IDF v6.0, as declarations only: enough for a
 * compiler to check our C without it. Not enough to link, and no proof that ESP-IDF still has them so.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
#define ESP_OK 0
typedef int BaseType_t;
#define pdTRUE 1
typedef uint32_t TickType_t;
typedef void *TaskHandle_t;
typedef void *QueueHandle_t;
typedef struct { uint32_t owner; } portMUX_TYPE;

void bootloader_random_enable(void);
void bootloader_random_disable(void);
uint32_t esp_random(void);
void esp_fill_random(void *target, size_t bytes);
int64_t esp_timer_get_time(void);
esp_err_t esp_efuse_mac_get_default(uint8_t *mac);
void esp_restart(void);
uint32_t esp_cpu_get_cycle_count(void);
uint32_t esp_rom_get_cpu_ticks_per_us(void);
uint32_t noise_register(void);
#define WDEV_RND_REG 0
#define REG_READ(address) noise_register()
typedef enum {
	ESP_RST_UNKNOWN,
	ESP_RST_POWERON,
	ESP_RST_EXT,
	ESP_RST_SW,
	ESP_RST_PANIC,
	ESP_RST_INT_WDT,
	ESP_RST_TASK_WDT,
	ESP_RST_WDT,
	ESP_RST_DEEPSLEEP,
	ESP_RST_BROWNOUT,
} esp_reset_reason_t;
esp_reset_reason_t esp_reset_reason(void);

typedef enum { ESP_PARTITION_TYPE_APP, ESP_PARTITION_TYPE_DATA } esp_partition_type_t;
typedef enum { ESP_PARTITION_SUBTYPE_ANY = 0xff } esp_partition_subtype_t;
typedef struct {
	uint32_t address;
	uint32_t size;
	uint32_t erase_size;
	char label[17];
	bool encrypted;
} esp_partition_t;
const esp_partition_t *esp_partition_find_first(
	esp_partition_type_t type, esp_partition_subtype_t subtype, const char *label);

typedef int gpio_num_t;
typedef enum {
	ESP_SLEEP_WAKEUP_UNDEFINED,
	ESP_SLEEP_WAKEUP_ALL,
	ESP_SLEEP_WAKEUP_EXT0,
	ESP_SLEEP_WAKEUP_EXT1,
	ESP_SLEEP_WAKEUP_TIMER,
	ESP_SLEEP_WAKEUP_TOUCHPAD,
	ESP_SLEEP_WAKEUP_ULP,
	ESP_SLEEP_WAKEUP_GPIO,
} esp_sleep_source_t;
typedef enum { ESP_EXT1_WAKEUP_ALL_LOW, ESP_EXT1_WAKEUP_ANY_HIGH } esp_sleep_ext1_wakeup_mode_t;
typedef enum { ESP_GPIO_WAKEUP_GPIO_LOW, ESP_GPIO_WAKEUP_GPIO_HIGH } esp_sleep_gpio_wake_up_mode_t;
typedef enum { ESP_PD_DOMAIN_RTC_PERIPH } esp_sleep_pd_domain_t;
typedef enum { ESP_PD_OPTION_OFF, ESP_PD_OPTION_ON, ESP_PD_OPTION_AUTO } esp_sleep_pd_option_t;
esp_err_t esp_sleep_enable_ext0_wakeup(gpio_num_t pin, int level);
esp_err_t esp_sleep_enable_ext1_wakeup_io(uint64_t mask, esp_sleep_ext1_wakeup_mode_t mode);
esp_err_t esp_sleep_enable_gpio_wakeup_on_hp_periph_powerdown(
	uint64_t mask, esp_sleep_gpio_wake_up_mode_t mode);
esp_err_t esp_sleep_pd_config(esp_sleep_pd_domain_t domain, esp_sleep_pd_option_t option);
uint32_t esp_sleep_get_wakeup_causes(void);
uint64_t esp_sleep_get_gpio_wakeup_status(void);
void esp_deep_sleep_start(void);
esp_err_t rtc_gpio_pullup_en(gpio_num_t pin);
esp_err_t rtc_gpio_deinit(gpio_num_t pin);

typedef struct {
	uint32_t tx_buffer_size;
	uint32_t rx_buffer_size;
} usb_serial_jtag_driver_config_t;
typedef enum { USJ_SELECT_READ_NOTIF, USJ_SELECT_WRITE_NOTIF, USJ_SELECT_ERROR_NOTIF } usj_select_notif_t;
typedef void (*usj_select_notif_callback_t)(usj_select_notif_t what, int *woken);
esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t *config);
esp_err_t usb_serial_jtag_driver_uninstall(void);
int usb_serial_jtag_read_bytes(void *target, uint32_t bytes, uint32_t ticks);
int usb_serial_jtag_write_bytes(const void *source, size_t bytes, uint32_t ticks);
esp_err_t usb_serial_jtag_wait_tx_done(uint32_t ticks);
void usb_serial_jtag_set_select_notif_callback(usj_select_notif_callback_t callback);

typedef int uart_port_t;
#define UART_NUM_MAX 3
#define UART_PIN_NO_CHANGE (-1)
typedef enum { UART_DATA_5_BITS, UART_DATA_6_BITS, UART_DATA_7_BITS, UART_DATA_8_BITS } uart_word_length_t;
typedef enum { UART_PARITY_DISABLE } uart_parity_t;
typedef enum { UART_STOP_BITS_1 = 1 } uart_stop_bits_t;
typedef enum { UART_HW_FLOWCTRL_DISABLE } uart_hw_flowcontrol_t;
typedef struct {
	int baud_rate;
	uart_word_length_t data_bits;
	uart_parity_t parity;
	uart_stop_bits_t stop_bits;
	uart_hw_flowcontrol_t flow_ctrl;
	uint8_t rx_flow_ctrl_thresh;
} uart_config_t;
typedef enum { UART_SELECT_READ_NOTIF, UART_SELECT_WRITE_NOTIF, UART_SELECT_ERROR_NOTIF } uart_select_notif_t;
typedef void (*uart_select_notif_callback_t)(uart_port_t port, uart_select_notif_t what, BaseType_t *woken);
bool uart_is_driver_installed(uart_port_t port);
esp_err_t uart_driver_install(
	uart_port_t port, int rxBytes, int txBytes, int queueLength, QueueHandle_t *queue, int flags);
esp_err_t uart_driver_delete(uart_port_t port);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts);
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int bytes);
esp_err_t uart_set_rx_timeout(uart_port_t port, uint8_t symbols);
int uart_read_bytes(uart_port_t port, void *target, uint32_t bytes, TickType_t ticks);
int uart_write_bytes(uart_port_t port, const void *source, size_t bytes);
esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t *bytes);
void uart_set_select_notif_callback(uart_port_t port, uart_select_notif_callback_t callback);
