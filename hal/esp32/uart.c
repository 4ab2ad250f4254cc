/*
 * A serial port with room. The SDK's own (8.2.3) has only the 128 bytes of the hardware's FIFO each way, 1.4
 * ms at 921,600 baud: less than one curve operation, while the PN532 sends frames of 270 bytes whenever it
 * has them. Here ESP-IDF's driver moves the bytes in its interrupt, and the engine gets one message when
 * there are some.
 */
#include "notice.h"
#include "driver/uart.h"
#include "driver/uart_select.h"

/* Two of the longest frames each way; a ring must be larger than the FIFO. */
#define RING_BYTES 1024
/* Tell after so many bytes, or when the line has been quiet for so many bytes' time. */
#define TELL_AFTER_BYTES 64
#define QUIET_BYTES 2

/* The notice comes first, so that one is freed as the other. */
typedef struct {
	Notice notice;
	int port;
} Uart;

static Uart *uarts[UART_NUM_MAX];

/*
 * ESP-IDF v6.0 calls this when the bytes are in its ring (UART_SELECT_READ_NOTIF, uart.c). `woken` asks it to
 * switch tasks as it leaves the interrupt: the boards of two cores run on one, so the engine's task is one
 * that waits here.
 */
static void onInterrupt(uart_port_t port, uart_select_notif_t what, BaseType_t *woken) {
	if (what != UART_SELECT_READ_NOTIF || uarts[port] == NULL) return;
	if (noticeFromInterrupt(&uarts[port]->notice)) *woken = pdTRUE;
}

void xs_esp32_uart_destructor(void *data) {
	Uart *uart = data;
	if (uart == NULL) return;
	uart_set_select_notif_callback(uart->port, NULL);
	uarts[uart->port] = NULL;
	uart_driver_delete(uart->port);
	noticeClose(&uart->notice);
}

static Uart *uartOf(xsMachine *the) {
	Uart *uart = xsmcGetHostDataValidate(xsThis, xs_esp32_uart_destructor);
	if (uart == NULL) xsUnknownError("uart: closed");
	return uart;
}

/* (port, transmitPin, receivePin, baud) */
void xs_esp32_uart_open(xsMachine *the) {
	int port = xsmcToInteger(xsArg(0));
	uart_config_t config = { 0 };
	if (port < 0 || port >= UART_NUM_MAX || uart_is_driver_installed(port)) xsUnknownError("uart: no such port, or in use");
	config.baud_rate = xsmcToInteger(xsArg(3));
	config.data_bits = UART_DATA_8_BITS;
	config.parity = UART_PARITY_DISABLE;
	config.stop_bits = UART_STOP_BITS_1;
	config.flow_ctrl = UART_HW_FLOWCTRL_DISABLE;
	if (uart_driver_install(port, RING_BYTES, RING_BYTES, 0, NULL, 0) != ESP_OK) xsUnknownError("uart: no memory");
	if (uart_param_config(port, &config) != ESP_OK ||
		uart_set_pin(port, xsmcToInteger(xsArg(1)), xsmcToInteger(xsArg(2)), UART_PIN_NO_CHANGE,
			UART_PIN_NO_CHANGE) != ESP_OK) {
		uart_driver_delete(port);
		xsUnknownError("uart: bad pins or rate");
	}
	uart_set_rx_full_threshold(port, TELL_AFTER_BYTES);
	uart_set_rx_timeout(port, QUIET_BYTES);

	Uart *uart = c_calloc(1, sizeof *uart);
	if (uart == NULL) {
		uart_driver_delete(port);
		xsUnknownError("uart: no memory");
	}
	uart->notice.the = the;
	uart->notice.object = xsThis;
	uart->port = port;
	uarts[port] = uart;
	xsmcSetHostData(xsThis, uart);
	xsRemember(uart->notice.object);
	uart_set_select_notif_callback(port, onInterrupt);
}

/* () */
void xs_esp32_uart_close(xsMachine *the) {
	Uart *uart = xsmcGetHostData(xsThis);
	if (uart == NULL) return;
	xsForget(uart->notice.object);
	xsmcSetHostData(xsThis, NULL);
	xs_esp32_uart_destructor(uart);
}

/* (target): number of bytes read, without waiting. */
void xs_esp32_uart_read(xsMachine *the) {
	Uart *uart = uartOf(the);
	uint8_t *target;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);
	int count = uart_read_bytes(uart->port, target, length, 0);
	xsmcSetInteger(xsResult, count < 0 ? 0 : count);
}

/* (source). Throws when there is too little room: to wait here would stop everything. */
void xs_esp32_uart_write(xsMachine *the) {
	Uart *uart = uartOf(the);
	uint8_t *source;
	xsUnsignedValue length;
	size_t room = 0;
	xsmcGetBufferReadable(xsArg(0), (void **)&source, &length);
	uart_get_tx_buffer_free_size(uart->port, &room);
	if (length > room) xsUnknownError("uart: full");
	uart_write_bytes(uart->port, source, length);
}

/* (): bytes that can be written without waiting. */
void xs_esp32_uart_room(xsMachine *the) {
	size_t room = 0;
	uart_get_tx_buffer_free_size(uartOf(the)->port, &room);
	xsmcSetInteger(xsResult, (int32_t)room);
}
