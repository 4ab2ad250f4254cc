/* RV32C, each as the instruction that it stands for: The RISC-V Instruction Set Manual, volume I, "C". */
#include "machine.h"

#define LOAD 0x03
#define IMMEDIATE 0x13
#define STORE 0x23
#define REGISTER 0x33
#define LUI 0x37
#define BRANCH 0x63
#define JALR 0x67
#define JAL 0x6f
#define EBREAK 0x00100073

/* `count` bits of the instruction from `from` on, put at `to`. */
#define BITS(from, count, to) (((uint32_t)half >> (from) & ((1u << (count)) - 1)) << (to))
#define SIGNED(value, bits) ((uint32_t)((int32_t)((value) << (32 - (bits))) >> (32 - (bits))))

static uint32_t typeI(uint32_t code, uint32_t kind, uint32_t rd, uint32_t rs1, uint32_t immediate) {
	return code | rd << 7 | kind << 12 | rs1 << 15 | immediate << 20;
}

static uint32_t typeR(uint32_t kind, uint32_t high, uint32_t rd, uint32_t rs1, uint32_t rs2) {
	return REGISTER | rd << 7 | kind << 12 | rs1 << 15 | rs2 << 20 | high << 25;
}

static uint32_t storeWord(uint32_t rs1, uint32_t rs2, uint32_t immediate) {
	return STORE | (immediate & 31) << 7 | 2 << 12 | rs1 << 15 | rs2 << 20 | (immediate >> 5) << 25;
}

static uint32_t branch(uint32_t kind, uint32_t rs1, uint32_t immediate) {
	return BRANCH | (immediate >> 11 & 1) << 7 | (immediate >> 1 & 15) << 8 | kind << 12 | rs1 << 15 |
		(immediate >> 5 & 63) << 25 | (immediate >> 12 & 1) << 31;
}

static uint32_t jump(uint32_t rd, uint32_t immediate) {
	return JAL | rd << 7 | (immediate >> 12 & 255) << 12 | (immediate >> 11 & 1) << 20 |
		(immediate >> 1 & 1023) << 21 | (immediate >> 20 & 1) << 31;
}

/* Quadrants 0 and 1 name eight registers by three bits. */
static uint32_t quadrant0(uint16_t half) {
	uint32_t rd = BITS(2, 3, 0) + 8, rs1 = BITS(7, 3, 0) + 8;
	uint32_t word = BITS(6, 1, 2) | BITS(10, 3, 3) | BITS(5, 1, 6);
	uint32_t ofStack = BITS(6, 1, 2) | BITS(5, 1, 3) | BITS(11, 2, 4) | BITS(7, 4, 6);
	switch (half >> 13) {
	case 0: return ofStack ? typeI(IMMEDIATE, 0, rd, 2, ofStack) : 0;
	case 2: return typeI(LOAD, 2, rd, rs1, word);
	case 6: return storeWord(rs1, rd, word);
	default: return 0;
	}
}

static uint32_t arithmetic(uint16_t half, uint32_t immediate) {
	uint32_t rd = BITS(7, 3, 0) + 8, rs2 = BITS(2, 3, 0) + 8;
	switch (BITS(10, 2, 0)) {
	case 0: return typeI(IMMEDIATE, 5, rd, rd, immediate & 31);
	case 1: return typeI(IMMEDIATE, 5, rd, rd, (immediate & 31) | 0x400);
	case 2: return typeI(IMMEDIATE, 7, rd, rd, immediate);
	}
	if (BITS(12, 1, 0)) return 0;
	switch (BITS(5, 2, 0)) {
	case 0: return typeR(0, 0x20, rd, rd, rs2);
	case 1: return typeR(4, 0, rd, rd, rs2);
	case 2: return typeR(6, 0, rd, rd, rs2);
	default: return typeR(7, 0, rd, rd, rs2);
	}
}

static uint32_t quadrant1(uint16_t half) {
	uint32_t rd = BITS(7, 5, 0);
	uint32_t immediate = SIGNED(BITS(2, 5, 0) | BITS(12, 1, 5), 6);
	uint32_t far = SIGNED(BITS(3, 3, 1) | BITS(11, 1, 4) | BITS(2, 1, 5) | BITS(7, 1, 6) | BITS(6, 1, 7) |
		BITS(9, 2, 8) | BITS(8, 1, 10) | BITS(12, 1, 11), 12);
	uint32_t near = SIGNED(BITS(3, 2, 1) | BITS(10, 2, 3) | BITS(2, 1, 5) | BITS(5, 2, 6) | BITS(12, 1, 8), 9);
	uint32_t ofStack = SIGNED(
		BITS(6, 1, 4) | BITS(2, 1, 5) | BITS(5, 1, 6) | BITS(3, 2, 7) | BITS(12, 1, 9), 10);
	switch (half >> 13) {
	case 0: return typeI(IMMEDIATE, 0, rd, rd, immediate);
	case 1: return jump(1, far);
	case 2: return typeI(IMMEDIATE, 0, rd, 0, immediate);
	case 3: return rd == 2 ? typeI(IMMEDIATE, 0, 2, 2, ofStack) : LUI | rd << 7 | immediate << 12;
	case 4: return arithmetic(half, immediate);
	case 5: return jump(0, far);
	case 6: return branch(0, BITS(7, 3, 0) + 8, near);
	default: return branch(1, BITS(7, 3, 0) + 8, near);
	}
}

static uint32_t quadrant2(uint16_t half) {
	uint32_t rd = BITS(7, 5, 0), rs2 = BITS(2, 5, 0), isSecond = BITS(12, 1, 0);
	switch (half >> 13) {
	case 0: return typeI(IMMEDIATE, 1, rd, rd, rs2);
	case 2: return typeI(LOAD, 2, rd, 2, BITS(4, 3, 2) | BITS(12, 1, 5) | BITS(2, 2, 6));
	case 4:
		if (rs2) return typeR(0, 0, rd, isSecond ? rd : 0, rs2);
		return rd ? typeI(JALR, 0, isSecond, rd, 0) : EBREAK;
	case 6: return storeWord(2, rs2, BITS(9, 4, 2) | BITS(7, 2, 6));
	default: return 0;
	}
}

uint32_t machineExpand(uint16_t half) {
	switch (half & 3) {
	case 0: return quadrant0(half);
	case 1: return quadrant1(half);
	default: return quadrant2(half);
	}
}
