import { Pn532 } from '../../hal/pn532/pn532.js';
import { SimEntropy } from '../chip/entropy.js';
import { Pn532Module } from '../chip/pn532-module.js';
import { RfField } from '../chip/rf-field.js';
import type { VirtualClock } from '../chip/virtual-clock.js';

const BAUD = 921_600;
/** The reader at the victim looks for a card for so long. */
const CONNECT_MS = 400;

type Respond = (response: Uint8Array) => void;
/** Carries a command to the card elsewhere, and its answer back. */
export type Carry = (command: Uint8Array, respond: Respond) => void;

export interface RelayParts {
  readonly clock: VirtualClock;
  /** Where the terminal is. */
  readonly field: RfField;
  /** What the network adds to each exchange, there and back, in microseconds. */
  readonly network_us: number;
  /** What the relay makes of a command; by default it carries all as it is. */
  readonly onCommand?: (command: Uint8Array, respond: Respond, carry: Carry) => void;
  /** The reader at the victim asks for this bit rate on the air, kbit/s. */
  readonly bitRateMax_kbps?: number;
}

/**
 * A touch carried to a card elsewhere: a PN532 that is a card for the terminal, one that is a reader in the
 * victim's pocket, a host at each, and a network between the two. Neither host takes any time, and both chips
 * are as fast as the model's.
 */
export class Relay {
  /** The victim's pocket. */
  readonly pocket: RfField;
  readonly #atTerminal: Pn532;
  readonly #atVictim: Pn532;
  readonly #antennas: readonly Pn532Module[];

  constructor(private readonly parts: RelayParts) {
    const { clock, field, bitRateMax_kbps = 106 } = parts;
    this.pocket = new RfField(clock);
    const card = new Pn532Module({ clock, field, name: "relay's card" });
    const reader = new Pn532Module({ clock, field: this.pocket, name: "relay's reader" });
    this.#antennas = [card, reader];
    for (const module of this.#antennas) module.chip.leaveField();
    const driver = ({ link, host }: Pn532Module) =>
      new Pn532({
        link,
        clock: host,
        entropy: new SimEntropy(1, 'relay'),
        baud: BAUD,
        reader: { bitRateMax_kbps },
      });
    this.#atTerminal = driver(card);
    this.#atVictim = driver(reader);
  }

  /** Finds the card in the pocket, and is then one itself. */
  start(): void {
    for (const { chip } of this.#antennas) chip.enterField();
    this.#atVictim.reader.connect(CONNECT_MS, (error) => {
      if (error) throw error;
      this.#atTerminal.card.listen({
        onActivated() {},
        onDeactivated() {},
        onCommand: (command, respond) => this.#take(command.slice(), respond),
      });
    });
  }

  /** Both front ends are still when `done` runs. */
  stop(done: () => void): void {
    for (const { chip } of this.#antennas) chip.leaveField();
    this.#atTerminal.card.stop(() => this.#atVictim.reader.release(() => done()));
  }

  #take(command: Uint8Array, respond: Respond): void {
    const { onCommand } = this.parts;
    if (onCommand) onCommand(command, respond, this.#carry);
    else this.#carry(command, respond);
  }

  readonly #carry: Carry = (command, respond) => {
    const way_us = this.parts.network_us / 2;
    const over = (step: () => void): void => void this.parts.clock.schedule(way_us, step);
    over(() =>
      this.#atVictim.reader.transceive(command, (error, response) => {
        const answer = response.slice();
        // Without an answer there is nothing to carry back, and the terminal waits in vain.
        if (!error) over(() => respond(answer));
      }),
    );
  };
}
