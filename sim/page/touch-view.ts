/** The last touch, from a recording of it: what each part of each device did when, and all that was said. */
import { hex } from '../bank/bytes.js';
import { answerFields, answerWords, apduWords, commandFields } from '../capture/apdu-words.js';
import { type Explained, explainPcap } from '../capture/explain.js';
import { writePcap } from '../capture/pcap.js';
import { pn532Words } from '../capture/pn532-words.js';
import type { Recording } from '../capture/recording.js';
import type { StateChange } from '../capture/states.js';
import type { TouchEvent } from '../scenario/events.js';

export type Lane = 'link' | 'air' | 'flash' | 'compute';

/** A time in which something was busy, microseconds from the beginning of the touch. */
export interface Busy {
  readonly lane: Lane;
  /** Whose; undefined on the air. */
  readonly device: string | undefined;
  readonly start_us: number;
  readonly end_us: number;
}

export interface ApduView {
  readonly start_us: number;
  readonly end_us: number;
  readonly command: string;
  readonly commandFields: readonly string[];
  readonly commandHex: string;
  /** Undefined when none came. */
  readonly answer: string | undefined;
  readonly answerFields: readonly string[];
  readonly answerHex: string;
}

/** A frame between a processor and its PN532. */
export interface WireFrame {
  readonly at_us: number;
  readonly device: string;
  readonly toChip: boolean;
  readonly text: string;
}

export interface TouchView {
  /** Of the step in its session. */
  readonly number: number;
  readonly event: TouchEvent;
  /** With what the devices do behind it, before they are apart. */
  readonly total_us: number;
  readonly busy: readonly Busy[];
  readonly apdus: readonly ApduView[];
  readonly air: readonly (Pick<Explained, 'kind' | 'fromReader' | 'text'> & { readonly at_us: number })[];
  readonly wires: readonly WireFrame[];
  /** From the beginning of the touch, as they changed. */
  readonly states: readonly StateChange[];
}

/** `recording` has one touch in it. */
export function touchView(event: TouchEvent, recording: Recording, number: number): TouchView {
  const { touches, air, apdus, links, flash, compute, states, start_s } = recording;
  const touch = touches[touches.length - 1];
  const from_us = touch.start_us;
  const isIn = ({ start_us }: { readonly start_us: number }): boolean => start_us >= from_us;
  const busy = (
    lane: Lane,
    device: string | undefined,
    span: { start_us: number; end_us: number },
  ): Busy => ({
    lane,
    device,
    start_us: span.start_us - from_us,
    end_us: span.end_us - from_us,
  });
  const spans = [
    ...air.filter(isIn).map((each) => busy('air', undefined, each)),
    ...links.filter(isIn).map((each) => busy('link', each.device, each)),
    ...flash.filter(isIn).map((each) => busy('flash', each.device, each)),
    ...compute.filter(isIn).map((each) => busy('compute', each.device, each)),
  ];
  return {
    number,
    event,
    total_us: Math.max(
      touch.end_us - from_us,
      event.cost.total_us,
      ...spans.filter(({ lane }) => lane === 'compute').map(({ end_us }) => end_us),
    ),
    busy: spans,
    apdus: apdus.filter(isIn).map(({ start_us, end_us, command, response }) => ({
      start_us: start_us - from_us,
      end_us: end_us - from_us,
      command: apduWords(command),
      commandFields: commandFields(command),
      commandHex: hex(command),
      answer: response.length > 0 ? answerWords(response) : undefined,
      answerFields: response.length > 0 ? answerFields(command, response) : [],
      answerHex: hex(response),
    })),
    air: explainPcap(writePcap(air.filter(isIn), start_s)).map(({ time_s, kind, fromReader, text }) => ({
      at_us: Math.round((time_s - start_s) * 1e6 - from_us),
      kind,
      fromReader,
      text,
    })),
    wires: links.filter(isIn).flatMap(({ start_us, device, direction, bytes }) =>
      pn532Words(bytes).map((text) => ({
        at_us: start_us - from_us,
        device,
        toChip: direction === 'to-chip',
        text,
      })),
    ),
    states: states
      .filter(({ at_us }) => at_us >= from_us)
      .map((change) => ({ ...change, at_us: change.at_us - from_us })),
  };
}
