/*
 * What a board has beside its processor, on QEMU's `virt` machine: a clock, two UARTs (the machine's own for
 * the console, and one on the PCI bus for the PN532, because the machine has no second), and flash. The flash
 * is the upper part of RAM, kept in a file by whoever starts the emulator: so it outlives a run that was
 * stopped at any instruction.
 */
#include "xsmc.h"

#define REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define REG16(address) (*(volatile uint16_t *)(uintptr_t)(address))
#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* CLINT: ten ticks a microsecond. */
#define MTIME 0x0200bff8
#define TICKS_PER_US 10

#define UART_CONSOLE 0x10000000
#define PCI_CONFIG 0x30000000
#define PCI_IO 0x03000000
#define PCI_SERIAL_ID 0x00021b36
/* Where the device's eight ports are put in the bus's IO space. */
#define PCI_SERIAL_PORTS 0x1000
#define PCI_SLOTS 8

/* 16550: data, line status, its bits; FIFO control. */
#define UART_DATA 0
#define UART_FIFO 2
#define UART_LINE 3
#define UART_STATUS 5
#define STATUS_READY 0x01
#define STATUS_EMPTY 0x20
#define FIFO_ON 0x07
#define LINE_8N1 0x03
#define FIFO_BYTES 16

/* Inverted, because a fresh file is zeros and fresh flash is ones. */
#define FLASH ((volatile uint8_t *)0x86000000)
#define FLASH_BYTES 0x100000
#define SECTOR_BYTES 0x1000

/*
 * One time with whoever simulates what is on the PCI bus's UART, in the file that RAM is kept in: see
 * chip-time.ts. What is ours comes first. We write the number of bytes before the time that we ask for, and
 * read the time that is granted before the number of bytes: so no byte is overlooked.
 */
static volatile struct Time {
	uint32_t asked_us, wrote_us, written_bytes;
	uint32_t sent_bytes, granted_us;
} *const shared = (volatile struct Time *)(0x86000000 + FLASH_BYTES);
static uint32_t read_bytes;
/* What the clock has counted while we waited for the others: no time of ours. */
static uint64_t waited;

static uint64_t counted(void) {
	uint32_t high, low;
	do {
		high = REG32(MTIME + 4);
		low = REG32(MTIME);
	} while (high != REG32(MTIME + 4));
	return (uint64_t)high << 32 | low;
}

static uint64_t now_us(void) {
	return (counted() - waited) / TICKS_PER_US;
}

/* The address of a port's registers; 0 for one that is not there. */
static uint32_t uartAt(int port) {
	static uint32_t onPci;
	if (port == 0) return UART_CONSOLE;
	for (int slot = 0; onPci == 0 && slot < PCI_SLOTS; slot++) {
		uint32_t config = PCI_CONFIG + ((uint32_t)slot << 15);
		if (REG32(config) != PCI_SERIAL_ID) continue;
		REG32(config + 0x10) = PCI_SERIAL_PORTS;
		REG16(config + 4) = 1;
		onPci = PCI_IO + PCI_SERIAL_PORTS;
	}
	return onPci;
}

/* (): microseconds since power-up, as a number. */
void xs_board_now(xsMachine *the) {
	xsmcSetNumber(xsResult, (double)now_us());
}

/*
 * (microseconds): lets so much time pass, when the others have come as far, and waits for the bytes that they
 * have sent until then. It spins: what it waits for is written to memory, and that wakes nobody.
 */
void xs_board_rest(xsMachine *the) {
	uint64_t until_us = now_us() + (uint64_t)xsmcToInteger(xsArg(0));
	uint32_t uart = uartAt(1);
	shared->asked_us = (uint32_t)until_us;
	while ((int32_t)(shared->granted_us - (uint32_t)until_us) < 0) {}
	if (shared->sent_bytes != read_bytes)
		while ((REG8(uart + UART_STATUS) & STATUS_READY) == 0) {}
	waited = counted() - until_us * TICKS_PER_US;
}

/* (port): false when there is none. */
void xs_board_uart_open(xsMachine *the) {
	uint32_t uart = uartAt(xsmcToInteger(xsArg(0)));
	if (uart != 0) {
		REG8(uart + UART_LINE) = LINE_8N1;
		REG8(uart + UART_FIFO) = FIFO_ON;
	}
	xsmcSetBoolean(xsResult, uart != 0);
}

/* (port, target): number of bytes that were there. */
void xs_board_uart_read(xsMachine *the) {
	uint32_t uart = uartAt(xsmcToInteger(xsArg(0)));
	xsUnsignedValue length, count = 0;
	uint8_t *target;
	xsmcGetBufferWritable(xsArg(1), (void **)&target, &length);
	while (count < length && (REG8(uart + UART_STATUS) & STATUS_READY) != 0)
		target[count++] = REG8(uart + UART_DATA);
	if (uart != UART_CONSOLE) read_bytes += count;
	xsmcSetInteger(xsResult, count);
}

/* (port, source): waits for the line, as a driver's ring would not have to. */
void xs_board_uart_write(xsMachine *the) {
	uint32_t uart = uartAt(xsmcToInteger(xsArg(0)));
	xsUnsignedValue length;
	uint8_t *source;
	xsmcGetBufferReadable(xsArg(1), (void **)&source, &length);
	if (uart != UART_CONSOLE) {
		shared->wrote_us = (uint32_t)now_us();
		shared->written_bytes += length;
	}
	for (xsUnsignedValue i = 0; i < length; i++) {
		while ((REG8(uart + UART_STATUS) & STATUS_EMPTY) == 0) {}
		REG8(uart + UART_DATA) = source[i];
	}
}

/* (address, target) */
void xs_board_flash_read(xsMachine *the) {
	uint32_t address = (uint32_t)xsmcToInteger(xsArg(0));
	xsUnsignedValue length;
	uint8_t *target;
	xsmcGetBufferWritable(xsArg(1), (void **)&target, &length);
	if (address + length > FLASH_BYTES) xsUnknownError("flash: out of range");
	for (xsUnsignedValue i = 0; i < length; i++) target[i] = (uint8_t)~FLASH[address + i];
}

/* (address, source): only from ones to zeros, as the part does. */
void xs_board_flash_program(xsMachine *the) {
	uint32_t address = (uint32_t)xsmcToInteger(xsArg(0));
	xsUnsignedValue length;
	uint8_t *source;
	xsmcGetBufferReadable(xsArg(1), (void **)&source, &length);
	if (address + length > FLASH_BYTES) xsUnknownError("flash: out of range");
	for (xsUnsignedValue i = 0; i < length; i++) FLASH[address + i] |= (uint8_t)~source[i];
}

/* (sector) */
void xs_board_flash_erase(xsMachine *the) {
	uint32_t address = (uint32_t)xsmcToInteger(xsArg(0)) * SECTOR_BYTES;
	if (address + SECTOR_BYTES > FLASH_BYTES) xsUnknownError("flash: out of range");
	for (uint32_t i = 0; i < SECTOR_BYTES; i++) FLASH[address + i] = 0;
}
