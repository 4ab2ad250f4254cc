import {
  EventCode,
  type LoggedEvent,
  NFC_CODES,
  NOTICES,
  parseEvents,
  WAKE_CAUSES,
} from '../../../firmware/app/event-log.js';
import { putU32 } from '../../../firmware/bytes.js';
import { ConsoleCommand } from '../../../firmware/console/codes.js';
import { type ConsoleClient, lifecycleName } from './client.js';

/** All events that the device still has, oldest first. */
export async function readLog(client: ConsoleClient, from = 0): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let next = from; ; ) {
    const request = new Uint8Array(4);
    putU32(request, 0, next);
    const page = parseEvents(await client.ask(ConsoleCommand.log, request, { tries: 3 }));
    const last = page.at(-1);
    if (last === undefined || last.sequence < next) return events;
    events.push(...page);
    next = last.sequence + 1;
  }
}

export function eventLine({ ticks_ms, code, detail }: LoggedEvent): string {
  return `${(ticks_ms / 1000).toFixed(3).padStart(10)} s  ${words(code, detail)}`;
}

function words(code: number, detail: number): string {
  switch (code) {
    case EventCode.started:
      return `started, woken by ${WAKE_CAUSES[detail] ?? detail}`;
    case EventCode.walletOpened:
      return `wallet opened: ${lifecycleName(detail)}`;
    case EventCode.walletRefused:
      return 'the flash holds no wallet that may be touched';
    case EventCode.touchBegan:
      return 'a reader began a touch';
    case EventCode.touchEnded:
      return `the touch ended: ${NFC_CODES[detail] ?? detail}`;
    case EventCode.notified:
      return `the owner was told: ${NOTICES[detail] ?? detail}`;
    case EventCode.consoleRefused:
      return `console: command ${(detail >> 8).toString(16)} refused, the device is locked down`;
    case EventCode.provisioned:
      return `console: personalisation, instruction ${detail.toString(16)}`;
    default:
      return `event ${code}, detail ${detail}`;
  }
}
