import type { Asked } from '../app/mode.js';
import { Refusal } from '../protocol/refusal.js';
import type { TouchResult } from '../terminal/order.js';
import { OrderStage } from './codes.js';

const ID_BYTES = 8;
const BY_PAYER = 1;
const STATE_BYTES = 3 + ID_BYTES;

/** How an order that was given over the cable stands. */
export interface OrderState {
  readonly stage: OrderStage;
  /** A number of `Refusal`, for `refused`, `button` and `pin`; else 0. */
  readonly why: number;
  /** Whether the payer has refused, or the device that asks. */
  readonly isByPayer: boolean;
  /** The device that the last touch was with, 8 bytes. Undefined where it did not show itself. */
  readonly payer: Uint8Array | undefined;
}

/** stage (1), why (1), who says so (1: 0 the device, 1 the payer), payer (8; zeros where it is not known). */
export function describeOrder(asked: Asked): Uint8Array {
  const state = new Uint8Array(STATE_BYTES);
  const { result, order } = asked;
  state[0] = stageOf(asked);
  if (result?.refusal && asked.end !== 'paid') {
    state[1] = result.refusal.why;
    state[2] = result.refusal.by === 'card' ? BY_PAYER : 0;
  }
  const payer = order.transfer?.payer ?? result?.card?.id;
  if (payer) state.set(payer, 3);
  return state;
}

function stageOf({ end, result }: Asked): OrderStage {
  switch (end) {
    case 'paid':
      return OrderStage.paid;
    case 'refused':
      return OrderStage.refused;
    case 'called-off':
      return OrderStage.calledOff;
    case 'no-front-end':
      return OrderStage.noFrontEnd;
    case 'relay':
      return OrderStage.relay;
    default:
      return result ? stageOfTouch(result) : OrderStage.waits;
  }
}

/** Of an order that goes on: a refusal is one that is up to the payer's owner. */
function stageOfTouch({ outcome, refusal, fault }: TouchResult): OrderStage {
  if (fault?.kind === 'foreign') return OrderStage.foreign;
  if (fault?.kind === 'crowd') return OrderStage.crowd;
  if (fault?.kind === 'version') return OrderStage.version;
  if (outcome !== 'refused') return OrderStage.torn;
  return refusal?.why === Refusal.pin ? OrderStage.pin : OrderStage.button;
}

/** The host's end of `describeOrder`; undefined when the bytes are none. */
export function parseOrderState(bytes: Uint8Array): OrderState | undefined {
  if (bytes.length !== STATE_BYTES) return undefined;
  const payer = bytes.slice(3);
  return {
    stage: bytes[0] as OrderStage,
    why: bytes[1],
    isByPayer: bytes[2] === BY_PAYER,
    payer: payer.some((byte) => byte !== 0) ? payer : undefined,
  };
}
