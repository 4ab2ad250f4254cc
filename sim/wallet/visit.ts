/**
 * Syncs over the contacts: the bank's side of it, message by message, with notes and settlements that may be
 * spoilt.
 */

import { concat, getU16, getU32, putU16, u32 } from '../../firmware/bytes.js';
import { agreementOf, generateEphemeral, Responder } from '../../firmware/channel/handshake.js';
import { nextHead } from '../../firmware/ledger/journal-entry.js';
import { Role } from '../../firmware/objects/certificate.js';
import type { Note } from '../../firmware/objects/note.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { SYNC_PROLOGUE } from '../../firmware/protocol/prologue.js';
import { Answer, Ask, items, numbered, putItem } from '../../firmware/protocol/sync-message.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import type { TestBank } from '../world/test-bank.js';
import { dataOf, type Exchange } from './rogue.js';

const OBJECTS_AT_ONCE = 3;

export interface Visit {
  readonly wallet: Wallet;
  readonly exchange: Exchange;
  /** Takes an entry that came up. Throws for one that no honest device can have. */
  readonly take: (sequence: number, bytes: Uint8Array) => void;
  /** What comes before the notes: a profile. */
  readonly objects?: readonly { readonly bytes: Uint8Array }[];
  readonly notes: readonly Note[];
  readonly settlement: Parameters<TestBank['settlement']>[2];
  /** From this entry on the bank wants the journal. */
  readonly from: number;
  readonly head: Uint8Array;
  /** The network is gone after so many messages of the device's. */
  readonly messagesMax: number;
}

/** `declined`: the device says why it does not take the settlement. */
export type VisitEnd =
  | { readonly end: 'done' | 'torn' | 'failed' }
  | { readonly end: 'declined'; readonly why: number }
  /** Its journal has stopped: it gives what lies from there on, whatever that is. */
  | { readonly end: 'stopped'; readonly from: number; readonly last: number };

export function visit(bank: TestBank, { wallet, exchange, ...visit }: Visit): VisitEnd {
  let messages = 0;
  const envelope = (data: Uint8Array): Uint8Array => {
    messages++;
    return dataOf(exchange(buildEnvelope(data)));
  };
  const syncKey = bank.crypto.ed25519KeyFromSeed(bank.random(32)).slice();
  const certificate = bank.certify(syncKey.slice(32), { role: Role.bank });
  const ephemeral = generateEphemeral(bank.crypto, { fill: (bytes) => bytes.set(bank.random(bytes.length)) });
  const { notes } = visit;
  const all = [...(visit.objects ?? []), ...notes];
  const responder = new Responder(bank.crypto, agreementOf(bank.crypto, syncKey), ephemeral);
  exchange(SELECT_APPLICATION);
  responder.hello(SYNC_PROLOGUE, envelope(new Uint8Array(0)));
  const time = u32(visit.settlement?.time_s ?? bank.now_s);
  let sealed = envelope(concat(certificate.bytes, responder.e, responder.finish(time)));
  const { session } = responder;
  let wanted = visit.from;
  let { head } = visit;
  while (messages < visit.messagesMax) {
    const message = sealed.length > 0 ? session.open(sealed) : undefined;
    if (!message) return { end: 'failed' };
    let answer = numbered(Answer.from, wanted);
    switch (message[0]) {
      case Ask.hello:
        break;
      case Ask.page:
        if (getU32(message, 1) !== wanted)
          throw new Error(`a page from ${getU32(message, 1)}, not ${wanted}`);
        for (const entry of items(message, 5) ?? []) {
          visit.take(wanted++, entry.slice());
          head = nextHead(bank.crypto, head, entry).slice();
        }
        answer = numbered(Answer.from, wanted);
        break;
      case Ask.settle:
        if (hexOf(head) !== hexOf(wallet.ledger.head))
          throw new Error('the journal does not hash to its head');
        answer = concat(announced(all.length), bank.settlement(wallet, notes, visit.settlement).bytes);
        break;
      case Ask.objects:
        answer = objects(all.slice(getU16(message, 1), getU16(message, 1) + OBJECTS_AT_ONCE));
        break;
      case Ask.decline:
        return { end: 'declined', why: message[1] };
      case Ask.aside:
        return { end: 'stopped', from: getU32(message, 1), last: getU32(message, 5) };
      case Ask.applied:
        envelope(session.seal(Uint8Array.of(Answer.done)));
        return { end: 'done' };
      default:
        throw new Error(`the device asks ${message[0]}`);
    }
    sealed = envelope(session.seal(answer));
  }
  return { end: 'torn' };
}

function announced(objects: number): Uint8Array {
  const count = new Uint8Array(3);
  count[0] = Answer.settlement;
  putU16(count, 1, objects);
  return count;
}

function objects(some: readonly { readonly bytes: Uint8Array }[]): Uint8Array {
  const message = new Uint8Array(1 + some.reduce((sum, { bytes }) => sum + 2 + bytes.length, 0));
  message[0] = Answer.objects;
  let at = 1;
  for (const { bytes } of some) at = putItem(message, at, bytes);
  return message;
}

const hexOf = (bytes: Uint8Array): string => bytes.join();
