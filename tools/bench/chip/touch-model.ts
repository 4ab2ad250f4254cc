/**
 * The counted touch again, in the simulator: its PN532s, wires, field and flash, with every step's
 * instructions spent on the clock of the device that computes. So the overlap of the two devices, and of each
 * with its own wires, is the simulator's and not an assumption.
 */
import { Card } from '../../../firmware/card/card.js';
import { Terminal } from '../../../firmware/terminal/terminal.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { NfcError, NfcReader } from '../../../hal/nfc.js';
import { HsuLink } from '../../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../../hal/pn532/pn532.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { Pn532Module } from '../../../sim/chip/pn532-module.js';
import type { Quirks } from '../../../sim/chip/quirks.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { Uart } from '../../../sim/chip/uart.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import type { Device } from '../../../sim/device/device.js';
import { CONNECT_MS } from '../../../sim/world/world.js';
import type { CountedTouch } from './count.js';
import { NAMES, type Side, type Step, type TouchKind } from './steps.js';
import { type Tape, TapeRecorder } from './tape.js';

/** Wires between processor and PN532, and the bit rate on the air where it is not 106 kbit/s. */
export const LINKS = [
  'HSU 115,200',
  'HSU 921,600',
  'SPI 4 MHz',
  'HSU 921,600, 424 kbit/s',
  'SPI 4 MHz, 424 kbit/s',
] as const;
export type LinkName = (typeof LINKS)[number];
/** Baud of a serial line; undefined for SPI. */
const WIRES: Readonly<Record<LinkName, { readonly baud?: number; readonly bitRateMax_kbps: number }>> = {
  'HSU 115,200': { baud: 115_200, bitRateMax_kbps: 106 },
  'HSU 921,600': { baud: 921_600, bitRateMax_kbps: 106 },
  'SPI 4 MHz': { bitRateMax_kbps: 106 },
  'HSU 921,600, 424 kbit/s': { baud: 921_600, bitRateMax_kbps: 424 },
  'SPI 4 MHz, 424 kbit/s': { bitRateMax_kbps: 424 },
};

/** How long a processor takes. */
export interface Pace {
  readonly cyclesPerInstruction: number;
  readonly clock_MHz: number;
}

const timeOf_us = (instructions: number, { cyclesPerInstruction, clock_MHz }: Pace): number =>
  (instructions * cyclesPerInstruction) / clock_MHz;

/** When a step ran. */
export interface TimedStep {
  readonly step: Step;
  readonly start_us: number;
  end_us: number;
  /** Of it, waiting for flash. */
  flash_us: number;
}

export interface TimedTouch {
  readonly steps: readonly TimedStep[];
  /** From the terminal's first look for a card until it has let go of it. */
  readonly total_us: number;
  /** Until the payee has committed the payment and its receipt leaves. */
  readonly paid_us: number;
  /** From the terminal's keys of the session until the payee has the transfer: what R2 is about. */
  readonly sessionToTransfer_us: number;
  readonly air: { readonly bytes: number; readonly frames: number; readonly busy_us: number };
  /** Of each side's wires. */
  readonly link: Record<Side, { readonly bytes: number; readonly busy_us: number }>;
  readonly apduBytes: number;
  /** What each front end heard, and what it was given to send; over HSU. */
  readonly heard: Record<Side, { readonly tape: Tape; readonly messages: readonly string[] }>;
}

const TOUCH_US_MAX = 10e6;
const WARM_UP_US = 400_000;

/** One device of the desk; it plays the steps of its side, in order. */
class Place {
  readonly host: DeviceClock;
  readonly nor: NorFlash;
  readonly module: Pn532Module;
  readonly pn532: Pn532;
  readonly wallet: Wallet;
  readonly timed: TimedStep[] = [];
  readonly recorder: TapeRecorder;
  readonly messages: string[] = [];
  readonly #queue: Step[];
  #current: TimedStep | undefined;

  constructor(
    clock: VirtualClock,
    private readonly field: RfField,
    side: Side,
    of: Device,
    link: LinkName,
    steps: readonly Step[],
    private readonly time_us: (step: Step) => number,
    driver_us: (event: number) => number,
    quirks: Partial<Quirks>,
  ) {
    this.host = new DeviceClock(clock);
    const { sectorCount } = of.nor;
    this.nor = new NorFlash({ sectorCount, onBusy: (busy_us) => this.#flashBusy(busy_us) });
    this.nor.importImage(of.nor.exportImage());
    const { baud, bitRateMax_kbps } = WIRES[link];
    const wires = baud === undefined ? 'spi' : 'hsu';
    this.module = new Pn532Module({ clock, field, name: side, host: this.host, link: wires, quirks });
    this.module.chip.leaveField();
    const entropy = new SimEntropy(1, side);
    this.recorder = new TapeRecorder((event) => this.host.spend(driver_us(event)));
    const { wires: bus } = this.module;
    const wire =
      bus instanceof Uart ? new HsuLink(this.recorder.serial(bus.openSerial)) : this.module.createLink();
    const recorded = this.recorder.clock(this.host);
    const wired = { link: wire, clock: recorded, entropy, reader: { bitRateMax_kbps } };
    this.pn532 = new Pn532(baud === undefined ? wired : { ...wired, baud });
    this.wallet = Wallet.open({
      flash: this.nor,
      clock: this.host,
      entropy,
      crypto: opensslCrypto,
      crc32,
      presence: { show() {} },
    });
    this.wallet.idle();
    this.#queue = steps.filter((step) => step.side === side && step.name !== 'idle');
  }

  #flashBusy(busy_us: number): void {
    this.host?.spend(busy_us);
    if (this.#current) this.#current.flash_us += busy_us;
  }

  approach(): void {
    this.module.chip.enterField(this.field);
  }

  begin(): void {
    const step = this.#queue.shift();
    if (!step) throw new Error('the desk has more steps than the chip');
    this.#current = { step, start_us: this.host.local_us, end_us: 0, flash_us: 0 };
  }

  /** The computing of the step that has run is spent here. */
  end(): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    this.host.spend(this.time_us(current.step));
    this.timed.push({ ...current, end_us: this.host.local_us });
  }

  /** The message leaves when what came before it is computed. */
  sends(): void {
    this.end();
    this.begin();
  }
}

export interface TimeOptions {
  /** One step takes so much longer, to see whether that is felt. */
  readonly longer?: { readonly step: Step; readonly by_us: number };
  /** Instructions that the PN532's driver takes for each event of each side. */
  readonly driver?: Record<Side, readonly number[]>;
  /** What a PN532 takes between two blocks, where it is not the simulator's figure. */
  readonly turnAround_us?: number;
}

export function timeTouch(
  { pair, steps }: CountedTouch,
  link: LinkName,
  pace: Pace,
  options: TimeOptions = {},
): TimedTouch {
  const { longer, driver, turnAround_us } = options;
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const time_us = (step: Step) =>
    timeOf_us(step.instructions, pace) + (step === longer?.step ? longer.by_us : 0);
  const place = (side: Side) => {
    const driver_us = (event: number) => timeOf_us(driver?.[side][event] ?? 0, pace);
    const quirks = turnAround_us === undefined ? {} : { turnAround_us };
    return new Place(clock, field, side, pair[side], link, steps, time_us, driver_us, quirks);
  };
  const [terminal, card] = [place('terminal'), place('card')];
  warmUp(clock, terminal, card);

  let apduBytes = 0;
  let end_us = 0;
  const { reader } = terminal.pn532;
  const metered: NfcReader = {
    connect: (timeout_ms, done, select) => {
      terminal.end();
      const connected = (error: NfcError | undefined): void => {
        terminal.begin();
        done(error);
        terminal.end();
      };
      reader.connect(timeout_ms, connected, select);
    },
    transceive(command, done) {
      apduBytes += command.length;
      terminal.messages.push(Buffer.from(command).toString('hex'));
      terminal.sends();
      reader.transceive(command, (error, response) => {
        apduBytes += response.length;
        terminal.begin();
        done(error, response);
        terminal.end();
      });
    },
    release(done) {
      terminal.end();
      reader.release((error) => {
        terminal.begin();
        done(error);
        terminal.end();
      });
    },
  };
  const theTerminal = new Terminal(terminal.wallet, metered);
  const order = theTerminal.order(pair.kind, pair.amount);
  const before = { bytes: field.bytes, frames: field.counters.frames, busy_us: field.counters.busy_us };
  const places = { terminal, card };
  for (const each of [terminal, card]) {
    each.recorder.touch();
    each.module.resetCounters();
    each.approach();
  }
  const start_us = clock.now_us;
  terminal.begin();
  theTerminal.touch(order, CONNECT_MS, (result) => {
    if (result.outcome !== 'paid')
      throw new Error(`the touch on the desk: ${JSON.stringify(result.fault ?? result.refusal)}`);
    terminal.end();
    end_us = terminal.host.local_us;
  });
  clock.runUntil(() => end_us > 0, TOUCH_US_MAX);
  if (end_us === 0) throw new Error('the touch on the desk did not end');
  const timed = [...terminal.timed, ...card.timed]
    .map((each) => ({ ...each, start_us: each.start_us - start_us, end_us: each.end_us - start_us }))
    .sort((a, b) => a.start_us - b.start_us || a.end_us - b.end_us);
  const wireus = (side: Side) => {
    const { toChip_bytes, toHost_bytes, busy_us } = places[side].module.counters;
    return { bytes: toChip_bytes + toHost_bytes, busy_us };
  };
  const last = timed.findLast(({ step }) => step.side === payeeOf(pair.kind) && step.sentBytes > 0)!;
  return {
    steps: timed,
    total_us: end_us - start_us,
    paid_us: last.end_us,
    sessionToTransfer_us: sessionToTransfer_us(timed, pair.kind),
    air: {
      bytes: field.bytes - before.bytes,
      frames: field.counters.frames - before.frames,
      busy_us: field.counters.busy_us - before.busy_us,
    },
    link: { terminal: wireus('terminal'), card: wireus('card') },
    apduBytes,
    heard: { terminal: heardBy(terminal), card: heardBy(card) },
  };
}

const heardBy = ({ recorder: { events, ticks_ms }, messages }: Place) => ({
  tape: { events: [...events], ticks_ms: [...ticks_ms] },
  messages: [...messages],
});

function sessionToTransfer_us(timed: readonly TimedStep[], kind: TouchKind): number {
  const names: readonly string[] = NAMES[kind];
  const startOf = (of: Side, named: string) =>
    timed.find(({ step: { side, name, behind } }) => side === of && name === named && !behind)!.start_us;
  return startOf(payeeOf(kind), names.at(-1)!) - startOf('terminal', names[names.indexOf('HELLO') + 1]);
}

const payeeOf = (kind: TouchKind): Side => (kind === 'pull' ? 'terminal' : 'card');

/**
 * The terminal looks for a card once in vain, and the card listens: both front ends are set up, as in a shop
 * that is open.
 */
function warmUp(clock: VirtualClock, terminal: Place, card: Place): void {
  let vain = false;
  terminal.approach();
  terminal.pn532.reader.connect(50, () =>
    terminal.pn532.reader.release(() => {
      vain = true;
    }),
  );
  const theCard = new Card(card.wallet);
  card.pn532.card.listen({
    onActivated: (answer_us) => theCard.onActivated(answer_us),
    onCommand: (command, respond) => {
      card.begin();
      theCard.onCommand(command, (response) => {
        card.sends();
        card.messages.push(Buffer.from(response).toString('hex'));
        respond(response);
      });
      card.end();
    },
    onDeactivated: () => theCard.onDeactivated(),
  });
  clock.runFor(WARM_UP_US);
  if (!vain) throw new Error('the front ends did not start');
}
