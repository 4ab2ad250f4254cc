import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { hex } from '../../../sim/bank/bytes.js';
import { freshPglite } from '../../../sim/bank/db/fresh-pglite.js';
import { pn532Words } from '../../../sim/capture/pn532-words.js';
import { PageError } from '../../../sim/page/page-error.js';
import { Session } from '../../../sim/page/session.js';
import { TOWN } from '../../../sim/page/town.js';
import { minorOf } from '../../../sim/page/ui/amount.js';
import type { Step } from '../../../sim/scenario/scenario.js';
import { moneyFormat } from '../../../sim/words.js';
import compute from '../../../sim/world/compute.json' with { type: 'json' };

let session: Session;
let said = '';

beforeAll(async () => {
  const opened = await Session.open(hostCrypto, TOWN, await freshPglite(), () => {});
  session = opened.session;
  said += JSON.stringify(opened.played);
});
afterAll(() => session.close());

async function codeOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof PageError) return error.code;
    throw error;
  }
}

describe('a session of the page', () => {
  it('refuses with a code what cannot be, and has played nothing then', async () => {
    const pay = { do: 'pay', from: 'Mei', to: 'Noodle stall', amount: 100 } as const;
    const wrong: [string, Step][] = [
      ['amount', { ...pay, amount: 0 }],
      ['amount', { ...pay, amount: 1.5 }],
      ['amount', { ...pay, amount: 2 ** 31 }],
      ['pin', { ...pay, pin: '12' }],
      ['name', { ...pay, from: 'Bo' }],
      ['name', { do: 'clone', who: 'Mei', as: 'Rui' }],
      ['step', { ...pay, to: 'Mei' }],
      ['step', { do: 'again' }],
    ];
    for (const [code, step] of wrong) expect(await codeOf(() => session.step(step)), code).toBe(code);
    expect(await codeOf(() => session.look('Bo'))).toBe('name');
    expect(session.saved.steps).toEqual(TOWN.steps);
  });

  it('tells no secret of a device: not of its keys, and not of its PIN', async () => {
    const rehearsed = session.rehearse({
      by: 'pay',
      from: 'Mei',
      to: 'Noodle stall',
      amount: 15_000,
      pin: '1357',
    });
    const played = await session.step({
      do: 'pay',
      from: 'Mei',
      to: 'Noodle stall',
      amount: 15_000,
      pin: '1357',
    });
    expect(played.touch?.event.outcome).toBe('paid');
    expect(played.touch?.event.cost.airBytes).toBe(rehearsed.bytes);
    const { touch, events } = played;
    const seen = JSON.stringify([touch, events, session.look('Mei'), rehearsed]);
    const all = said + JSON.stringify(played) + seen;
    const { signingKey, agreement, invoiceSecret, certificate } = session.stage.device('Mei').wallet;
    // Its name is in what is shown: the search looks at the right bytes.
    expect(all.includes(hex(certificate.id))).toBe(true);
    const secrets = [signingKey.subarray(0, 32), agreement.secret, invoiceSecret].map(hex);
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    // The scenario's people and their PINs are known to whoever plays. What goes over the wires is not.
    const pin = hex(Uint8Array.from('1357', (digit) => digit.charCodeAt(0)));
    expect(['"1357"', pin].filter((secret) => seen.includes(secret))).toEqual([]);
  });

  it('spends the time of both processors that the bench has counted', async () => {
    const played = await session.step({ do: 'pay', from: 'Rui', to: 'Green Farm', amount: 300 });
    const { pace, cases } = compute;
    const counted = (side: 'terminal' | 'card'): number =>
      Object.values(cases.strangers).reduce((sum, each) => sum + each[side][0] + each[side][1], 0);
    const spent_us = (device: string): number =>
      (played.touch?.busy ?? [])
        .filter((each) => each.lane === 'compute' && each.device === device)
        .reduce((sum, { start_us, end_us }) => sum + end_us - start_us, 0);
    const microseconds = (count: number): number => (count * pace.cyclesPerInstruction) / pace.clock_MHz;
    expect(spent_us('Green Farm')).toBeCloseTo(microseconds(counted('terminal')), 0);
    expect(spent_us('Rui')).toBeCloseTo(microseconds(counted('card')), 0);
  });

  it('says which part of a touch each byte on the air belongs to, from the first to the last', () => {
    const { bytes, phases } = session.rehearse({
      by: 'pay',
      from: 'Mei',
      to: 'Green Farm',
      amount: 100,
      pin: undefined,
    });
    expect(phases.map(({ name }) => name)).toEqual(
      ['select', 'key', 'hello', 'invoice', 'transfer', 'receipt'].flatMap((phase) => [
        `${phase}, command`,
        `${phase}, answer`,
      ]),
    );
    const edges = phases.flatMap(({ from, to }) => [from, to]);
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
    expect(edges.at(-1)).toBeLessThanOrEqual(bytes);
  });
});

describe('an amount', () => {
  it.each(['CNY', 'JPY', 'KWD'])('is read as the page prints it, in %s', (currency) => {
    const money = moneyFormat(currency);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: AMOUNT_MAX }),
        (minor) => minorOf(money(minor), currency) === minor,
      ),
    );
  });
});

describe('an amount with a comma', () => {
  it.each([
    ['12,50', 'CNY', 1_250],
    ['1,250', 'CNY', 125_000],
    ['1,250', 'JPY', 1_250],
    ['1,25', 'KWD', 1_250],
    // A thousand times the one or the other: whoever writes it is asked again.
    ['1,250', 'KWD', undefined],
    ['0,001', 'KWD', undefined],
    ['1,250.000', 'KWD', 1_250_000],
  ])('%s %s', (text, currency, minor) => expect(minorOf(text, currency)).toBe(minor));
});

describe('PN532 frames in words', () => {
  it('has whole frames by name, one after another, and what is none as it is', () => {
    const ack = [0x00, 0x00, 0xff, 0x00, 0xff, 0x00];
    const version = [0x00, 0x00, 0xff, 0x02, 0xfe, 0xd4, 0x02, 0x2a, 0x00];
    expect(pn532Words(Uint8Array.from([...ack, ...version]))).toEqual(['ACK', 'GetFirmwareVersion']);
    const answer = [0x00, 0x00, 0xff, 0x03, 0xfd, 0xd5, 0x53, 0x00, 0xd8, 0x00];
    expect(pn532Words(Uint8Array.from(answer))).toEqual(['InRelease answers: ok']);
    expect(pn532Words(Uint8Array.of(0x55, 0x55))).toEqual(['no frame: 5555']);
  });
});
