import { describe, expect, it } from 'vitest';
import { Card } from '../../../firmware/card/card.js';
import { buildCommand, CLA_ISO, commonVersion, Ins, VERSIONS } from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import type { TouchResult } from '../../../firmware/terminal/order.js';
import { Terminal } from '../../../firmware/terminal/terminal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { NfcReader } from '../../../hal/nfc.js';
import { exchange } from '../../../sim/device/contacts.js';
import { ExampleTouch } from '../../../tools/cli/protocol/example.js';

const HELD = 10_000;
const PRICE = 1_250;
const AID_OF_1 = Uint8Array.from([0xf0, ...new TextEncoder().encode('tapnote'), 0x01]);

/** What somebody in between does to a command or to its answer. */
interface Between {
  command?(apdu: Uint8Array): Uint8Array;
  response?(apdu: Uint8Array, command: Uint8Array): Uint8Array;
}

/** A purchase by a card that speaks `versions`; what is held on both sides afterwards adds up. */
function purchase(versions: typeof VERSIONS, between: Between = {}) {
  const touch = new ExampleTouch(opensslCrypto);
  const card = new Card(touch.cardWallet, versions);
  card.onActivated();
  const heard: Uint8Array[] = [];
  const statuses: number[] = [];
  const queue: (() => void)[] = [];
  const reader: NfcReader = {
    connect: (_timeout_ms, done) => void queue.push(() => done(undefined)),
    release: (done) => void queue.push(() => done(undefined)),
    transceive: (command, done) => {
      const sent = between.command?.(command.slice()) ?? command.slice();
      const answer = exchange(card, sent);
      const response = between.response?.(answer.slice(), sent) ?? answer;
      heard.push(sent);
      statuses.push((response[response.length - 2] << 8) | response[response.length - 1]);
      queue.push(() => done(undefined, response));
    },
  };
  const terminal = new Terminal(touch.terminalWallet, reader);
  let result: TouchResult | undefined;
  terminal.touch(terminal.order('pull', PRICE), 0, (end) => {
    result = end;
  });
  for (let next = queue.shift(); next; next = queue.shift()) next();
  const [payer, payee] = [touch.cardWallet.ledger, touch.terminalWallet.ledger];
  expect(payer.held + payer.inFlight + payee.held).toBe(HELD);
  return { result: result!, heard, statuses, received: payee.held };
}

const isHello = (apdu: Uint8Array): boolean => (apdu[0] & 0xef) === 0x80 && apdu[1] === Ins.hello;

describe('versions in a mixed fleet', () => {
  it('two devices take the newest that both speak', () => {
    const speaks = (newest: number, oldest: number) => ({ newest, oldest });
    expect(commonVersion(speaks(2, 2), speaks(2, 2))).toBe(2);
    expect(commonVersion(speaks(2, 2), speaks(5, 2))).toBe(2);
    expect(commonVersion(speaks(5, 2), speaks(4, 3))).toBe(4);
    expect(commonVersion(speaks(2, 2), speaks(3, 3))).toBeUndefined();
    expect(commonVersion(speaks(4, 4), speaks(3, 2))).toBeUndefined();
  });

  it('a card that speaks a newer one besides pays in ours', () => {
    const { result, heard } = purchase({ newest: 3, oldest: 2 });
    expect(result.outcome).toBe('paid');
    for (const hello of heard.filter(isHello)) expect(hello[2]).toBe(2);
  });

  it('a card that speaks newer ones only is told apart from a broken one, and nothing moves', () => {
    const { result, heard } = purchase({ newest: 4, oldest: 3 });
    expect(result).toMatchObject({ outcome: 'torn', fault: { kind: 'version' } });
    expect(heard).toHaveLength(1);
  });

  it('a terminal of version 1 finds no application on our card, nor we one on a card of version 1', () => {
    const touch = new ExampleTouch(opensslCrypto);
    const select = buildCommand(Ins.select, AID_OF_1, { cla: CLA_ISO, p1: 4 });
    expect(touch.answer(select)).toEqual(Uint8Array.of(0x6a, 0x82));
    const { result } = purchase(VERSIONS, { response: () => Uint8Array.of(0x6a, 0x82) });
    expect(result).toMatchObject({ outcome: 'torn', fault: { kind: 'foreign' } });
  });
});

describe('nobody in between brings two devices down to an older version', () => {
  it('by what the card says of itself', () => {
    const response = (answer: Uint8Array, command: Uint8Array) =>
      command[1] === Ins.select ? answer.fill(2, 0, 2) : answer;
    const { result, statuses } = purchase({ newest: 3, oldest: 2 }, { response });
    expect(result).toMatchObject({ outcome: 'torn', fault: { status: StatusWord.badMessage } });
    expect(statuses.at(-1)).toBe(StatusWord.badMessage);
  });

  it('by what the terminal has chosen', () => {
    const command = (apdu: Uint8Array) => (isHello(apdu) ? apdu.fill(3, 2, 3) : apdu);
    const { result, received } = purchase({ newest: 3, oldest: 2 }, { command });
    expect(result).toMatchObject({ outcome: 'torn', fault: { status: StatusWord.badMessage } });
    expect(received).toBe(0);
  });
});
