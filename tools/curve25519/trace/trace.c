/*
 * (image, secrets, seed): has each primitive with a secret run for so many secrets, messages and public keys
 * in the image of the chip, and holds every address to those of the first run. Prints the answers, as
 * hexadecimal, for others to check, and what was compared; ends with 1 at the first address that differs.
 */
#include "../splitmix.h"
#include "machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 100

/* In the chip's RAM, above the stack. */
enum {
	SECRET = 0x83ff1000,
	PEER = SECRET + 0x100,
	MESSAGE = PEER + 0x100,
	KEY = MESSAGE + 0x100,
	SIGNATURE = KEY + 0x100,
	PUBLIC = SIGNATURE + 0x100,
	SHARED = PUBLIC + 0x100,
};

/* The addresses of a primitive's first run. */
typedef struct {
	uint32_t *address;
	size_t length, room, at;
	int isFirst;
	/* The last event. */
	Event event;
	uint32_t pc, seen;
} Trace;

typedef struct {
	const char *name, *function;
	uint32_t arguments[ARGUMENTS_MAX];
	Trace trace;
	uint64_t instructions;
} Primitive;

static Primitive primitives[] = {
	{ "Ed25519 key", "ed25519Key", { KEY, SECRET } },
	{ "Ed25519 sign", "ed25519Sign", { SIGNATURE, KEY, MESSAGE, MESSAGE_BYTES } },
	{ "X25519 key", "x25519PublicKey", { PUBLIC, SECRET } },
	{ "X25519", "x25519Shared", { SHARED, SECRET, PEER } },
};
#define PRIMITIVES (sizeof primitives / sizeof primitives[0])

static int observe(void *context, Event event, uint32_t address) {
	Trace *trace = context;
	trace->event = event;
	trace->seen = address;
	if (event == DIVIDES) return 0;
	if (trace->isFirst) {
		if (trace->at == trace->room) {
			trace->room = trace->room ? trace->room * 2 : 1 << 20;
			trace->address = realloc(trace->address, trace->room * sizeof(uint32_t));
			if (!trace->address) abort();
		}
		trace->address[trace->at] = address;
		trace->length = trace->at + 1;
	} else if (trace->at >= trace->length || trace->address[trace->at] != address) return 0;
	trace->at++;
	if (event == GOES_TO) trace->pc = address;
	return 1;
}

static void explain(const Machine *machine, const Primitive *primitive, unsigned long turn) {
	const Trace *trace = &primitive->trace;
	char at[120], first[120], now[120];
	machineName(machine, trace->pc, at, sizeof at);
	if (trace->event == DIVIDES) {
		printf("%s: %s divides, which takes longer for some numbers\n", primitive->name, at);
		return;
	}
	machineName(machine, trace->seen, now, sizeof now);
	if (trace->at < trace->length) machineName(machine, trace->address[trace->at], first, sizeof first);
	else strcpy(first, "its end");
	printf("%s: secret %lu differs from the first at %s: there it takes %s, the first took %s\n",
		primitive->name, turn, at, now, first);
}

/* Secrets whose bits are all alike are among them. */
static void draw(const Machine *machine, unsigned long turn) {
	uint8_t *secret = machineBytes(machine, SECRET, 32);
	fill(secret, 32);
	fill(machineBytes(machine, PEER, 32), 32);
	fill(machineBytes(machine, MESSAGE, MESSAGE_BYTES), MESSAGE_BYTES);
	if (turn == 1) memset(secret, 0, 32);
	if (turn == 2) memset(secret, 0xff, 32);
	if (turn == 3) memset(secret, 0, 32), secret[0] = 1;
}

static void printBytes(const Machine *machine, uint32_t address, size_t length) {
	const uint8_t *bytes = machineBytes(machine, address, length);
	putchar(' ');
	for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
}

static int runPrimitive(Machine *machine, Primitive *primitive, unsigned long turn) {
	Trace *trace = &primitive->trace;
	uint32_t result;
	trace->at = 0;
	trace->isFirst = turn == 0;
	machine->context = trace;
	uint32_t function = machineSymbol(machine, primitive->function);
	int isSame = machineCall(machine, function, primitive->arguments, &result) && trace->at == trace->length;
	if (!isSame) explain(machine, primitive, turn);
	primitive->instructions = machine->instructions;
	return isSame;
}

int main(int argc, char **argv) {
	if (argc != 4) return 2;
	Machine machine;
	machineLoad(&machine, argv[1]);
	machine.observer = observe;
	unsigned long secrets = strtoul(argv[2], NULL, 10);
	state = strtoull(argv[3], NULL, 10);
	for (unsigned long turn = 0; turn < secrets; turn++) {
		draw(&machine, turn);
		for (size_t i = 0; i < PRIMITIVES; i++)
			if (!runPrimitive(&machine, &primitives[i], turn)) return 1;
		printf("answers");
		printBytes(&machine, SECRET, 32);
		printBytes(&machine, PEER, 32);
		printBytes(&machine, MESSAGE, MESSAGE_BYTES);
		printBytes(&machine, KEY, 64);
		printBytes(&machine, SIGNATURE, 64);
		printBytes(&machine, PUBLIC, 32);
		printBytes(&machine, SHARED, 32);
		putchar('\n');
	}
	for (size_t i = 0; i < PRIMITIVES; i++)
		printf("%s: the same %zu addresses of %llu instructions, for each of %lu secrets\n", primitives[i].name,
			primitives[i].trace.length, (unsigned long long)primitives[i].instructions, secrets);
	return 0;
}
