#include "comb25519.h"
#include <sodium.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2", "no-schedule-insns", "no-schedule-insns2")
#endif

#define SIGNING_TEETH 4
#define SIGNING_SPACING 8
#define VERIFYING_TEETH 8
#define VERIFYING_SPACING 16
#define KEY_TEETH 4
#define KEY_SPACING 16

/*
 * An odd number n is the sum of all 2^i, each plus or minus, plus where bit i of (n + 2^256 - 1) / 2 is set:
 * that is n shifted down by one bit, with bit 255 set.
 */
static void signsOf(Scalar *to, const Scalar *odd) {
	for (int i = 0; i < SCALAR_WORDS - 1; i++) to->word[i] = odd->word[i] >> 1 | odd->word[i + 1] << 31;
	to->word[SCALAR_WORDS - 1] = odd->word[SCALAR_WORDS - 1] >> 1 | 0x80000000;
}

/* The signs of a block's teeth at a step, the highest tooth's in the highest bit. */
static inline uint32_t teethAt(const Scalar *signs, int block, int step, int teeth, int spacing) {
	uint32_t all = 0;
	for (int tooth = 0; tooth < teeth; tooth++)
		all |= scalarBit(signs, (block * teeth + tooth) * spacing + step) << tooth;
	return all;
}

/*
 * The tables have the highest tooth as plus. Where it is minus, all signs are turned and the sum is
 * subtracted. `isMinus` is 1 or 0.
 */
static inline uint32_t entryOf(uint32_t all, int teeth, uint32_t *isMinus) {
	*isMinus = 1 ^ all >> (teeth - 1);
	return (all ^ -*isMinus) & ((1u << (teeth - 1)) - 1);
}

/* Looks at every entry, so that nobody learns from the cache which it was. */
static void pick(BaseAddend *to, const BaseAddend *entries, uint32_t all) {
	uint32_t isMinus;
	uint32_t entry = entryOf(all, SIGNING_TEETH, &isMinus);
	for (int i = 0; i < LIMBS; i++) to->sum.limb[i] = to->difference.limb[i] = to->dxy.limb[i] = 0;
	for (uint32_t each = 0; each < SIGNING_ENTRIES; each++) {
		int32_t mask = (int32_t)((each ^ entry) - 1) >> 31;
		for (int i = 0; i < LIMBS; i++) {
			to->sum.limb[i] |= entries[each].sum.limb[i] & mask;
			to->difference.limb[i] |= entries[each].difference.limb[i] & mask;
			to->dxy.limb[i] |= entries[each].dxy.limb[i] & mask;
		}
	}
	fieldSwap(&to->sum, &to->difference, isMinus);
	int32_t mask = -(int32_t)isMinus;
	for (int i = 0; i < LIMBS; i++) to->dxy.limb[i] = (to->dxy.limb[i] ^ mask) - mask;
}

void combBase(Point *to, const Scalar *scalar) {
	Scalar signs;
	BaseAddend addend;
	scalarMakeOdd(&signs, scalar);
	signsOf(&signs, &signs);
	pointZero(to);
	for (int step = SIGNING_SPACING - 1; step >= 0; step--) {
		if (step < SIGNING_SPACING - 1) pointDouble(to, to, 1);
		for (int block = 0; block < SIGNING_BLOCKS; block++) {
			pick(&addend, baseForSigning[block], teethAt(&signs, block, step, SIGNING_TEETH, SIGNING_SPACING));
			pointAddBase(to, to, &addend, block < SIGNING_BLOCKS - 1);
		}
	}
	sodium_memzero(&signs, sizeof signs);
	sodium_memzero(&addend, sizeof addend);
}

/*
 * A block's entries go from one to the next by changing one sign (Gray's code), so each is one addition of
 * twice a tooth. The first has every sign but the highest tooth's as minus.
 */
void combTable(PointTable *to, const Point *a) {
	Point tooth = *a, sum;
	Addend once[KEY_TEETH - 1], twice[KEY_TEETH - 1];
	addendFromPoint(&to->point, a);
	for (int block = 0; block < KEY_BLOCKS; block++) {
		for (int i = 0; i < KEY_TEETH - 1; i++) {
			addendFromPoint(&once[i], &tooth);
			pointDouble(&tooth, &tooth, 1);
			addendFromPoint(&twice[i], &tooth);
			for (int j = 1; j < KEY_SPACING; j++) pointDouble(&tooth, &tooth, j == KEY_SPACING - 1);
		}
		sum = tooth;
		for (int i = 0; i < KEY_TEETH - 1; i++) pointSubtract(&sum, &sum, &once[i], 1);
		addendFromPoint(&to->sums[block][0], &sum);
		uint32_t gray = 0;
		for (uint32_t entry = 1; entry < KEY_ENTRIES; entry++) {
			int i = entry & 1 ? 0 : entry & 2 ? 1 : 2;
			gray ^= 1u << i;
			if (gray >> i & 1) pointAdd(&sum, &sum, &twice[i], 1);
			else pointSubtract(&sum, &sum, &twice[i], 1);
			addendFromPoint(&to->sums[block][gray], &sum);
		}
		if (block < KEY_BLOCKS - 1)
			for (int j = 0; j < KEY_SPACING; j++) pointDouble(&tooth, &tooth, j == KEY_SPACING - 1);
	}
}

/* A step of the comb over the base point. */
static void addBase(Point *to, const Scalar *signs, int step) {
	for (int block = 0; block < VERIFYING_BLOCKS; block++) {
		uint32_t isMinus;
		uint32_t all = teethAt(signs, block, step, VERIFYING_TEETH, VERIFYING_SPACING);
		const BaseAddend *sum = &baseForVerifying[block][entryOf(all, VERIFYING_TEETH, &isMinus)];
		int isLast = block == VERIFYING_BLOCKS - 1;
		if (isMinus) pointSubtractBase(to, to, sum, !isLast);
		else pointAddBase(to, to, sum, !isLast);
	}
}

void combSum(Point *to, const Scalar *s, const Scalar *k, const PointTable *table) {
	Scalar baseSigns, signs = *k;
	/* The base point has the order L: L more of it are nothing. Of another point that is not known. */
	scalarMakeOdd(&baseSigns, s);
	signsOf(&baseSigns, &baseSigns);
	int isEven = !(signs.word[0] & 1);
	signs.word[0] |= 1;
	signsOf(&signs, &signs);
	pointZero(to);
	for (int step = KEY_SPACING - 1; step >= 0; step--) {
		if (step < KEY_SPACING - 1) pointDouble(to, to, 1);
		if (step == 0 && isEven) pointSubtract(to, to, &table->point, 1);
		for (int block = 0; block < KEY_BLOCKS; block++) {
			uint32_t isMinus;
			uint32_t all = teethAt(&signs, block, step, KEY_TEETH, KEY_SPACING);
			const Addend *sum = &table->sums[block][entryOf(all, KEY_TEETH, &isMinus)];
			if (isMinus) pointSubtract(to, to, sum, 1);
			else pointAdd(to, to, sum, 1);
		}
		addBase(to, &baseSigns, step);
	}
}

#define BITS 256
#define WINDOW_BITS 5

/* Digits that are 0 or odd and below 16 in size, any five in a row with at most one that is not 0. */
static void digitsOf(int8_t *digits, const Scalar *k) {
	int carry = 0;
	for (int bit = 0; bit < BITS; bit++) digits[bit] = 0;
	for (int bit = 0; bit < BITS; bit++) {
		int value = carry + (int)scalarBit(k, bit);
		if (!(value & 1)) {
			carry = value >> 1;
			continue;
		}
		for (int i = 1; i < WINDOW_BITS && bit + i < BITS; i++) value += (int)scalarBit(k, bit + i) << i;
		carry = value >> (WINDOW_BITS - 1);
		digits[bit] = (int8_t)(value - (carry << WINDOW_BITS));
		bit += WINDOW_BITS - 1;
	}
}

void windowSum(Point *to, const Scalar *s, const Scalar *k, const Point *a) {
	Addend odd[1 << (WINDOW_BITS - 2)], twice;
	int8_t digits[BITS];
	Scalar baseSigns;
	scalarMakeOdd(&baseSigns, s);
	signsOf(&baseSigns, &baseSigns);
	digitsOf(digits, k);

	Point multiple = *a;
	addendFromPoint(&odd[0], &multiple);
	pointDouble(&multiple, &multiple, 1);
	addendFromPoint(&twice, &multiple);
	multiple = *a;
	for (int i = 1; i < 1 << (WINDOW_BITS - 2); i++) {
		pointAdd(&multiple, &multiple, &twice, 1);
		addendFromPoint(&odd[i], &multiple);
	}

	int bit = BITS - 1;
	while (bit >= VERIFYING_SPACING && digits[bit] == 0) bit--;
	pointZero(to);
	for (; bit >= 0; bit--) {
		int digit = digits[bit];
		int withBase = bit < VERIFYING_SPACING;
		pointDouble(to, to, digit != 0 || withBase);
		if (digit > 0) pointAdd(to, to, &odd[digit / 2], withBase);
		if (digit < 0) pointSubtract(to, to, &odd[-digit / 2], withBase);
		if (withBase) addBase(to, &baseSigns, bit);
	}
}
