import { getU16, getU32 } from '../../../firmware/bytes.js';
import {
  ConsoleCommand,
  ConsoleStatus,
  DiagnosisStep,
  SelfTestCode,
  Verdict,
} from '../../../firmware/console/codes.js';
import type { Identity } from '../../../firmware/console/identity.js';
import { Level, WayKind, WIRES } from '../../../hal/diagnosis/front-end.js';
import { hex } from '../../../sim/bank/bytes.js';
import { nameOf } from '../../../sim/words.js';
import type { Output } from '../output/terminal-output.js';
import { ConsoleClient, ConsoleError, lifecycleName } from './client.js';
import { type Findings, type Opinion, opinionOf } from './doctor-verdict.js';
import { likelyPorts, openPort, PortError } from './port.js';

const TEST_MS = 60_000;
/** Some hundred milliseconds on a board; an emulated chip may be on a busy machine. */
const PROBE_MS = 20_000;
const FIELD_TENTHS = 5;
/** A board that runs answers at once; one that has just been plugged in gets a second. */
const FIND = { timeout_ms: 700, tries: 2 };

export interface Checkup {
  readonly port: string;
  readonly identity: Identity;
  readonly selfTests: readonly {
    /** See `SelfTestCode`. */
    readonly code: number;
    readonly name: string;
    readonly verdict: string;
    readonly detail: number;
  }[];
  readonly findings: Findings | undefined;
  readonly opinion: Opinion;
  readonly healthy: boolean;
}

/** The port that was named, or the one of the likely ports at which a device answers. */
export async function findDevice(path: string | undefined): Promise<ConsoleClient> {
  const paths = path === undefined ? likelyPorts() : [path];
  if (paths.length === 0)
    throw new PortError(
      'no-port',
      'no serial port is there. Plug the board in with a cable that carries data (many only charge); on Linux, `dmesg` says whether it was seen. Without a board: npx tapnote console --simulate, then --port with what it says',
    );
  const reasons: string[] = [];
  for (const each of paths) {
    try {
      const client = new ConsoleClient(openPort(each));
      try {
        await client.identify(path === undefined ? FIND : undefined);
        return client;
      } catch (error) {
        reasons.push(silence(each, client.bytes, error as Error));
        client.close();
      }
    } catch (error) {
      // Named, or the only one: then its own code says more.
      if (!(error instanceof PortError) || paths.length === 1) throw error;
      reasons.push(error.message);
    }
  }
  throw new PortError('no-device', reasons.join('; '));
}

function silence(path: string, bytes: number, error: Error): string {
  if (error instanceof ConsoleError) return `${path}: ${error.message}`;
  return bytes > 0
    ? `${path}: something talks (${bytes} bytes), but no tapnote device. Another firmware, or a build with the debugger on: flash a release build.`
    : `${path}: ${error.message}. Is tapnote on the board (tapnote flash), and is it awake? Press its button, or reset it.`;
}

/** Everything that can be found out over the cable. */
export async function checkUp(client: ConsoleClient): Promise<Checkup> {
  const identity = await client.identify();
  const selfTests = await runSelfTests(client);
  const findings = await diagnose(client, identity.link);
  const failed = selfTests.filter(
    ({ code, verdict }) => verdict === 'failed' && !FRONT_END_TESTS.includes(code),
  );
  const seen = findings ? opinionOf(findings) : noFrontEnd(identity);
  const opinion = identity.isEntropyFailing
    ? NO_ENTROPY
    : failed.length > 0 && seen.code === 'healthy'
      ? unsound(failed.map(({ name }) => name))
      : seen;
  const healthy = failed.length === 0 && opinion.code === 'healthy';
  return { port: client.port.path, identity, selfTests, findings, opinion, healthy };
}

const BROKEN: Opinion = {
  code: 'no-wallet',
  what: 'the partition with the notes holds something that is not a wallet, so that the PN532 was not started',
  next: 'do not erase it if it may hold money. If you are sure: `parttool.py erase_partition --partition-name notes`',
};

const noFrontEnd = ({ otherFormat, formatVersion }: Identity): Opinion =>
  otherFormat === 0
    ? BROKEN
    : {
        code: 'other-format',
        what: `its flash holds a wallet of store format ${otherFormat}, and this firmware has format ${formatVersion}: nothing was written`,
        next: 'flash the firmware that wrote it (tapnote flash --image), sync and empty it, and then flash this one',
      };

const NO_ENTROPY: Opinion = {
  code: 'no-entropy',
  what: 'the random source gives nothing: the device makes no keys, and answers no reader',
  next: 'take its power away for a second; if it stays so, trust this board with no money',
};

const unsound = (names: readonly string[]): Opinion => ({
  code: 'self-test',
  what: `the PN532 is sound, but these tests of the board failed: ${names.join(', ')}`,
  next: 'try another supply and flash the board anew; if it stays so, trust this board with no money',
});

async function runSelfTests(client: ConsoleClient) {
  const tests: { code: number; name: string; verdict: string; detail: number }[] = [];
  for (let index = 0; ; index++) {
    const result = await unlessOver(
      client.ask(ConsoleCommand.selfTest, Uint8Array.of(index), { timeout_ms: TEST_MS }),
    );
    if (!result) return tests;
    tests.push({
      code: result[0],
      name: TEST_WORDS[result[0]] ?? `test ${result[0]}`,
      verdict: nameOf(Verdict, result[1]),
      detail: getU32(result, 2),
    });
  }
}

/** Of the PN532, of which the findings say more. */
const FRONT_END_TESTS: readonly number[] = [SelfTestCode.frontEnd, SelfTestCode.frontEndSelf];
const TEST_WORDS: Readonly<Record<number, string>> = {
  [SelfTestCode.sha256]: 'SHA-256',
  [SelfTestCode.hmac]: 'HMAC-SHA-256',
  [SelfTestCode.ed25519]: 'Ed25519',
  [SelfTestCode.x25519]: 'X25519',
  [SelfTestCode.aead]: 'ChaCha20-Poly1305',
  [SelfTestCode.crc32]: 'CRC-32',
  [SelfTestCode.flash]: 'flash: every sector reads the same twice',
  [SelfTestCode.entropy]: 'random numbers',
  [SelfTestCode.clock]: 'clock: an alarm of 50 ms',
  [SelfTestCode.frontEnd]: 'PN532 answers',
  [SelfTestCode.frontEndSelf]: 'PN532: its own tests, and its field on and off',
};

/** Undefined when the index was past the last, or there is nothing of the kind. */
async function unlessOver(answer: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await answer;
  } catch (error) {
    const over: number[] = [ConsoleStatus.noMore, ConsoleStatus.absent];
    if (error instanceof ConsoleError && over.includes(error.status)) return undefined;
    throw error;
  }
}

async function diagnose(client: ConsoleClient, link: string): Promise<Findings | undefined> {
  const step = (which: number, argument = 0) =>
    client.ask(ConsoleCommand.diagnose, Uint8Array.of(which, argument), { timeout_ms: PROBE_MS });
  const levels = await unlessOver(step(DiagnosisStep.levels));
  if (!levels) return undefined;
  const works = async (which: number, argument?: number): Promise<boolean> => {
    try {
      await step(which, argument);
      return true;
    } catch (error) {
      if (error instanceof ConsoleError && error.status === ConsoleStatus.failed) return false;
      throw error;
    }
  };
  const starts = await works(DiagnosisStep.start);
  const holdsField = starts && (await works(DiagnosisStep.field, FIELD_TENTHS));
  const probes: Findings['probes'][number][] = [];
  // What works needs no other way; what does not is asked in all of them.
  for (let index = 0; !starts; index++) {
    const found = await unlessOver(step(DiagnosisStep.probe, index));
    if (!found) break;
    probes.push({ kind: found[0], baud: getU32(found, 1), outcome: found[5], count: getU16(found, 10) });
  }
  return { link, levels: [...levels], probes, starts, holdsField };
}

const LEVEL_WORDS: Record<number, string> = {
  [Level.unknown]: 'not known',
  [Level.low]: 'held low',
  [Level.floating]: 'floating',
  [Level.high]: 'high',
};
const KIND_WORDS: Record<number, string> = {
  [WayKind.hsu]: 'HSU',
  [WayKind.hsuCrossed]: 'HSU, TX and RX swapped',
  [WayKind.i2c]: 'I2C on the same wires',
  [WayKind.i2cCrossed]: 'I2C, wires swapped',
  [WayKind.spi]: 'SPI',
};
const OUTCOME_WORDS = [
  'silence',
  'noise',
  'an ACK, no answer',
  'answers as a PN532',
  'answers as another chip',
];

export function tellCheckup(out: Output, checkup: Checkup): void {
  const { identity, selfTests, findings, opinion, healthy, port } = checkup;
  out.line(`port      ${port}`);
  out.line(`board     ${identity.board} (${identity.chip}), chip ${hex(identity.chipId)}`);
  out.line(
    `firmware  ${identity.firmware}, store format ${identity.formatVersion}, PN532 on ${identity.link}`,
  );
  const id = identity.deviceId ? `, device ${hex(identity.deviceId)}` : '';
  const secrets = `${identity.hasKeys ? ', with keys' : ''}${identity.hasPin ? ', with a PIN' : ''}`;
  out.line(`wallet    ${lifecycleName(identity.lifecycle)}${id}${secrets}`);
  for (const { name, verdict, detail } of selfTests) {
    const mark = verdict === 'passed' ? out.style('green', 'ok    ') : out.style('red', verdict.padEnd(6));
    out.line(`test      ${mark} ${name}${verdict === 'failed' ? `, detail ${detail}` : ''}`);
  }
  for (const [index, level] of (findings?.starts ? [] : (findings?.levels ?? [])).entries())
    out.line(`wire      ${WIRES[index]}: ${LEVEL_WORDS[level] ?? level}`);
  for (const { kind, baud, outcome } of findings?.probes ?? [])
    out.line(
      `tried     ${KIND_WORDS[kind] ?? kind}${baud > 0 ? `, ${baud} baud` : ''}: ${OUTCOME_WORDS[outcome] ?? outcome}`,
    );
  out.line();
  out.line(out.style(healthy ? 'green' : ['red', 'bold'], `${opinion.code}: ${opinion.what}`));
  if (opinion.code !== 'healthy') out.line(`next: ${opinion.next}`);
}
