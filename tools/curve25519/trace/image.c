/* The ELF file of an image: its memory as it is when `main` begins, and its symbols. */
#include "machine.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *which) {
	fprintf(stderr, "%s: %s\n", what, which);
	exit(2);
}

static uint8_t *readFile(const char *path) {
	FILE *file = fopen(path, "rb");
	if (!file) fail("cannot read", path);
	fseek(file, 0, SEEK_END);
	long length = ftell(file);
	rewind(file);
	uint8_t *bytes = malloc((size_t)length + 1);
	if (!bytes || fread(bytes, 1, (size_t)length, file) != (size_t)length) fail("cannot read", path);
	fclose(file);
	if (length < (long)sizeof(Elf32_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
		((Elf32_Ehdr *)bytes)->e_machine != EM_RISCV || bytes[EI_CLASS] != ELFCLASS32)
		fail("no image of RV32", path);
	return bytes;
}

uint8_t *machineBytes(const Machine *machine, uint32_t address, size_t length) {
	uint32_t at = address - MEMORY_BEGIN;
	if (at > MEMORY_BYTES || length > MEMORY_BYTES - at) {
		fprintf(stderr, "at %08x: no memory at %08x\n", machine->pc, address);
		exit(2);
	}
	return machine->memory + at;
}

/* Initialised data is put where the start-up code would copy it. */
void machineLoad(Machine *machine, const char *path) {
	memset(machine, 0, sizeof *machine);
	machine->image = readFile(path);
	machine->memory = calloc(MEMORY_BYTES, 1);
	machine->decoded = calloc(MEMORY_BYTES / 2, sizeof(uint32_t));
	if (!machine->memory || !machine->decoded) fail("no memory for", path);
	const Elf32_Ehdr *header = (const Elf32_Ehdr *)machine->image;
	const Elf32_Phdr *parts = (const Elf32_Phdr *)(machine->image + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		if (parts[i].p_type == PT_LOAD)
			memcpy(machineBytes(machine, parts[i].p_vaddr, parts[i].p_filesz),
				machine->image + parts[i].p_offset, parts[i].p_filesz);
}

typedef struct {
	const Elf32_Sym *symbols;
	size_t count;
	const char *names;
} Symbols;

static Symbols symbolsOf(const Machine *machine) {
	const Elf32_Ehdr *header = (const Elf32_Ehdr *)machine->image;
	const Elf32_Shdr *sections = (const Elf32_Shdr *)(machine->image + header->e_shoff);
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			return (Symbols){
				(const Elf32_Sym *)(machine->image + sections[i].sh_offset),
				sections[i].sh_size / sizeof(Elf32_Sym),
				(const char *)machine->image + sections[sections[i].sh_link].sh_offset,
			};
	return (Symbols){ 0 };
}

uint32_t machineSymbol(const Machine *machine, const char *name) {
	Symbols all = symbolsOf(machine);
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.names + all.symbols[i].st_name, name) == 0) return all.symbols[i].st_value;
	fail("the image has no", name);
	return 0;
}

void machineName(const Machine *machine, uint32_t address, char *text, size_t size) {
	Symbols all = symbolsOf(machine);
	for (size_t i = 0; i < all.count; i++) {
		const Elf32_Sym *symbol = &all.symbols[i];
		unsigned type = ELF32_ST_TYPE(symbol->st_info);
		if (type != STT_FUNC && type != STT_OBJECT) continue;
		if (address - symbol->st_value >= symbol->st_size) continue;
		snprintf(text, size, "%s+0x%x", all.names + symbol->st_name, address - symbol->st_value);
		return;
	}
	snprintf(text, size, "0x%08x", address);
}
