import { concat, putU16, putU32, u32 } from '../../firmware/bytes.js';
import { Responder } from '../../firmware/channel/handshake.js';
import { Settlement } from '../../firmware/objects/settlement.js';
import { buildCommand, CLA_ISO, Ins } from '../../firmware/protocol/apdu.js';
import { SYNC_PROLOGUE } from '../../firmware/protocol/prologue.js';
import { Answer } from '../../firmware/protocol/sync-message.js';
import { expectOk } from '../../sim/device/contacts.js';
import type { Device } from '../../sim/device/device.js';
import type { TestBank } from '../../sim/world/test-bank.js';
import type { Identity } from './hostile-terminal.js';

const envelope = (device: Device, data: Uint8Array): Uint8Array =>
  device.exchange(buildCommand(Ins.envelope, data, { cla: CLA_ISO }));

/**
 * What somebody who says that it is a bank answers to a device's ephemeral key, with the keys of `identity`.
 * `told`: what is sealed, in place of the time alone.
 */
export function bankAnswer(
  bank: TestBank,
  identity: Identity,
  theirs: Uint8Array,
  told: (time: Uint8Array) => Uint8Array = (time) => time,
): { responder: Responder; message: Uint8Array } {
  const secret = bank.random(32);
  const ephemeral = { secret, publicKey: bank.crypto.x25519PublicKey(secret) };
  const responder = new Responder(bank.crypto, identity.agreement, ephemeral);
  responder.hello(SYNC_PROLOGUE, theirs);
  const time = u32(bank.now_s);
  return {
    responder,
    message: concat(identity.certificate.bytes, responder.e, responder.finish(told(time))),
  };
}

/**
 * A whole sync through the card's ENVELOPE with a bank that has read the journal already: no pages, no
 * objects, one settlement. `identity` is the bank's, or that of whoever says so. Returns the last status
 * word.
 */
export function paperSync(bank: TestBank, device: Device, identity: Identity, standing: number): number {
  const theirs = expectOk(envelope(device, new Uint8Array(0)));
  const { responder, message } = bankAnswer(bank, identity, theirs);
  const { ledger } = device.wallet;
  const met = envelope(device, message);
  if (met.length === 2) return (met[0] << 8) | met[1];
  const settlement = Settlement.build(bank.crypto, bank.operatorKey, {
    device: device.wallet.certificate.id,
    issuer: bank.number,
    sequence: ledger.sequence,
    head: ledger.head,
    time_s: bank.now_s,
    epoch: ledger.epoch + 1,
    standing,
    retireUntil_s: 0,
    notes: 0,
    notesHash: new Uint8Array(32),
    resolved: [],
  });
  const from = new Uint8Array(5);
  from[0] = Answer.from;
  putU32(from, 1, ledger.sequence + 1);
  const head = new Uint8Array(3);
  head[0] = Answer.settlement;
  putU16(head, 1, 0);
  let last = met;
  for (const message of [from, concat(head, settlement.bytes), Uint8Array.of(Answer.done)]) {
    last = envelope(device, responder.session.seal(message));
  }
  return (last[last.length - 2] << 8) | last[last.length - 1];
}
