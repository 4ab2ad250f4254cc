import {
  EventCode,
  type LoggedEvent,
  NFC_CODES,
  NOTICES,
  parseEvents,
  WAKE_CAUSES,
  WALLET_FAULTS,
} from '../../../firmware/app/event-log.js';
import { u32 } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { tagFaultName } from '../../../firmware/tag/tag-fault.js';
import { instructionName, nameOf } from '../../../sim/words.js';
import { type ConsoleClient, lifecycleName } from './client.js';

/** All events that the device still has, oldest first. */
export async function readLog(client: ConsoleClient, from = 0): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let next = from; ; ) {
    const request = u32(next);
    const page = parseEvents(await client.ask(ConsoleCommand.log, request, { tries: 3 }));
    const last = page.at(-1);
    if (last === undefined || last.sequence < next) return events;
    events.push(...page);
    next = last.sequence + 1;
  }
}

/** Starts that are no wake. */
const STARTS: Readonly<Record<string, string>> = {
  watchdog: 'after it hung: the watchdog restarted it',
  brownout: 'after its supply sagged',
  restart: 'after an exception that nothing caught',
};

/** A line for each event; what is noted again and again is one line, with how often and until when. */
export function eventLines(events: readonly LoggedEvent[]): string[] {
  const lines: string[] = [];
  for (let first = 0; first < events.length; ) {
    const { ticks_ms, code, detail } = events[first];
    let next = first + 1;
    while (next < events.length && events[next].code === code && events[next].detail === detail) next++;
    const times = next - first;
    const again = times > 1 ? ` (${times} times, until ${seconds(events[next - 1].ticks_ms)} s)` : '';
    lines.push(`${seconds(ticks_ms).padStart(10)} s  ${words(code, detail)}${again}`);
    first = next;
  }
  return lines;
}

const seconds = (ticks_ms: number): string => (ticks_ms / 1000).toFixed(3);

function words(code: number, detail: number): string {
  switch (code) {
    case EventCode.started:
      return `started, ${STARTS[WAKE_CAUSES[detail]] ?? `woken by ${WAKE_CAUSES[detail] ?? `cause ${detail}`}`}`;
    case EventCode.walletOpened:
      return `wallet opened: ${lifecycleName(detail)}`;
    case EventCode.walletRefused:
      return (detail & 0xff) === WALLET_FAULTS.indexOf('version')
        ? `the flash holds a wallet of store format ${detail >> 8}, which this firmware does not read: nothing was written`
        : `the flash holds no wallet that may be touched${WALLET_FAULTS[detail] ? `: ${WALLET_FAULTS[detail]}` : ''}`;
    case EventCode.touchBegan:
      return 'a reader began a touch';
    case EventCode.touchEnded:
      return `the touch ended: ${NFC_CODES[detail] ?? `reason ${detail}`}`;
    case EventCode.notified:
      return `the owner was told: ${NOTICES[detail] ?? `news ${detail}`}`;
    case EventCode.consoleRefused:
      return `console: ${refusedWords(detail >> 8, detail & 0xff)}: the device is a wallet already`;
    case EventCode.provisioned:
      return `console: personalisation, ${instructionName(detail)}`;
    case EventCode.synced:
      return detail === StatusWord.ok
        ? 'console: a sync was done'
        : `console: a sync ended with status word ${detail.toString(16)}`;
    case EventCode.relay:
      return `a touch was refused: the card's answer took ${(detail / 1000).toFixed(1)} ms too long, as over a relay`;
    case EventCode.tagRefused:
      return `a tag was refused: ${tagFaultName(detail)}`;
    case EventCode.entropy:
      return detail === 0 ? 'the random source works again' : 'the random source gives nothing';
    default:
      return `event ${code}, detail ${detail}`;
  }
}

const refusedWords = (command: number, status: number): string =>
  `${nameOf(ConsoleCommand, command)} refused (${nameOf(ConsoleStatus, status)})`;
