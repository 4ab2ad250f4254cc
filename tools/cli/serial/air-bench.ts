import { getU32 } from '../../../firmware/bytes.js';
import {
  ConsoleCommand,
  ConsoleStatus,
  EXCHANGE_KBPS,
  ExchangeRole,
} from '../../../firmware/console/codes.js';
import { ANSWER_BYTES } from '../../../firmware/selftest/air-bench.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { type ConsoleClient, ConsoleError } from './client.js';

/** The devices wait for each other, and then exchange some dozens of answers. */
const EXCHANGE_MS = 30_000;
const TRIES = 3;
/** 106 is what every card speaks, 424 the most that a PN532 offers. */
const ASKED_KBPS = [106, 424] as const;

export interface AirRow {
  /** Of the answer that the other device gave. */
  readonly bytes: number;
  readonly asked_kbps: number;
  /** Undefined when the device cannot tell. */
  readonly kbps: number | undefined;
  /** In the other device: from its answer until its front end has said that it has left (TgSetData). */
  readonly answer_ms: number;
  /** In this device: from its command until the answer is there. */
  readonly exchange_ms: number;
}

/** Two devices in one field: `client`'s asks, `other`'s is the card. */
export async function benchAir(
  client: ConsoleClient,
  other: ConsoleClient,
  say: (what: string) => void,
): Promise<AirRow[]> {
  const rows: AirRow[] = [];
  for (const asked_kbps of ASKED_KBPS) {
    const [answered, asked] = await exchangeAll(client, other, asked_kbps);
    const time_ms = (data: Uint8Array, i: number): number => getU32(data, 1 + 4 * i) / 1e3;
    for (const [i, bytes] of ANSWER_BYTES.entries()) {
      const [answer_ms, exchange_ms] = [time_ms(answered, i), time_ms(asked, i)];
      rows.push({ bytes, asked_kbps, kbps: EXCHANGE_KBPS[asked[0]], answer_ms, exchange_ms });
    }
    say(`${asked_kbps} kbit/s`);
  }
  return rows;
}

/** What both devices have measured. One answer of dozens that is lost spoils them all: then once more. */
async function exchangeAll(
  client: ConsoleClient,
  other: ConsoleClient,
  kbps: (typeof ASKED_KBPS)[number],
): Promise<[answered: Uint8Array, asked: Uint8Array]> {
  const ask = (who: ConsoleClient, role: number, code: number): Promise<Uint8Array> =>
    who.ask(ConsoleCommand.exchange, Uint8Array.of(role, code), { timeout_ms: EXCHANGE_MS });
  for (let turn = 1; ; turn++) {
    const [answered, asked] = await Promise.allSettled([
      ask(other, ExchangeRole.answers, 0),
      ask(client, ExchangeRole.asks, EXCHANGE_KBPS.indexOf(kbps)),
    ]);
    if (answered.status === 'fulfilled' && asked.status === 'fulfilled') return [answered.value, asked.value];
    const reasons = [answered, asked].flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    const isLost = reasons.every(isNoExchange);
    if (turn === TRIES || !isLost)
      throw reasonOf(reasons.find((reason) => !isNoExchange(reason)) ?? reasons[0]);
  }
}

const isNoExchange = (error: unknown): boolean =>
  error instanceof ConsoleError && error.status === ConsoleStatus.failed;

function reasonOf(error: unknown): unknown {
  if (!isNoExchange(error)) return error;
  const what = 'the two devices did not exchange all that was to be measured';
  return new CliError(Exit.violated, 'no-exchange', `${what}: lay one antenna on the other, and try again`);
}

export function tellAir(out: Output, rows: readonly AirRow[], millisecondsOf: 'device' | 'computer'): void {
  const whose = millisecondsOf === 'device' ? 'ms' : 'this computer, ms';
  const head = [
    'answer, bytes',
    'asked for, kbit/s',
    'on the air, kbit/s',
    `TgSetData, ${whose}`,
    `exchange, ${whose}`,
  ];
  const lines = rows.map(({ bytes, asked_kbps, kbps, answer_ms, exchange_ms }) => [
    `${bytes}`,
    `${asked_kbps}`,
    kbps === undefined ? '-' : `${kbps}`,
    answer_ms.toFixed(3),
    exchange_ms.toFixed(3),
  ]);
  for (const line of table([head, ...lines])) out.line(line);
  out.line();
}
