import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import {
  AID,
  buildCommand,
  buildHello,
  CLA,
  CLA_ISO,
  Ins,
  parseCommand,
  VERSIONS,
} from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;

function card() {
  const world = new World(10, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  bank.enrol(device, { pin: '2468' });
  bank.settle(device.wallet, bank.notes(device.wallet, [1_000]));
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  return { bank, device, terminal };
}

const of = (...bytes: number[]) => Uint8Array.from(bytes);
const HEAD = [0x80, 0x10, 0x01, 0x02];
const zeros = (count: number): number[] => new Array(count).fill(0);

describe('a command APDU (ISO 7816-4, 5.1)', () => {
  const cases: [string, number[], number[] | undefined][] = [
    ['case 1: no data', HEAD, []],
    ['case 2 short: Le', [...HEAD, 0x10], []],
    ['case 2 short: Le of 256', [...HEAD, 0x00], []],
    ['case 2 extended: Le', [...HEAD, 0x00, 0x01, 0x00], []],
    ['case 3 short: data', [...HEAD, 0x02, 0xaa, 0xbb], [0xaa, 0xbb]],
    ['case 3 short, the longest', [...HEAD, 0xff, ...zeros(255)], zeros(255)],
    ['case 4 short: data and Le', [...HEAD, 0x02, 0xaa, 0xbb, 0x00], [0xaa, 0xbb]],
    ['case 3 extended: data', [...HEAD, 0x00, 0x00, 0x02, 0xaa, 0xbb], [0xaa, 0xbb]],
    ['case 3 extended, more than 255', [...HEAD, 0x00, 0x01, 0x00, ...zeros(256)], zeros(256)],
    ['case 4 extended: data and Le', [...HEAD, 0x00, 0x00, 0x01, 0xaa, 0x00, 0x00], [0xaa]],
    ['nothing', [], undefined],
    ['half a head', HEAD.slice(0, 3), undefined],
    ['less data than Lc', [...HEAD, 0x03, 0xaa, 0xbb], undefined],
    ['two bytes more than Lc', [...HEAD, 0x01, 0xaa, 0x00, 0x00], undefined],
    ['half an extended length', [...HEAD, 0x00, 0x00], undefined],
    ['an extended Lc of 0 with more behind it', [...HEAD, 0x00, 0x00, 0x00, 0xaa], undefined],
    ['less data than an extended Lc', [...HEAD, 0x00, 0x00, 0x03, 0xaa], undefined],
    ['an extended Lc with half an Le', [...HEAD, 0x00, 0x00, 0x01, 0xaa, 0x00], undefined],
    ['an extended Lc with more than an Le', [...HEAD, 0x00, 0x00, 0x01, 0xaa, 0, 0, 0], undefined],
  ];
  for (const [name, bytes, data] of cases) {
    test(name, () => {
      const command = parseCommand(of(...bytes));
      const head = { cla: 0x80, ins: 0x10, p1: 1, p2: 2 };
      if (data) expect(command).toMatchObject({ ...head, data: of(...data) });
      else expect(command).toBeUndefined();
    });
  }

  test.each([
    ['case 1', HEAD, 0],
    ['case 2', [...HEAD, 0x10], 16],
    ['case 2, the most', [...HEAD, 0x00], 256],
    ['case 2 extended', [...HEAD, 0x00, 0x01, 0x02], 258],
    ['case 2 extended, the most', [...HEAD, 0x00, 0x00, 0x00], 65_536],
    ['case 3', [...HEAD, 0x01, 0xaa], 0],
    ['case 4', [...HEAD, 0x01, 0xaa, 0xff], 255],
    ['case 4, the most', [...HEAD, 0x01, 0xaa, 0x00], 256],
    ['case 3 extended', [...HEAD, 0x00, 0x00, 0x01, 0xaa], 0],
    ['case 4 extended', [...HEAD, 0x00, 0x00, 0x01, 0xaa, 0x01, 0x00], 256],
    ['case 4 extended, the most', [...HEAD, 0x00, 0x00, 0x01, 0xaa, 0x00, 0x00], 65_536],
  ])('says how much it expects: %s', (_, bytes, expected) => {
    expect(parseCommand(of(...bytes))?.expected).toBe(expected);
  });

  test('that is built is parsed again, short and long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), fc.nat(255), (data, long, ins) => {
        const command = parseCommand(buildCommand(ins, data, { long }));
        expect(command).toMatchObject({ cla: CLA, ins, p1: 0, p2: 0, data });
      }),
    );
  });
});

describe('a card answers', () => {
  const select = (aid: Uint8Array, p1 = 4) => buildCommand(Ins.select, aid, { cla: CLA_ISO, p1 });

  test('each wrong command with its own status word', () => {
    const { bank, terminal } = card();
    const status = (command: Uint8Array) => terminal.raw(command).status;
    const secure = buildCommand(Ins.secure, bank.random(40));
    expect(status(secure)).toBe(StatusWord.noSession); // enrolment has selected it, nobody has said HELLO
    expect(status(select(AID.slice(0, -1)))).toBe(StatusWord.notFound);
    expect(status(select(concat(AID, of(0))))).toBe(StatusWord.notFound);
    expect(status(select(of(0xa0, 0, 0, 0, 3)))).toBe(StatusWord.notFound);
    expect(status(select(AID, 0))).toBe(StatusWord.wrongParameters);
    expect(status(of(0x80))).toBe(StatusWord.wrongLength);
    expect(status(select(AID))).toBe(StatusWord.ok);
    for (const cla of [0x01, 0x0c, 0x84, 0xa0, 0xff]) {
      expect(status(buildCommand(Ins.hello, new Uint8Array(0), { cla }))).toBe(StatusWord.unknownClass);
    }
    expect(status(buildCommand(Ins.hello, new Uint8Array(0), { cla: CLA_ISO }))).toBe(
      StatusWord.unknownClass,
    );
    for (const ins of [0x00, 0x11, 0x28, 0xff]) {
      expect(status(buildCommand(ins, new Uint8Array(0)))).toBe(StatusWord.unknownInstruction);
    }
    for (const length of [0, 1, 32, 200, 400]) {
      const hello = buildCommand(Ins.hello, bank.random(length), { p1: VERSIONS.newest });
      expect(status(hello)).toBe(StatusWord.wrongData);
    }
    for (const p1 of [0, 1, VERSIONS.oldest - 1, VERSIONS.newest + 1, 0xff])
      expect(status(buildCommand(Ins.hello, bank.random(200), { p1 }))).toBe(StatusWord.wrongParameters);
    expect(status(secure)).toBe(StatusWord.noSession);
    expect(status(buildCommand(Ins.envelope, bank.random(60), { cla: CLA_ISO }))).toBe(StatusWord.noSession);
    for (const ins of [Ins.makeKeys, Ins.prove, Ins.personalise]) {
      expect(status(buildCommand(ins, bank.random(40)))).toBe(StatusWord.wrongLifecycle);
    }
  });

  test('nothing but SELECT after power-up', () => {
    const { device, terminal } = card();
    device.powerOff();
    device.powerOn();
    for (const ins of Object.values(Ins)) {
      if (ins === Ins.select) continue;
      expect(terminal.raw(buildCommand(ins, new Uint8Array(8))).status).toBe(StatusWord.noSession);
    }
    expect(terminal.open()).toBe(StatusWord.ok);
  });

  test('HELLO once, and takes no other terminal in its place', () => {
    const { bank, terminal } = card();
    expect(terminal.open()).toBe(StatusWord.ok);
    const again = buildHello(bank.random(32), rogue(bank).certificate.compact);
    expect(terminal.raw(again).status).toBe(StatusWord.noSession);
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
  });

  test('a key of low order like any other, and gives it no session', () => {
    const { terminal } = card();
    terminal.select();
    const hello = buildHello(new Uint8Array(32), terminal.identity.certificate.compact);
    expect(terminal.raw(hello).status).toBe(StatusWord.ok);
    expect(terminal.raw(buildCommand(Ins.secure, new Uint8Array(40))).status).toBe(StatusWord.noSession);
    expect(terminal.open()).toBe(StatusWord.ok);
  });

  test('SELECT with a new key each time, and forgets the session', () => {
    const { bank, terminal } = card();
    const keys = new Set<string>();
    for (let i = 0; i < 20; i++) keys.add(terminal.select().data.slice(2).join());
    expect(keys.size).toBe(20);
    terminal.open();
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
    const { session } = terminal;
    terminal.select();
    terminal.session = session;
    expect(terminal.sendSealed(session!.seal(bank.random(5))).status).toBe(StatusWord.noSession);
  });

  test('an error of one command and goes on with the next', () => {
    const { bank, terminal } = card();
    terminal.open();
    expect(terminal.raw(bank.random(3)).status).toBe(StatusWord.wrongLength);
    expect(terminal.raw(buildCommand(0x77, bank.random(3))).status).toBe(StatusWord.unknownInstruction);
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
  });

  test('any bytes whatever with a status word, and is as it was', () => {
    const { bank, device, terminal } = card();
    const { head, sequence, held } = device.wallet.ledger;
    const known = new Set<number>(Object.values(StatusWord));
    const ins = fc.constantFrom(...Object.values(Ins));
    const formed = fc
      .record({
        cla: fc.constantFrom(CLA, CLA_ISO),
        ins,
        p1: fc.constantFrom(0, 4),
        data: fc.uint8Array({ maxLength: 400 }),
      })
      .map(({ data, ...rest }) => buildCommand(rest.ins, data, rest));
    const command = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      formed,
      fc.constant(select(AID)),
      fc.constant(null).map(() => buildHello(bank.random(32), rogue(bank).certificate.compact)),
    );
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 15 }), (commands) => {
        for (const bytes of commands) {
          const { status } = terminal.raw(bytes);
          expect(known.has(status), status.toString(16)).toBe(true);
          expect(status).not.toBe(StatusWord.broken);
        }
        expect(device.wallet.ledger).toMatchObject({ head, sequence, held });
      }),
      { numRuns: 150 },
    );
    expect(device.wallet.pin.triesLeft).toBe(3);
    terminal.takeMoney(terminal.invoice());
  });
});
