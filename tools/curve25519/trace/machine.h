/*
 * A processor of RV32IMC that runs a function of a linked image and shows every address that it goes to,
 * reads or writes. It has no devices and no interrupts, and does not divide: how long a chip takes for that
 * depends on the numbers, so code with a secret must not.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* The flash and the RAM of the emulated chip (tools/xs/targets.ts), which lie one after the other. */
#define MEMORY_BEGIN 0x80000000u
#define MEMORY_BYTES 0x4000000u
#define REGISTERS 32
#define ARGUMENTS_MAX 4

/* The instruction at `address`; or it reads or writes there; or it divides, and is not run any further. */
typedef enum { GOES_TO, READS, WRITES, DIVIDES } Event;

/* 0 ends the run; after DIVIDES it must be 0. */
typedef int Observer(void *context, Event event, uint32_t address);

typedef struct {
	uint8_t *memory;
	/* By address / 2, the instruction as one of 32 bits; 0 where it was not needed yet. */
	uint32_t *decoded;
	uint32_t x[REGISTERS], pc;
	uint64_t instructions;
	Observer *observer;
	void *context;
	/* The file, for its symbols. */
	const uint8_t *image;
} Machine;

/* Ends the program with a line on standard error where the file is no such image. */
void machineLoad(Machine *machine, const char *path);
/* The address of a symbol; ends the program where there is none. */
uint32_t machineSymbol(const Machine *machine, const char *name);
/* The function or table that holds an address, and where in it: `fieldMultiply+0x12`. */
void machineName(const Machine *machine, uint32_t address, char *text, size_t size);
/* Where an address lies in this program's memory. */
uint8_t *machineBytes(const Machine *machine, uint32_t address, size_t length);
/* a0 of the function. 1, or 0 where the observer ended it. */
int machineCall(Machine *machine, uint32_t function, const uint32_t *arguments, uint32_t *result);
/* An instruction of 16 bits as one of 32; 0 where it is none of RV32C. */
uint32_t machineExpand(uint16_t instruction);

#endif
