import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AID, buildCommand, CLA_ISO, Ins, SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { NFC_APDU_BYTES_MAX } from '../../../hal/nfc.js';
import { hex } from '../../../sim/bank/bytes.js';
import { ExampleTouch } from '../../../tools/cli/protocol/example.js';
import { skipWithout } from '../../support/external.js';
import {
  hasPcsc,
  READER,
  type SmartCardStack,
  startSmartCardStack,
  useSmartCardStack,
} from '../../support/pcsc.js';
import { type Started, startTapnote, tapnote } from '../run-cli.js';

/** The status word of each answer that scriptor shows. */
const statuses = (said: string): string[] =>
  [...said.matchAll(/([0-9A-F]{2}) ([0-9A-F]{2}) : /g)].map(([, sw1, sw2]) => sw1 + sw2);
const script = (...commands: readonly Uint8Array[]): string => `${commands.map(hex).join('\n')}\n`;

/** SELECT and both parts of HELLO, of the worked example in PROTOCOL.md. */
function firstExchanges(): Uint8Array[] {
  const touch = new ExampleTouch();
  return touch
    .record(touch.order())
    .slice(0, 3)
    .map(({ command }) => command);
}

/** The data of HELLO, for one APDU: key and certificate. */
function helloData(): Uint8Array {
  const [, key, hello] = firstExchanges();
  return Uint8Array.of(...key.subarray(5), ...hello.subarray(5, -1));
}

describe.skipIf(
  skipWithout(hasPcsc('opensc-tool', 'scriptor'), 'pcscd, vsmartcard-vpcd, opensc, pcsc-tools'),
)('a simulated wallet for unmodified PC/SC programs', () => {
  const stack = useSmartCardStack();
  const cards: Started[] = [];
  afterEach(async () => {
    for (const card of cards.splice(0)) expect(await card.end('SIGINT')).toBe(0);
  });
  const put = async (...args: string[]): Promise<SmartCardStack> => {
    cards.push(await stack().card(...args));
    // pcscd looks for a card from time to time.
    while (!/Yes/.test(await stack().run('opensc-tool', ['-l'])));
    return stack();
  };
  const scriptor = async (...commands: Uint8Array[]): Promise<string> =>
    stack().run('scriptor', ['-r', READER], script(...commands));

  it('is a contactless card of T=CL to opensc-tool', async () => {
    const { run } = await put();
    expect(await run('opensc-tool', ['-l'])).toMatch(new RegExp(`Yes +${READER}`));
    expect((await run('opensc-tool', ['-r', '0', '-a'])).trim()).toBe('3b:80:80:01:01');
  });

  it('answers opensc-tool, which asks for dozens of other applications first', async () => {
    const { run } = await put();
    const said = await run('opensc-tool', ['-r', '0', '-s', hex(SELECT_APPLICATION)]);
    expect(said).toContain('(SW1=0x90, SW2=0x00)');
  });

  it('goes through the first exchanges of PROTOCOL.md by scriptor', async () => {
    await put();
    const [select, key, hello] = firstExchanges();
    const said = await scriptor(select, key, hello);
    expect(statuses(said)).toEqual(['9000', '9000', '9000']);
    // The card greets with its versions and a key of 32 bytes, and HELLO without data.
    const [first, second] = said
      .split(/^> /m)
      .slice(1)
      .map((text) => text.split('< ')[1]);
    expect(first.split(' : ')[0].trim().split(/\s+/)).toHaveLength(2 + 32 + 2);
    expect(second.split(' : ')[0].trim().split(/\s+/)).toHaveLength(2);
  });

  it('takes short APDUs: a command in a chain, and the rest of an answer by GET RESPONSE', async () => {
    await put();
    const [select] = firstExchanges();
    const data = helloData();
    const half = buildCommand(Ins.hello, data.subarray(0, 100), { cla: 0x90, p1: 2, isPart: true });
    const rest = buildCommand(Ins.hello, data.subarray(100), { p1: 2 });
    const short = Uint8Array.of(...select.subarray(0, -1), 0x10);
    const fetch = buildCommand(Ins.getResponse, new Uint8Array(0), { cla: CLA_ISO });
    const said = await scriptor(short, fetch, half, rest);
    expect(statuses(said)).toEqual(['6112', '9000', '9000', '9000']);
  });

  it('takes extended APDUs', async () => {
    await put();
    const extended = buildCommand(Ins.hello, helloData(), { p1: 2, long: true });
    const long = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4, long: true });
    expect(statuses(await scriptor(long, extended))).toEqual(['9000', '9000']);
  });

  it('forgets a session when the reader resets it', async () => {
    await put();
    const [select, key, hello] = firstExchanges();
    const said = await stack().run(
      'scriptor',
      ['-r', READER],
      `${hex(select)}\nreset\n${script(hello, select, key, hello)}`,
    );
    expect(statuses(said)).toEqual(['9000', '6985', '9000', '9000', '9000']);
  });

  it('says no to what is no APDU, and lives', async () => {
    await put();
    const said = await scriptor(Uint8Array.of(0, 0xa4, 4, 0, 9, 1), SELECT_APPLICATION);
    expect(statuses(said)).toEqual(['6700', '9000']);
  });

  it('ends with a line when pcscd does', async () => {
    const { end, card } = await startSmartCardStack();
    const put = await card();
    await end();
    expect(await put.ended).toBe(3);
    expect(put.said()).toContain('error: the reader is gone: pcscd has ended [pcscd-gone]');
  });
});

describe('tapnote card', () => {
  it('says in one line that there is no virtual reader', async () => {
    const { status, err } = await tapnote(['card', '--pcsc', '--vpcd', '127.0.0.1:1']);
    expect(err).toMatch(/^error: no virtual reader at 127\.0\.0\.1:1 \(nobody answers\): .* \[no-vpcd\]\n$/);
    expect(status).toBe(3);
  });

  it('says in one line what is wrong with its options', async () => {
    for (const [args, code] of [
      [[], 'missing-option'],
      [['--pcsc', '--vpcd', 'nowhere'], 'invalid-argument'],
      [['--pcsc', '--flash', '.'], 'flash-file'],
    ] as const) {
      const { status, err } = await tapnote(['card', ...args]);
      expect(err).toMatch(new RegExp(`^error: [^\n]+ \\[${code}\\]\n$`));
      expect(status).toBe(2);
    }
  });

  it('is put in again when a reader asks for more than a front end holds', async () => {
    const reader = await hostileReader();
    const card = await startTapnote(
      ['card', '--pcsc', '--vpcd', `127.0.0.1:${reader.port}`],
      /found (the card)/,
    );
    reader.send(new Uint8Array(NFC_APDU_BYTES_MAX + 1));
    await reader.again();
    reader.send(SELECT_APPLICATION);
    expect((await reader.answer()).subarray(-2)).toEqual(Uint8Array.of(0x90, 0x00));
    expect(await card.end('SIGTERM')).toBe(0);
    await reader.end();
  });
});

/** The reader's end of vpcd, which says what it likes. */
async function hostileReader() {
  let socket: Socket | undefined;
  let seen = 0;
  const frames: Uint8Array[] = [];
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  const send = (body: Uint8Array): void =>
    void socket!.write(Uint8Array.of(body.length >> 8, body.length & 0xff, ...body));
  const server = createServer((come) => {
    socket = come;
    seen++;
    let rest = Buffer.alloc(0);
    come.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0);
        frames.push(new Uint8Array(rest.subarray(2, end)));
        rest = rest.subarray(end);
      }
      wake();
    });
    send(Uint8Array.of(4));
    send(Uint8Array.of(1));
    wake();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((ready) => waiting.push(ready));
  };
  return {
    port: (server.address() as { port: number }).port,
    send,
    again: () => until(() => seen === 2),
    /** The first is the ATR, of each time that the card was put in. */
    answer: async () => {
      await until(() => frames.length >= 3);
      return frames[2];
    },
    end: () => new Promise<void>((done) => server.close(() => done())),
  };
}
