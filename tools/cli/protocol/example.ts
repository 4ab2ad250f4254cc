import { concat, u32 } from '../../../firmware/bytes.js';
import { Card } from '../../../firmware/card/card.js';
import { Certificate, Role } from '../../../firmware/objects/certificate.js';
import { Note } from '../../../firmware/objects/note.js';
import { Operator } from '../../../firmware/objects/operator.js';
import { type Limits, Profile } from '../../../firmware/objects/profile.js';
import { Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { buildCommand, Ins, SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import type { Order } from '../../../firmware/terminal/order.js';
import { Terminal } from '../../../firmware/terminal/terminal.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import type { Crypto } from '../../../hal/crypto.js';
import type { Entropy } from '../../../hal/entropy.js';
import type { NfcReader } from '../../../hal/nfc.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { exchange } from '../../../sim/device/contacts.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';

/** Unix seconds at which the clocks of the example stand still. */
const EXAMPLE_S = 1_800_000_000;
const YEAR_S = 31_536_000;
const OPERATOR = 7;
const AMOUNT = 1_250;
const CATEGORY = 5812;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * The example's random bytes: SHA-256 of a name and a counter of one byte, block after block; a fill begins
 * with a new block.
 */
class ExampleEntropy implements Entropy {
  #blocks = 0;

  constructor(
    private readonly crypto: Crypto,
    private readonly name: string,
  ) {}

  fill(target: Uint8Array): void {
    for (let at = 0; at < target.length; at += 32) {
      const block = this.crypto.sha256(ascii(this.name), Uint8Array.of(this.#blocks++));
      target.set(block.subarray(0, Math.min(32, target.length - at)), at);
    }
  }
}

/** One exchange of the example: what it is, and the whole APDUs. */
export interface Exchange {
  readonly name: string;
  readonly command: Uint8Array;
  readonly response: Uint8Array;
}

/**
 * A terminal and a card, personalised and with money, the same to the byte each time: entropy and clocks are
 * made up.
 */
export class ExampleTouch {
  readonly card: Card;
  readonly cardWallet: Wallet;
  readonly terminalWallet: Wallet;
  readonly #issuer: Issuer;

  constructor(
    crypto: Crypto = nobleCrypto,
    options: { notes?: readonly number[]; terminalNotes?: readonly number[] } = {},
  ) {
    this.#issuer = new Issuer(crypto);
    this.terminalWallet = this.#issuer.wallet('terminal', CATEGORY, options.terminalNotes ?? []);
    this.cardWallet = this.#issuer.wallet('card', 0, options.notes ?? [10_000]);
    this.card = new Card(this.cardWallet);
    this.card.onActivated();
  }

  get root(): Uint8Array {
    return this.#issuer.rootKey.slice(0, 32);
  }
  get operator(): Uint8Array {
    return this.#issuer.operatorKey.slice(0, 32);
  }

  order(kind: Order['kind'] = 'pull'): Order {
    return new Terminal(this.terminalWallet, silent).order(kind, AMOUNT);
  }

  /** Runs the order; `air` stands for what is between the two, the card itself by default. */
  run(order: Order, air = (command: Uint8Array) => this.answer(command)): string {
    let outcome = 'not finished';
    const queue: (() => void)[] = [];
    const reader: NfcReader = {
      connect: (_timeout_ms, done) => void queue.push(() => done(undefined)),
      release: (done) => void queue.push(() => done(undefined)),
      transceive: (command, done) => {
        const response = air(command.slice());
        queue.push(() => done(undefined, response));
      },
    };
    new Terminal(this.terminalWallet, reader).touch(order, 0, (result) => {
      outcome = result.outcome;
    });
    for (let next = queue.shift(); next; next = queue.shift()) next();
    return outcome;
  }

  /** The card's answer to one command APDU. */
  answer(command: Uint8Array): Uint8Array {
    return exchange(this.card, command);
  }

  /** Runs the order and keeps every exchange. */
  record(order: Order): Exchange[] {
    const exchanges: Exchange[] = [];
    const outcome = this.run(order, (command) => {
      const response = this.answer(command);
      exchanges.push({ name: nameOf(exchanges.length, order.kind), command, response });
      return response;
    });
    if (outcome !== 'paid') throw new Error(`the example ends ${outcome}`);
    return exchanges;
  }
}

const silent: NfcReader = { connect() {}, transceive() {}, release() {} };

const NAMES = {
  pull: [
    'SELECT',
    'HELLO: key',
    'HELLO: certificate',
    'SECURE: INVOICE',
    'SECURE: TRANSFER',
    'SECURE: RECEIPT',
  ],
  push: ['SELECT', 'HELLO: key', 'HELLO: certificate', 'SECURE: OFFER', 'SECURE: DELIVER'],
  resume: [],
} as const;
const nameOf = (index: number, kind: Order['kind']): string => NAMES[kind][index] ?? 'SECURE';

/** An issuer with made-up keys: it certifies the example's devices and gives them notes. */
class Issuer {
  readonly #entropy: ExampleEntropy;
  readonly rootKey: Uint8Array;
  readonly operatorKey: Uint8Array;
  readonly #endorsement: Operator;

  constructor(private readonly crypto: Crypto) {
    this.#entropy = new ExampleEntropy(crypto, 'tapnote example issuer');
    this.rootKey = crypto.ed25519KeyFromSeed(this.#random(32));
    this.operatorKey = crypto.ed25519KeyFromSeed(this.#random(32));
    this.#endorsement = Operator.build(crypto, this.rootKey, {
      number: OPERATOR,
      key: this.operatorKey.subarray(32),
      notBefore_s: EXAMPLE_S - YEAR_S,
      notAfter_s: EXAMPLE_S + 5 * YEAR_S,
    });
  }

  #random(bytes: number): Uint8Array {
    const random = new Uint8Array(bytes);
    this.#entropy.fill(random);
    return random;
  }

  /** A wallet in flash of its own, personalised by its APDUs, with its first settlement. */
  wallet(name: string, category: number, values: readonly number[]): Wallet {
    const { crypto } = this;
    const wallet = Wallet.open({
      flash: new NorFlash({ sectorCount: 16 }),
      clock: { ticks_ms: () => 0, ticks_us: () => 0, uptime_s: () => 0, schedule: () => ({ cancel() {} }) },
      entropy: new ExampleEntropy(crypto, `tapnote example ${name}`),
      crypto,
      crc32,
      presence: { show() {} },
    });
    const card = new Card(wallet);
    const say = (command: Uint8Array): Uint8Array => {
      const response = exchange(card, command);
      if (response[response.length - 2] !== 0x90) throw new Error(`${name}: ${toHex(response)}`);
      return response.slice(0, -2);
    };
    say(SELECT_APPLICATION);
    const publicKey = say(buildCommand(Ins.makeKeys, ascii('CNY')));
    const certificate = Certificate.build(crypto, this.operatorKey, {
      id: this.#random(8),
      issuer: OPERATOR,
      publicKey,
      notAfter_s: EXAMPLE_S + YEAR_S,
      role: category === 0 ? Role.person : Role.merchant,
      category,
      tier: 1,
    });
    const profile = Profile.build(crypto, this.operatorKey, certificate.id, LIMITS);
    const time = u32(EXAMPLE_S);
    const root = this.rootKey.subarray(32);
    const given = concat(root, time, profile.bytes, certificate.bytes, this.#endorsement.bytes);
    say(buildCommand(Ins.personalise, given));
    card.onDeactivated();
    this.#settle(wallet, values);
    return wallet;
  }

  #settle(wallet: Wallet, values: readonly number[]): void {
    const { crypto } = this;
    let notesHash: Uint8Array = new Uint8Array(32);
    for (const value of values) {
      const note = this.#note(wallet, value);
      if (wallet.takeNote(note.bytes) !== undefined) throw new Error('the wallet refuses a note');
      notesHash = crypto.sha256(notesHash, note.bytes).slice();
    }
    const settlement = Settlement.build(crypto, this.operatorKey, {
      device: wallet.certificate.id,
      issuer: OPERATOR,
      sequence: wallet.ledger.sequence,
      head: wallet.ledger.head,
      time_s: EXAMPLE_S,
      epoch: 1,
      standing: Standing.good,
      retireUntil_s: 0,
      notes: values.length,
      notesHash,
      resolved: [],
    });
    wallet.commit({ kind: 'settled', settlement }, false);
    wallet.idle();
  }

  #note(wallet: Wallet, value: number): Note {
    return Note.build(this.crypto, this.operatorKey, {
      id: this.#random(8),
      issuer: OPERATOR,
      value,
      currency: ascii('CNY'),
      owner: wallet.certificate.id,
      issued_s: EXAMPLE_S,
      expires_s: EXAMPLE_S + YEAR_S / 2,
      hopsMax: 5,
      purpose: 0,
      registry: 1,
    });
  }
}

const LIMITS: Limits = { ...ORDINARY, claimGrace_s: 17 * 86_400 };

/**
 * The secrets behind the example, so that another implementation can make every byte of it. Blocks 0 and 1 of
 * a device went into the ephemeral key and the nonce of the session in which it was personalised.
 */
export function exampleSecrets(crypto: Crypto = nobleCrypto): [string, Uint8Array][] {
  const block = (name: string, counter: number) =>
    crypto.sha256(ascii(`tapnote example ${name}`), Uint8Array.of(counter));
  return [
    ['root, Ed25519 seed', block('issuer', 0)],
    ['operator 7, Ed25519 seed', block('issuer', 1)],
    ...['terminal', 'card'].flatMap((name): [string, Uint8Array][] => [
      [`${name}, Ed25519 seed`, block(name, 2)],
      [`${name}, ephemeral X25519 secret`, block(name, 3)],
    ]),
  ];
}
const LINE_HEX = 96;
const wrapped = (bytes: Uint8Array): string =>
  (toHex(bytes).match(new RegExp(`.{1,${LINE_HEX}}`, 'g')) ?? ['']).join('\n');

const NOTES: Record<string, string> = {
  SELECT: 'The answer: newest and oldest version, the card’s ephemeral public key, 9000.',
  'HELLO: key': 'The first part: P1 is the version, then the terminal’s ephemeral key. The card computes.',
  'HELLO: certificate': 'The rest: the terminal’s certificate in compact form. Both compute.',
  'SECURE: INVOICE':
    'The payload of Noise’s message two; sealed with the handshake’s key, handshake hash as associated data.',
  'SECURE: TRANSFER': 'Commit point one: the card has the transfer in flash before it answers.',
  'SECURE: RECEIPT': 'Commit point two came before this command: the terminal has the money in flash.',
};

/**
 * What is inside a sealed command or answer of the example, in clear: found by running the terminal once more
 * with its own eyes.
 */
interface Opened {
  readonly said: Uint8Array;
  readonly answered: Uint8Array;
}

/**
 * The plaintexts of the secured messages, in order, as the crypto provider sealed and opened them at the
 * terminal.
 */
function opened(): Opened[] {
  const texts: Uint8Array[] = [];
  const spy: Crypto = {
    ...nobleCrypto,
    seal: (key, counter, associated, plaintext) => {
      texts.push(plaintext.slice());
      return nobleCrypto.seal(key, counter, associated, plaintext);
    },
  };
  const touch = new ExampleTouch(spy);
  touch.record(touch.order());
  const pairs: Opened[] = [];
  for (let i = 0; i + 1 < texts.length; i += 2) pairs.push({ said: texts[i], answered: texts[i + 1] });
  return pairs;
}

/** The worked example of PROTOCOL.md, to the byte. */
export function protocolExample(): string {
  const touch = new ExampleTouch();
  const exchanges = touch.record(touch.order());
  const plain = opened();
  const lines = ['| what | 32 bytes |', '| --- | --- |'];
  for (const [name, bytes] of exampleSecrets()) lines.push(`| ${name} | \`${toHex(bytes)}\` |`);
  lines.push('');
  exchanges.forEach(({ name, command, response }, i) => {
    lines.push(`**${i + 1}. ${name}.** ${NOTES[name]}`, '', '```');
    const inside = plain[i - 3];
    if (inside) lines.push('in clear, command', wrapped(inside.said));
    if (inside) lines.push('in clear, answer', wrapped(inside.answered));
    lines.push('> command', wrapped(command), '< response', wrapped(response), '```', '');
  });
  const { ledger } = touch.cardWallet;
  lines.push(
    `Afterwards the card’s journal has ${ledger.sequence} entries and the head \`${toHex(ledger.head)}\`;`,
  );
  const other = touch.terminalWallet.ledger;
  lines.push(`the terminal’s has ${other.sequence} and the head \`${toHex(other.head)}\`.`);
  return `${lines.join('\n')}\n`;
}

/** Bytes of each APDU of a touch, for PROTOCOL.md. */
export function touchSizes(): string {
  const cases: [string, Order['kind'], readonly number[], areAcquainted?: boolean][] = [
    ['PULL, one note', 'pull', [10_000]],
    ['PULL, one note, both known', 'pull', [10_000], true],
    ['PULL, four notes', 'pull', [400, 400, 400, 400]],
    ['PUSH, one note', 'push', [10_000]],
  ];
  const lines = ['| touch | APDU | command bytes | response bytes |', '| --- | --- | --: | --: |'];
  for (const [title, kind, values, areAcquainted] of cases) {
    const touch = new ExampleTouch(
      nobleCrypto,
      kind === 'push' ? { terminalNotes: values } : { notes: values },
    );
    if (areAcquainted) touch.record(touch.order(kind));
    const exchanges = touch.record(touch.order(kind));
    for (const { name, command, response } of exchanges)
      lines.push(`| ${title} | ${name} | ${command.length} | ${response.length} |`);
    const sum = (pick: (each: Exchange) => Uint8Array) =>
      exchanges.reduce((total, each) => total + pick(each).length, 0);
    const [up, down] = [sum((each) => each.command), sum((each) => each.response)];
    lines.push(`| ${title} | **together: ${up + down}** | ${up} | ${down} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** The document with both of its generated blocks made anew. */
export function fillDocument(text: string): string {
  const fill = (whole: string, name: string, block: string): string => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
    if (from < 0 || to < from) throw new RangeError(`no ${begin} … ${end}`);
    return `${whole.slice(0, from)}${begin}\n\n${block}\n${whole.slice(to)}`;
  };
  return fill(fill(text, 'sizes', touchSizes()), 'example', protocolExample());
}
