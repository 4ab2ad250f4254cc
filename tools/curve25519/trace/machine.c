#include "machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No code is there: a return to it ends the call. */
#define RETURN 0x1000u
#define STACK_END (MEMORY_BEGIN + MEMORY_BYTES - 0x10000u)

enum { RA = 1, SP = 2, GP = 3, A0 = 10 };

static void refuse(const Machine *machine, const char *what, uint32_t instruction) {
	char name[120];
	machineName(machine, machine->pc, name, sizeof name);
	fprintf(stderr, "%s %08x at %s\n", what, instruction, name);
	exit(2);
}

static uint32_t fetch(Machine *machine, uint32_t *length) {
	const uint8_t *at = machineBytes(machine, machine->pc, 4);
	*length = (at[0] & 3) == 3 ? 4 : 2;
	uint32_t *decoded = &machine->decoded[(machine->pc - MEMORY_BEGIN) / 2];
	if (*decoded) return *decoded;
	uint16_t half;
	memcpy(&half, at, 2);
	if (*length == 4) memcpy(decoded, at, 4);
	else *decoded = machineExpand(half);
	if (!*decoded) refuse(machine, "not of RV32C:", half);
	return *decoded;
}

static uint32_t load(Machine *machine, uint32_t kind, uint32_t address, uint32_t instruction) {
	const uint8_t *at = machineBytes(machine, address, 1u << (kind & 3));
	uint16_t half;
	uint32_t word;
	switch (kind) {
	case 0: return (uint32_t)(int32_t)(int8_t)*at;
	case 1: return memcpy(&half, at, 2), (uint32_t)(int32_t)(int16_t)half;
	case 2: return memcpy(&word, at, 4), word;
	case 4: return *at;
	case 5: return memcpy(&half, at, 2), half;
	}
	refuse(machine, "no load:", instruction);
	return 0;
}

static uint32_t multiplied(uint32_t kind, uint32_t a, uint32_t b) {
	switch (kind) {
	case 0: return a * b;
	case 1: return (uint32_t)(((int64_t)(int32_t)a * (int32_t)b) >> 32);
	case 2: return (uint32_t)(((int64_t)(int32_t)a * (int64_t)b) >> 32);
	default: return (uint32_t)(((uint64_t)a * b) >> 32);
	}
}

static uint32_t worked(uint32_t kind, int isOther, uint32_t a, uint32_t b) {
	switch (kind) {
	case 0: return isOther ? a - b : a + b;
	case 1: return a << (b & 31);
	case 2: return (int32_t)a < (int32_t)b;
	case 3: return a < b;
	case 4: return a ^ b;
	case 5: return isOther ? (uint32_t)((int32_t)a >> (b & 31)) : a >> (b & 31);
	case 6: return a | b;
	default: return a & b;
	}
}

static int isTaken(uint32_t kind, uint32_t a, uint32_t b) {
	int is = kind < 4 ? a == b : kind < 6 ? (int32_t)a < (int32_t)b : a < b;
	return is ^ (int)(kind & 1);
}

static uint32_t branchOffset(uint32_t i) {
	return (uint32_t)((int32_t)i >> 31) << 12 | (i >> 7 & 1) << 11 | (i >> 25 & 63) << 5 | (i >> 8 & 15) << 1;
}

static uint32_t jumpOffset(uint32_t i) {
	return (uint32_t)((int32_t)i >> 31) << 20 | (i & 0xff000) | (i >> 20 & 1) << 11 | (i >> 21 & 1023) << 1;
}

static int step(Machine *machine) {
	uint32_t length, i = fetch(machine, &length);
	if (!machine->observer(machine->context, GOES_TO, machine->pc)) return 0;
	machine->instructions++;
	uint32_t kind = i >> 12 & 7, rd = i >> 7 & 31, high = i >> 25;
	uint32_t a = machine->x[i >> 15 & 31], b = machine->x[i >> 20 & 31];
	uint32_t immediate = (uint32_t)((int32_t)i >> 20);
	uint32_t pc = machine->pc, after = pc + length, result = 0;
	switch (i & 0x7f) {
	case 0x03:
		if (!machine->observer(machine->context, READS, a + immediate)) return 0;
		result = load(machine, kind, a + immediate, i);
		break;
	case 0x13: {
		if (kind == 1 && high != 0) refuse(machine, "unknown instruction", i);
		if (kind == 5 && (high & ~0x20u) != 0) refuse(machine, "unknown instruction", i);
		result = worked(kind, kind == 5 && high, a, immediate);
		break;
	}
	case 0x17: result = pc + (i & 0xfffff000); break;
	case 0x23: {
		uint32_t address = a + ((immediate & ~31u) | rd);
		if (kind > 2) refuse(machine, "no store:", i);
		if (!machine->observer(machine->context, WRITES, address)) return 0;
		memcpy(machineBytes(machine, address, 1u << kind), &b, 1u << kind);
		rd = 0;
		break;
	}
	case 0x33:
		if (high == 1 && kind > 3) return machine->observer(machine->context, DIVIDES, machine->pc);
		if (high == 1) result = multiplied(kind, a, b);
		else if (high == 0 || (high == 0x20 && (kind == 0 || kind == 5))) result = worked(kind, high != 0, a, b);
		else refuse(machine, "unknown instruction", i);
		break;
	case 0x37: result = i & 0xfffff000; break;
	case 0x63:
		if (kind == 2 || kind == 3) refuse(machine, "unknown instruction", i);
		if (isTaken(kind, a, b)) after = pc + branchOffset(i);
		rd = 0;
		break;
	case 0x67:
		result = after;
		after = (a + immediate) & ~1u;
		break;
	case 0x6f:
		result = after;
		after = pc + jumpOffset(i);
		break;
	default: refuse(machine, "unknown instruction", i);
	}
	if (rd) machine->x[rd] = result;
	machine->pc = after;
	return 1;
}

int machineCall(Machine *machine, uint32_t function, const uint32_t *arguments, uint32_t *result) {
	memset(machine->x, 0, sizeof machine->x);
	machine->x[RA] = RETURN;
	machine->x[SP] = STACK_END;
	machine->x[GP] = machineSymbol(machine, "__global_pointer$");
	memcpy(&machine->x[A0], arguments, ARGUMENTS_MAX * sizeof(uint32_t));
	machine->pc = function;
	machine->instructions = 0;
	while (machine->pc != RETURN)
		if (!step(machine)) return 0;
	*result = machine->x[A0];
	return 1;
}
