import { isIBlock } from '../chip/iso-dep.js';
import { ORDINARY_CARD, RawCard, RawReader } from '../chip/raw-peers.js';
import type { RfField } from '../chip/rf-field.js';
import type { Chance } from './chance.js';

const NOT_FOUND = [0x6a, 0x82] as const;
const DESELECT = 0xc2;
const WTX = 0xf2;

/** A tag or a memory card: no ISO 14443-4. */
function tag(field: RfField, chance: Chance): RawCard {
  const isSmall = chance.once(2);
  const uid = isSmall ? chance.bytes(4) : Uint8Array.of(0x04, ...chance.bytes(6));
  // 88 is the cascade tag, and begins no UID.
  if (uid[0] === 0x88) uid[0] = 0x87;
  return new RawCard(field, 'tag', { atqa: ORDINARY_CARD.atqa, uid, sak: isSmall ? 0x08 : 0x00 });
}

/** A card with other applications; badly made, it answers as it likes, late, or never. */
function applicationCard(field: RfField, chance: Chance, isGood: boolean): RawCard {
  const uid = chance.once(2)
    ? Uint8Array.of(0x08, ...chance.bytes(3))
    : Uint8Array.of(0x04, ...chance.bytes(6));
  const manner = isGood ? 0 : chance.below(5);
  const card = new RawCard(field, `card ${manner}`, { ...ORDINARY_CARD, uid }, (block) => {
    if (manner === 1) return;
    if (manner === 2) card.sendFrame(chance.bytes(1 + chance.below(60)));
    else if (manner === 3) card.sendBlock(Uint8Array.of(WTX, 1 + chance.below(59)));
    else if (block[0] === DESELECT) {
      card.sendBlock(block);
      card.halt();
    } else if (isIBlock(block[0]!)) {
      const answer = manner === 4 ? chance.bytes(chance.below(50)) : NOT_FOUND;
      card.sendBlock(Uint8Array.of(block[0]! & 0x03, ...answer));
    }
  });
  return card;
}

/** A card that is none of ours. */
export function foreignCard(field: RfField, chance: Chance, isGood: boolean): RawCard {
  return chance.once(2) ? tag(field, chance) : applicationCard(field, chance, isGood);
}

/**
 * A reader that is none of ours: it finds a wallet, says this and that, and goes, with a goodbye or without.
 */
export class ForeignReader {
  readonly #reader: RawReader;
  #left: number;
  #number = 0;

  constructor(
    private readonly field: RfField,
    private readonly chance: Chance,
  ) {
    const rats = Uint8Array.of(0xe0, (chance.below(9) << 4) | chance.below(15));
    this.#reader = new RawReader(field, 'foreign reader', chance.once(3) ? rats : undefined);
    this.#left = chance.below(12);
  }

  come(): void {
    this.#reader.enter();
    this.#reader.setCarrier(true);
    this.field.clock.schedule(6_000, () => this.#reader.activate(() => this.#later()));
  }

  go(): void {
    this.#reader.setCarrier(false);
    this.#reader.leave();
  }

  #later(): void {
    if (this.#left-- > 0)
      this.field.clock.schedule(1_500 + this.chance.below(2_000_000), () => this.#speak());
  }

  #speak(): void {
    const { chance } = this;
    const number = this.#number;
    const next = (): void => this.#later();
    switch (chance.below(6)) {
      case 0: // is it there?
        this.#reader.sendBlock(Uint8Array.of(0xb2 | number), next, 20_000);
        break;
      case 1:
        this.#reader.sendBlock(Uint8Array.of(DESELECT), next, 20_000);
        break;
      case 2:
        this.#reader.sendFrame(chance.bytes(1 + chance.below(64)), next, 20_000);
        break;
      case 3:
        this.#reader.activate(next);
        break;
      default:
        this.#number ^= 1;
        this.#reader.sendBlock(
          Uint8Array.of(0x02 | number | (chance.once(4) ? 0x10 : 0), ...chance.bytes(chance.below(58))),
          next,
          200_000,
        );
    }
  }
}
