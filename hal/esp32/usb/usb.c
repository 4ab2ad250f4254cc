/*
 * The USB serial port that is built into the C3 and the C6 (USB Serial/JTAG), as a console where a board has
 * no bridge on its UART. One host, no baud rate, packets of 64 bytes. While no host listens, what is written
 * waits in the ring; when that is full, the room is 0.
 */
#include "../notice.h"
/* The SDK's makefile searches the folder of all components, but not this one's own. */
#include "esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag_select.h"

/* One of the longest frames of the console takes two rounds. */
#define RING_BYTES 1024

typedef struct {
	Notice notice;
	/* Written since the ring was last seen empty: the driver does not tell how much is left. */
	uint32_t written;
} Usb;

static Usb *usb;

static void onInterrupt(usj_select_notif_t what, int *woken) {
	if (what == USJ_SELECT_READ_NOTIF && usb != NULL && noticeFromInterrupt(&usb->notice)) *woken = pdTRUE;
}

void xs_esp32_usb_destructor(void *data) {
	Usb *closing = data;
	if (closing == NULL) return;
	usb_serial_jtag_set_select_notif_callback(NULL);
	usb = NULL;
	usb_serial_jtag_driver_uninstall();
	noticeClose(&closing->notice);
}

static Usb *usbOf(xsMachine *the) {
	Usb *open = xsmcGetHostDataValidate(xsThis, xs_esp32_usb_destructor);
	if (open == NULL) xsUnknownError("usb: closed");
	return open;
}

/* () */
void xs_esp32_usb_open(xsMachine *the) {
	usb_serial_jtag_driver_config_t config = { .tx_buffer_size = RING_BYTES, .rx_buffer_size = RING_BYTES };
	if (usb != NULL || usb_serial_jtag_driver_install(&config) != ESP_OK)
		xsUnknownError("usb: in use, or no memory");
	Usb *opening = c_calloc(1, sizeof *opening);
	if (opening == NULL) {
		usb_serial_jtag_driver_uninstall();
		xsUnknownError("usb: no memory");
	}
	opening->notice.the = the;
	opening->notice.object = xsThis;
	usb = opening;
	xsmcSetHostData(xsThis, opening);
	xsRemember(opening->notice.object);
	usb_serial_jtag_set_select_notif_callback(onInterrupt);
}

/* () */
void xs_esp32_usb_close(xsMachine *the) {
	Usb *closing = xsmcGetHostData(xsThis);
	if (closing == NULL) return;
	xsForget(closing->notice.object);
	xsmcSetHostData(xsThis, NULL);
	xs_esp32_usb_destructor(closing);
}

/* (target): number of bytes read, without waiting. */
void xs_esp32_usb_read(xsMachine *the) {
	uint8_t *target;
	xsUnsignedValue length;
	usbOf(the);
	xsmcGetBufferWritable(xsArg(0), (void **)&target, &length);
	xsmcSetInteger(xsResult, usb_serial_jtag_read_bytes(target, length, 0));
}

static uint32_t roomOf(Usb *open) {
	if (usb_serial_jtag_wait_tx_done(0) == ESP_OK) open->written = 0;
	return RING_BYTES - open->written;
}

/* (source). Throws when there is too little room: to wait here would stop everything. */
void xs_esp32_usb_write(xsMachine *the) {
	Usb *open = usbOf(the);
	uint8_t *source;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), (void **)&source, &length);
	if (length > roomOf(open) || usb_serial_jtag_write_bytes(source, length, 0) != (int)length)
		xsUnknownError("usb: full");
	open->written += length;
}

/* (): bytes that can be written without waiting. */
void xs_esp32_usb_room(xsMachine *the) {
	xsmcSetInteger(xsResult, (int32_t)roomOf(usbOf(the)));
}
