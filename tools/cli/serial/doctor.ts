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
import { type ConsoleClient, ConsoleError, lifecycleName } from './client.js';
import { type Findings, type Opinion, opinionOf } from './doctor-verdict.js';

const TEST_MS = 60_000;
/** Some hundred milliseconds on a board; an emulated chip may be on a busy machine. */
const PROBE_MS = 20_000;
const FIELD_TENTHS = 5;

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

/** A line for people, and whether it is good news. */
export interface CheckupLine {
  readonly text: string;
  readonly tone?: 'good' | 'bad';
}

export function checkupLines(checkup: Checkup): CheckupLine[] {
  const { identity, selfTests, findings, opinion, healthy, port } = checkup;
  const id = identity.deviceId ? `, device ${hex(identity.deviceId)}` : '';
  const secrets = `${identity.hasKeys ? ', with keys' : ''}${identity.hasPin ? ', with a PIN' : ''}`;
  const facts = [
    `port      ${port}`,
    `board     ${identity.board} (${identity.chip}), chip ${hex(identity.chipId)}`,
    `firmware  ${identity.firmware}, store format ${identity.formatVersion}, PN532 on ${identity.link}`,
    `wallet    ${lifecycleName(identity.lifecycle)}${id}${secrets}`,
  ];
  const wires = findings?.starts ? [] : (findings?.levels ?? []);
  const tried = (findings?.probes ?? []).map(({ kind, baud, outcome }) => {
    const rate = baud > 0 ? `, ${baud} baud` : '';
    return `tried     ${KIND_WORDS[kind] ?? kind}${rate}: ${OUTCOME_WORDS[outcome] ?? outcome}`;
  });
  return [
    ...facts.map((text) => ({ text })),
    ...selfTests.map(testLine),
    ...wires.map((level, i) => ({ text: `wire      ${WIRES[i]}: ${LEVEL_WORDS[level] ?? level}` })),
    ...tried.map((text) => ({ text })),
    { text: '' },
    { text: `${opinion.code}: ${opinion.what}`, tone: healthy ? 'good' : 'bad' },
    ...(opinion.code === 'healthy' ? [] : [{ text: `next: ${opinion.next}` }]),
  ];
}

function testLine({ name, verdict, detail }: Checkup['selfTests'][number]): CheckupLine {
  if (verdict === 'passed') return { text: `test      ok     ${name}`, tone: 'good' };
  return {
    text: `test      ${verdict.padEnd(6)} ${name}${verdict === 'failed' ? `, detail ${detail}` : ''}`,
    tone: 'bad',
  };
}
