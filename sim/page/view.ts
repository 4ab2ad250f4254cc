/** What the page shows of the town: plain values, which a worker may post. Amounts in minor units. */
import { Means } from '../../firmware/account/bill.js';
import { dayOf } from '../../firmware/ledger/calendar-day.js';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import { countersOf } from '../../firmware/payment/policy.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import type { Gate } from '../account/gate.js';
import type { Phone } from '../account/phone.js';
import { hex } from '../bank/bytes.js';
import { type LifecycleState, lifecycleState } from '../capture/states.js';
import type { Device } from '../device/device.js';
import type { AccusedEvent, Holding } from '../scenario/events.js';
import type { Stage } from '../scenario/stage.js';
import { texts } from '../texts/language.js';
import type { TownAudit } from '../world/town.js';

export type DeviceKind = 'card' | 'wearable' | 'till' | 'copy';

export interface DeviceView extends Holding {
  readonly kind: DeviceKind;
  /** Switched on. */
  readonly isOn: boolean;
  readonly isOnline: boolean;
  readonly isAccused: boolean;
  readonly lifecycle: LifecycleState;
  /** Payments since its last sync. */
  readonly payments: number;
  /** What its owner types, as the scenario says: practice money, so that whoever plays may know it. */
  readonly pin: string | undefined;
  /** What it asks its owner. */
  readonly asks: { readonly amount: number; readonly needsPin: boolean } | undefined;
  /** The lines on its screen; undefined without one. */
  readonly screen: readonly string[] | undefined;
  /** The text of the code of its account, while that is on the screen. */
  readonly code: string | undefined;
  /** Received value, as the wallet keeps it: how often it has changed hands, and how often it may. */
  readonly lots: readonly LotView[];
  /** Handed over, and no receipt yet. */
  readonly flying: readonly { readonly amount: number; readonly to: string }[];
  readonly gauges: readonly Gauge[];
}

export interface LotView {
  readonly amount: number;
  readonly hops: number;
  readonly hopsLimit: number;
  readonly expires_s: number;
}

const GAUGE_NAMES = texts([
  'paid today',
  'held',
  'paid without asking',
  'payments since the last sync',
  'time since the last sync',
  'one payment',
  'one payment, without asking',
  'one payment, by the button',
] as const);
/** What a gauge is of, as the page says it. */
export type GaugeName = (typeof GAUGE_NAMES)[number];

/** A limit that the bank has signed, and how much of it is used. */
export interface Gauge {
  readonly name: GaugeName;
  readonly unit: 'money' | 'count' | 'seconds';
  /** Undefined for a limit of one payment, which fills up with nothing. */
  readonly used: number | undefined;
  /** Undefined for none. */
  readonly most: number | undefined;
}

/** A phone that shows codes of an account. */
export interface PhoneView {
  readonly name: string;
  readonly quota: number;
  /** `text`: of the QR code. `amount`: undefined for any. */
  readonly shown:
    | {
        readonly text: string;
        readonly counter: number;
        readonly amount: number | undefined;
        readonly until_s: number;
      }
    | undefined;
}

/** What scans codes and looks at faces, and what it has booked. */
export interface GateView {
  readonly name: string;
  readonly amount: number;
  readonly bills: readonly BillView[];
}

export interface BillView {
  readonly sequence: number;
  readonly time_s: number;
  readonly who: string;
  /** Of the code; undefined with a face. */
  readonly code: number | undefined;
  readonly amount: number;
}

export interface PageView {
  /** Unix seconds of the town. */
  readonly time_s: number;
  readonly currency: string;
  readonly start: string;
  /** Of everything random. */
  readonly seed: number;
  readonly devices: readonly DeviceView[];
  readonly audit: TownAudit;
  readonly accused: readonly AccusedEvent[];
  readonly phones: readonly PhoneView[];
  readonly gates: readonly GateView[];
  /** Steps played so far. */
  readonly steps: number;
}

export interface Outside {
  readonly offline: ReadonlySet<string>;
  readonly accused: readonly AccusedEvent[];
  readonly steps: number;
}

export async function viewOf(stage: Stage, outside: Outside): Promise<PageView> {
  const devices: DeviceView[] = [];
  for (const name of stage.devices) devices.push(await deviceView(stage, name, outside));
  return {
    time_s: stage.town.world.now_s,
    currency: stage.currency,
    start: stage.scenario.start,
    seed: stage.scenario.seed ?? 1,
    devices,
    audit: await stage.town.audit(),
    accused: outside.accused,
    phones: [...stage.site.phones.values()].map(phoneView),
    gates: [...stage.site.gates.values()].map((gate) => gateView(gate, stage)),
    steps: outside.steps,
  };
}

const gateView = ({ name, amount, bills }: Gate, { site }: Stage): GateView => ({
  name,
  amount,
  bills: bills.map((bill) => ({
    sequence: bill.sequence,
    time_s: bill.time_s,
    who: site.holderOf(bill),
    code: bill.means === Means.face ? undefined : bill.counter,
    amount: bill.amount,
  })),
});

function phoneView({ name, quota, shown }: Phone): PhoneView {
  if (!shown) return { name, quota, shown };
  const { text, counter, amount, created_s, validity_s } = shown;
  return { name, quota, shown: { text, counter, amount, until_s: created_s + validity_s } };
}

async function deviceView(stage: Stage, name: string, { offline, accused }: Outside): Promise<DeviceView> {
  const device = stage.device(name);
  const { wallet, prompt } = device;
  const { ledger } = wallet;
  return {
    ...(await stage.holding(name)),
    kind: kindOf(stage, name, device),
    isOn: !device.isSwitchedOff,
    isOnline: !offline.has(name),
    isAccused: accused.some(({ who }) => who === name),
    lifecycle: lifecycleState(wallet),
    payments: ledger.payments,
    pin: stage.scenario.people.find((person) => person.name === name)?.pin,
    asks: prompt && { amount: prompt.amount, needsPin: prompt.needsPin },
    screen: device.screen,
    code: device.codeText,
    lots: ledger.lots.lots.map(({ amount, hops, hopsLimit, expires_s }) => ({
      amount,
      hops,
      hopsLimit,
      expires_s,
    })),
    flying: ledger.inFlightTransfers.map(({ transfer }) => ({
      amount: transfer.total,
      to: stage.nameOf(transfer.payee) ?? hex(transfer.payee),
    })),
    gauges: gaugesOf(wallet),
  };
}

function kindOf(stage: Stage, name: string, device: Device): DeviceKind {
  const person = stage.scenario.people.find((each) => each.name === name);
  if (!person) return 'copy';
  if (person.kind === 'merchant') return 'till';
  return device.screen === undefined ? 'card' : 'wearable';
}

/** The limits of a wallet beside its own counters, as its policy compares them. */
function gaugesOf(wallet: Wallet): Gauge[] {
  const { limits, ledger, own_s } = wallet;
  const counters = countersOf(ledger, limits);
  const gauge = (name: GaugeName, unit: Gauge['unit'], most: number, used?: number): Gauge => ({
    name,
    unit,
    used,
    most: most === AMOUNT_MAX ? undefined : most,
  });
  const paidToday = dayOf(own_s) > counters.day ? 0 : counters.paidThatDay;
  return [
    gauge('paid today', 'money', limits.dayMax, paidToday),
    gauge('held', 'money', limits.balanceMax, counters.balance),
    gauge('paid without asking', 'money', limits.noConfirmTotalMax, counters.unconfirmed),
    gauge('payments since the last sync', 'count', limits.offlineCountMax, counters.payments),
    gauge(
      'time since the last sync',
      'seconds',
      limits.offlineDuration_s,
      Math.max(0, own_s - counters.lastSync_s),
    ),
    gauge('one payment', 'money', limits.paymentMax),
    gauge('one payment, without asking', 'money', limits.noConfirmMax),
    gauge('one payment, by the button', 'money', limits.buttonMax),
  ];
}
