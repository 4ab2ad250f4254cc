/**
 * A bank's side of a whole sync, on paper: it reads the journal, and gives one settlement and fresh notes.
 */

import { concat, getU32, putU16, u32 } from '../../../firmware/bytes.js';
import { agreementOf, Responder } from '../../../firmware/channel/handshake.js';
import { emptyHead, nextHead } from '../../../firmware/ledger/journal-entry.js';
import { Role } from '../../../firmware/objects/certificate.js';
import type { Note } from '../../../firmware/objects/note.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { SYNC_PROLOGUE } from '../../../firmware/protocol/prologue.js';
import { Answer, Ask, items, putItem } from '../../../firmware/protocol/sync-message.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import { expectOk } from '../../../sim/device/contacts.js';
import type { TestBank } from '../../../sim/world/test-bank.js';
import { same } from '../check.js';

/** Notes in one message. */
const NOTES_AT_ONCE = 3;

export interface PaperSync {
  readonly wallet: Wallet;
  readonly exchange: (command: Uint8Array) => Uint8Array;
  readonly notes: readonly Note[];
  readonly standing: number;
}

/** Throws when the device breaks off, or when its journal does not hash to what it says. */
export function paperSync(bank: TestBank, { wallet, exchange, notes, standing }: PaperSync): void {
  const envelope = (data: Uint8Array) =>
    expectOk(exchange(buildCommand(Ins.envelope, data, { cla: CLA_ISO, long: true })));
  const syncKey = bank.crypto.ed25519KeyFromSeed(bank.random(32));
  const certificate = bank.certify(syncKey.slice(32), { role: Role.bank });
  const responder = new Responder(bank.crypto, agreementOf(bank.crypto, syncKey), keyPair(bank));
  expectOk(exchange(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 })));
  responder.hello(SYNC_PROLOGUE, envelope(new Uint8Array(0)));
  const time = concat(number(bank.now_s));
  let answer = envelope(concat(certificate.bytes, responder.e, responder.finish(time)));
  const { session } = responder;
  const ask = (message: Uint8Array) => session.open((answer = envelope(session.seal(message))))!;

  const hello = session.open(answer)!;
  same(hello[0], Ask.hello, 'first question');
  const { ledger } = wallet;
  let head = emptyHead();
  let next = 1;
  let page = ask(concat(Uint8Array.of(Answer.from), number(next)));
  while (page[0] === Ask.page) {
    same(getU32(page, 1), next, 'first entry of a page');
    for (const entry of items(page, 5)!) {
      head = nextHead(bank.crypto, head, entry).slice();
      next++;
    }
    page = ask(concat(Uint8Array.of(Answer.from), number(next)));
  }
  same(page[0], Ask.settle, 'question after the journal');
  same(next - 1, ledger.sequence, 'entries');
  same(head, ledger.head, 'head');

  const settlement = bank.settlement(wallet, notes, { standing });
  const count = new Uint8Array(2);
  putU16(count, 0, notes.length);
  let question = ask(concat(Uint8Array.of(Answer.settlement), count, settlement.bytes));
  while (question[0] === Ask.objects) {
    const first = (question[1] << 8) | question[2];
    question = ask(objects(notes.slice(first, first + NOTES_AT_ONCE)));
  }
  same(question[0], Ask.applied, 'last question');
  same(envelope(session.seal(Uint8Array.of(Answer.done))).length, 0, 'end');
}

function objects(notes: readonly Note[]): Uint8Array {
  let length = 1;
  for (const { bytes } of notes) length += 2 + bytes.length;
  const message = new Uint8Array(length);
  message[0] = Answer.objects;
  let at = 1;
  for (const { bytes } of notes) at = putItem(message, at, bytes);
  return message;
}

function keyPair(bank: TestBank) {
  const secret = bank.random(32);
  return { secret, publicKey: bank.crypto.x25519PublicKey(secret) };
}

function number(value: number): Uint8Array {
  const bytes = u32(value);
  return bytes;
}
