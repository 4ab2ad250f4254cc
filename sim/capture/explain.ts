/** A capture of the air in words: cards found, blocks, and the APDUs that they carry. */
import { hex } from '../bank/bytes.js';
import { isAck, isDeselect, isIBlock, isNak, isWtx, Pcb } from '../chip/iso-dep.js';
import type { LoggedExchange } from './apdu-log.js';
import { answerFields, answerWords, apduWords, commandFields } from './apdu-words.js';
import type { CapturedFrame } from './captured.js';
import { readPcap } from './pcap.js';

/** Commands of a reader before a card is activated: ISO 14443-3 section 6.4, ISO 14443-4 section 5. */
const Before = { reqa: 0x26, wupa: 0x52, hlta: 0x50, rats: 0xe0 } as const;
const SELECT: readonly number[] = [0x93, 0x95, 0x97];
const NVB_ALL = 0x70;
const PPS_MASK = 0xf0;
const PPS = 0xd0;

export interface Explained {
  /** As in the capture. */
  readonly time_s: number;
  /** `frame`: on the air; `command`, `answer`: a whole APDU, when its last block has come; `field`: of it. */
  readonly kind: 'frame' | 'command' | 'answer' | 'field';
  readonly fromReader: boolean;
  readonly text: string;
}

/** In place of an answer that did not come. */
export const TORN = 'torn';

/** Every frame of a capture and every APDU in it. */
export function explainFrames(frames: readonly CapturedFrame[]): Explained[] {
  const explainer = new Explainer();
  for (const frame of frames) explainer.take(frame);
  return explainer.lines;
}

/** Those of a pcap file. Throws CaptureError. */
export const explainPcap = (pcap: Uint8Array): Explained[] => explainFrames(readPcap(pcap));

/** The exchanges of an APDU log. */
export function explainExchanges(exchanges: readonly LoggedExchange[]): Explained[] {
  return exchanges.flatMap(({ time_s, answer_s, reader, command, response }) => [
    { time_s, kind: 'command', fromReader: true, text: `${reader}: ${apduWords(command)}` } as const,
    ...fields(time_s, true, commandFields(command)),
    {
      time_s: answer_s,
      kind: 'answer',
      fromReader: false,
      text: response ? answerWords(response) : TORN,
    } as const,
    ...fields(answer_s, false, response ? answerFields(command, response) : []),
  ]);
}

const fields = (time_s: number, fromReader: boolean, texts: readonly string[]): Explained[] =>
  texts.map((text) => ({ time_s, kind: 'field', fromReader, text }));

class Explainer {
  readonly lines: Explained[] = [];
  /** A card has answered RATS, and is spoken to in blocks. */
  #isActive = false;
  /** What the reader has said last, before activation: the card's answer has no name of its own. */
  #asked = '';
  #command: Uint8Array = new Uint8Array(0);
  /** The reader looks for more cards while one is active, which does not answer. */
  #isLooking = false;
  /** The number and bytes of the I-block that came last from each side: the same once more is a repeat. */
  readonly #last = { reader: '', card: '' };
  readonly #chain: { reader: Uint8Array[]; card: Uint8Array[] } = { reader: [], card: [] };

  take(frame: CapturedFrame): void {
    const { bytes, fromReader } = frame;
    if (this.#isLooking && !fromReader && frame.crc !== 'good') this.#isActive = false;
    this.#isLooking =
      fromReader && bytes.length === 1 && (bytes[0] === Before.reqa || bytes[0] === Before.wupa);
    if (this.#isLooking) return this.#frame(frame, this.#beforehand(frame));
    if (this.#isActive && frame.crc !== 'none') return this.#block(frame);
    this.#frame(frame, this.#isActive ? 'damaged, or cut off' : this.#beforehand(frame));
  }

  #frame({ time_s, fromReader, bytes, crc }: CapturedFrame, what: string): void {
    const text = `${what}: ${hex(bytes)}${crc === 'good' ? ' + CRC' : ''}`;
    this.lines.push({ time_s, kind: 'frame', fromReader, text });
  }

  #beforehand({ bytes, fromReader }: CapturedFrame): string {
    if (!fromReader) {
      const answer = ANSWERS[this.#asked] ?? 'answer';
      if (this.#asked === 'RATS') this.#activate();
      return answer;
    }
    this.#asked = nameBefore(bytes);
    return this.#asked;
  }

  #activate(): void {
    this.#isActive = true;
    this.#last.reader = '';
    this.#last.card = '';
    this.#chain.reader = [];
    this.#chain.card = [];
  }

  #block(frame: CapturedFrame): void {
    const { bytes, fromReader } = frame;
    const pcb = bytes[0];
    if ((pcb & PPS_MASK) === PPS && bytes.length <= 3 && !isDeselect(pcb)) return this.#frame(frame, 'PPS');
    if (isDeselect(pcb)) {
      this.#frame(frame, 'S(DESELECT)');
      if (!fromReader) this.#isActive = false;
      return;
    }
    if (isWtx(pcb)) return this.#frame(frame, fromReader ? 'S(WTX), granted' : 'S(WTX): more time, please');
    if (isAck(pcb)) return this.#frame(frame, `R(ACK) ${pcb & Pcb.number}`);
    if (isNak(pcb)) return this.#frame(frame, `R(NAK) ${pcb & Pcb.number}: once more`);
    if (isIBlock(pcb)) return this.#information(frame);
    this.#frame(frame, 'no block of ISO 14443-4');
  }

  #information(frame: CapturedFrame): void {
    const { bytes, fromReader } = frame;
    const pcb = bytes[0];
    const from = 1 + ((pcb & Pcb.cid) !== 0 ? 1 : 0) + ((pcb & Pcb.nad) !== 0 ? 1 : 0);
    const side = fromReader ? 'reader' : 'card';
    const isChained = (pcb & Pcb.chaining) !== 0;
    const isRepeat = this.#last[side] === hex(bytes);
    this.#last[side] = hex(bytes);
    // An answer begins a new turn: the reader's next block may look like its last.
    if (!isRepeat) this.#last[fromReader ? 'card' : 'reader'] = '';
    const words = `I(${pcb & Pcb.number})${isChained ? ', more follows' : ''}${isRepeat ? ', repeated' : ''}`;
    this.#frame(frame, words);
    if (isRepeat) return;
    this.#chain[side].push(bytes.subarray(from));
    if (!isChained) this.#whole(frame.time_s, fromReader, joined(this.#chain[side].splice(0)));
  }

  #whole(time_s: number, fromReader: boolean, apdu: Uint8Array): void {
    const kind = fromReader ? 'command' : 'answer';
    this.lines.push({ time_s, kind, fromReader, text: fromReader ? apduWords(apdu) : answerWords(apdu) });
    const texts = fromReader ? commandFields(apdu) : answerFields(this.#command, apdu);
    this.lines.push(...fields(time_s, fromReader, texts));
    if (fromReader) this.#command = apdu;
  }
}

/** What a card answers to each. */
const ANSWERS: Readonly<Record<string, string>> = {
  REQA: 'ATQA',
  WUPA: 'ATQA',
  'anticollision 1': 'UID, first part',
  'anticollision 2': 'UID, second part',
  'anticollision 3': 'UID, third part',
  'SELECT 1': 'SAK',
  'SELECT 2': 'SAK',
  'SELECT 3': 'SAK',
  RATS: 'ATS',
};

function nameBefore(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === Before.reqa) return 'REQA';
  if (first === Before.wupa) return 'WUPA';
  if (first === Before.hlta) return 'HLTA';
  if (first === Before.rats) return 'RATS';
  const level = SELECT.indexOf(first) + 1;
  if (level > 0) return `${second === NVB_ALL ? 'SELECT' : 'anticollision'} ${level}`;
  return 'command';
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
