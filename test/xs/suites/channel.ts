/**
 * The channel between a card and a terminal: what opens, what ends it, and that every engine puts the same
 * bytes on the air.
 */
import { ChannelError } from '../../../firmware/channel/errors.js';
import {
  generateEphemeral,
  Initiator,
  type KeyPair,
  Responder,
} from '../../../firmware/channel/handshake.js';
import { Session } from '../../../firmware/channel/session.js';
import { CHANNEL_MESSAGES_MAX } from '../../../firmware/limits.js';
import type { Crypto } from '../../../hal/crypto.js';
import { same, throws, toHex } from '../check.js';
import { Dice } from '../hardware/dice.js';
import type { Case, Suite } from '../suite.js';

export interface ChannelInput {
  readonly seed: number;
  /** Of `talk`, with the reference's crypto. */
  readonly talk: readonly string[];
}

const PROLOGUE = Uint8Array.of(1, 2, 3);
const VERSION = Uint8Array.of(9);
const NOTHING = new Uint8Array(0);

interface Pair {
  readonly card: Initiator;
  readonly terminal: Responder;
  readonly terminalStatic: KeyPair;
}

/** A key pair from one repeated byte, fresh at each call: handshakes wipe what they are given. */
const keyPair = (crypto: Crypto, byte: number): KeyPair =>
  generateEphemeral(crypto, { fill: (target) => void target.fill(byte) });

function strangers(crypto: Crypto, terminalStatic = keyPair(crypto, 7)): Pair {
  const card = new Initiator(crypto, keyPair(crypto, 5), VERSION);
  const terminal = new Responder(crypto, terminalStatic, keyPair(crypto, 6));
  return { card, terminal, terminalStatic };
}

/** All that HELLO brings to a card. */
const hear = (card: Initiator, rs: Uint8Array, e: Uint8Array, prologue: Uint8Array = PROLOGUE): boolean =>
  card.agree(e) && card.hello(prologue, rs);

/** Both have computed; the terminal speaks next. */
function greeted(crypto: Crypto): Pair {
  const pair = strangers(crypto);
  same(hear(pair.card, pair.terminalStatic.publicKey, pair.terminal.e), true, 'hello of the card');
  same(pair.terminal.hello(PROLOGUE, pair.card.e, VERSION), true, 'hello of the terminal');
  return pair;
}

function sessions(crypto: Crypto): [Session, Session] {
  const { card, terminal } = greeted(crypto);
  same(card.finish(terminal.finish(VERSION)), VERSION, 'first message');
  same(card.session.handshakeHash, terminal.session.handshakeHash, 'handshake hash');
  return [card.session, terminal.session];
}

/** All that goes over the air in a session of random messages, in hex. */
export function talk(crypto: Crypto, seed: number): string[] {
  const dice = new Dice(seed, 'talk');
  const secrets = [0, 1, 2].map(() => dice.bytes(32));
  const [ours, theirs, ephemeral] = secrets.map((secret) => ({
    secret,
    publicKey: crypto.x25519PublicKey(secret),
  }));
  const card = new Initiator(crypto, ours, VERSION);
  const terminal = new Responder(crypto, theirs, ephemeral);
  const heard = [card.e, terminal.e].map(toHex);
  same(hear(card, theirs.publicKey, terminal.e), true, 'hello of the card');
  same(terminal.hello(PROLOGUE, card.e, VERSION), true, 'hello of the terminal');
  const first = terminal.finish(dice.bytes(40));
  heard.push(toHex(first));
  card.finish(first);
  for (let i = 0; i < 40; i++) {
    const [sender, receiver] = dice.oneIn(2) ? [card, terminal] : [terminal, card];
    const plain = dice.bytes(dice.of([0, 1, 15, 16, 64, 65, dice.below(1024)]));
    const sealed = sender.session.seal(plain);
    same(sealed.length, plain.length + 16, 'length');
    same(receiver.session.open(sealed), plain, `message ${i}`);
    heard.push(toHex(sealed));
  }
  heard.push(toHex(card.session.handshakeHash));
  return heard;
}

export const suite: Suite<ChannelInput> = ({ crypto }, input) => [
  {
    name: 'a session of random messages is the same on the air as the reference',
    run: () =>
      talk(crypto, input.seed).forEach((bytes, i) => void same(bytes, input.talk[i], `message ${i}`)),
  },
  ...wrongKeys(crypto),
  ...tampering(crypto),
  ...limits(crypto),
];

const wrongKeys = (crypto: Crypto): Case[] => [
  {
    name: 'a terminal without the key of its certificate gets nowhere',
    run: () => {
      const { card, terminal } = strangers(crypto, keyPair(crypto, 8));
      same(hear(card, keyPair(crypto, 7).publicKey, terminal.e), true, 'hello of the card');
      same(terminal.hello(PROLOGUE, card.e, VERSION), true, 'hello of the terminal');
      same(card.finish(terminal.finish(NOTHING)), undefined, 'first message');
      same(card.failure, 'tag', 'failure');
      throws(ChannelError, () => card.session, 'session');
    },
  },
  {
    name: 'another prologue, version or ephemeral key on one side, and the first message does not open',
    run: () => {
      const other = Uint8Array.of(1, 2, 4);
      const { publicKey } = keyPair(crypto, 7);
      const meet = (prologue: Uint8Array, version: Uint8Array, e?: Uint8Array) => {
        const { terminal } = strangers(crypto);
        const card = new Initiator(crypto, keyPair(crypto, 5), version);
        hear(card, publicKey, terminal.e, prologue);
        terminal.hello(PROLOGUE, e ?? card.e, VERSION);
        return card.finish(terminal.finish(VERSION));
      };
      same(meet(PROLOGUE, VERSION), VERSION, 'as it should be');
      same(meet(other, VERSION), undefined, 'another prologue');
      same(meet(PROLOGUE, NOTHING), undefined, 'another version');
      same(meet(PROLOGUE, VERSION, keyPair(crypto, 4).publicKey), undefined, 'another key');
    },
  },
  {
    name: 'keys of low order, or not of 32 bytes, end the handshake on either side',
    run: () => {
      const one = new Uint8Array(32);
      one[0] = 1;
      const good = keyPair(crypto, 7).publicKey;
      for (const bad of [new Uint8Array(32), one, new Uint8Array(31).fill(9), new Uint8Array(33), NOTHING]) {
        const { card, terminal } = strangers(crypto);
        same(hear(card, good, bad), false, 'ephemeral key');
        same(card.failure, 'key', 'failure');
        same(hear(strangers(crypto).card, bad, good), false, 'static key');
        same(terminal.hello(PROLOGUE, bad, VERSION), false, 'key of the card');
        throws(ChannelError, () => terminal.finish(NOTHING), 'finish after that');
      }
    },
  },
  {
    name: 'a call out of turn ends the handshake',
    run: () => {
      same(strangers(crypto).card.finish(new Uint8Array(16)), undefined, 'finish before hello');
      throws(ChannelError, () => strangers(crypto).terminal.finish(NOTHING), 'finish before hello');
      const { card, terminal, terminalStatic } = greeted(crypto);
      same(hear(card, terminalStatic.publicKey, terminal.e), false, 'hello again');
      same(card.failure, 'order', 'failure');
    },
  },
];

const tampering = (crypto: Crypto): Case[] => [
  {
    name: 'the first message with any bit changed does not open',
    run: () => {
      const { terminal } = greeted(crypto);
      const sealed = terminal.finish(Uint8Array.of(1, 2, 3));
      for (let at = 0; at < sealed.length; at++) {
        const { card } = greeted(crypto);
        const changed = sealed.slice();
        changed[at] ^= 1 << (at & 7);
        same(card.finish(changed), undefined, `byte ${at}`);
        same(card.finish(sealed), undefined, 'the true one after it');
      }
    },
  },
  {
    name: 'a message changed, cut short, replayed, out of order or sent back ends the session for good',
    run: () => {
      const spoil: ((sealed: Uint8Array, before: Uint8Array, card: Session) => Uint8Array)[] = [
        (sealed) => withByte(sealed, 0),
        (sealed) => withByte(sealed, sealed.length - 1),
        (sealed) => sealed.subarray(1),
        (sealed) => sealed.subarray(0, sealed.length - 1),
        (sealed) => sealed.subarray(0, 15),
        () => NOTHING,
        (_, before) => before,
        (_sealed, _before, card) => card.seal(VERSION),
      ];
      for (const [i, change] of spoil.entries()) {
        const [card, terminal] = sessions(crypto);
        const before = terminal.seal(VERSION);
        same(card.open(before), VERSION, 'message');
        const sealed = terminal.seal(VERSION);
        same(card.open(change(sealed, before, card)), undefined, `change ${i}`);
        same(card.failure, 'tag', 'failure');
        same(card.open(sealed), undefined, 'the true one after it');
        throws(ChannelError, () => card.seal(VERSION), 'seal after it');
      }
      const [card, terminal] = sessions(crypto);
      terminal.seal(VERSION);
      same(card.open(terminal.seal(VERSION)), undefined, 'the second before the first');
    },
  },
];

const limits = (crypto: Crypto): Case[] => [
  {
    name: 'counters end a session before they repeat',
    run: () => {
      const seen: number[] = [];
      const counting: Crypto = { ...crypto, seal: (_key, counter) => Uint8Array.of(seen.push(counter) & 0) };
      const key = () => new Uint8Array(32).fill(1);
      const session = new Session(counting, key(), key(), new Uint8Array(32));
      for (let i = 0; i < CHANNEL_MESSAGES_MAX; i++) session.seal(NOTHING);
      throws(ChannelError, () => session.seal(NOTHING), 'one message more');
      same(session.failure, 'exhausted', 'failure');
      same(seen.length, CHANNEL_MESSAGES_MAX, 'messages');
      same(
        seen.findIndex((counter, i) => counter !== i),
        -1,
        'counter that is not the number of the message',
      );
    },
  },
  {
    name: 'a session that was closed neither opens nor seals, and its keys are wiped',
    run: () => {
      const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
      const session = new Session(crypto, keys[0], keys[1], new Uint8Array(32));
      const sealed = session.seal(VERSION);
      session.close();
      same(session.open(sealed), undefined, 'open');
      throws(ChannelError, () => session.seal(VERSION), 'seal');
      same(session.failure, 'closed', 'failure');
      for (const key of keys) same(key, new Uint8Array(32), 'key');
    },
  },
];

function withByte(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] ^= 0x10;
  return changed;
}
