import {
  BAUD_AT_POWER_UP,
  BAUD_RATES,
  Command,
  Parameter,
  RfItem,
  Status,
} from '../../hal/pn532/commands.js';
import { HostInterface, type HostPort } from './host-interface.js';
import { InitiatorCommands } from './initiator.js';
import { Registers } from './registers.js';
import type { Antenna, RfField } from './rf-field.js';
import { TargetCommands } from './target.js';
import { CHIP } from './timing.js';
import type { VirtualClock } from './virtual-clock.js';

/** What the chip's parts ask of the whole. */
export interface ChipCore {
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly antenna: Antenna;
  readonly registers: Registers;
  /** SetParameters bits. */
  readonly automaticRats: boolean;
  readonly isoDepCard: boolean;
  /** Something was asked for that this model does not do as a chip would. */
  warn(message: string): void;
}

const FIRMWARE = Uint8Array.of(0x32, 0x01, 0x06, 0x07);
const PARAMETERS_AT_POWER_UP = Parameter.automaticAtrRes | Parameter.automaticRats;
const SAM_NORMAL = 0x01;
/** RFConfiguration: bytes after the item. */
const RF_ITEM_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 3,
  4: 1,
  5: 3,
  10: 11,
  11: 8,
  12: 3,
  13: 9,
};
/** Commands for NFC-DEP, which nobody in this field speaks: their answer comes after this. */
const DEP_TIMEOUT_US = 200_000;
const WARNINGS_MAX = 100;

type Wake = 'host' | 'field';
type Handler = (parameters: Uint8Array) => void;

/** A PN532 at the level of bytes on its host link and frames on the air. */
export class Pn532Chip implements ChipCore {
  readonly clock: VirtualClock;
  readonly antenna: Antenna;
  readonly registers = new Registers();
  readonly host: HostInterface;
  /** What was asked for that this model does not do, or the chip would not. */
  readonly warnings: string[] = [];
  onWarning: ((message: string) => void) | undefined;
  #field: RfField;
  readonly #initiator: InitiatorCommands;
  readonly #target: TargetCommands;
  #powered = true;
  /** LowVbat after power-up: only SAMConfiguration is heard. */
  #lowVbat = true;
  #asleep = true;
  #wakes = new Set<Wake>(['host']);
  #listensFrom_us = 0;
  #parameters: number = PARAMETERS_AT_POWER_UP;
  #nextBaud = 0;
  #lastError: number = Status.ok;

  constructor(options: { clock: VirtualClock; field: RfField; name: string }) {
    this.clock = options.clock;
    this.#field = options.field;
    this.antenna = {
      name: options.name,
      onCarrier: (on) => this.#onCarrier(on),
      onFrame: (frame) =>
        this.#initiator.carrier ? this.#initiator.onFrame(frame) : this.#target.onFrame(frame),
    };
    this.#initiator = new InitiatorCommands(this);
    this.#target = new TargetCommands(this);
    this.host = new HostInterface(this.clock, {
      accepts: (code) => this.#accepts(code),
      onCommand: (code, parameters) => this.#execute(code, parameters),
      onAbort: () => this.#abort(),
      onAcknowledged: () => this.#changeBaud(),
      warn: (message) => this.warn(message),
    });
    options.field.enter(this.antenna);
  }

  get automaticRats(): boolean {
    return (this.#parameters & Parameter.automaticRats) !== 0;
  }

  get isoDepCard(): boolean {
    return (this.#parameters & Parameter.isoDepCard) !== 0;
  }

  get powered(): boolean {
    return this.#powered;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  connect(port: HostPort): void {
    this.host.port = port;
  }

  warn(message: string): void {
    if (this.warnings.length < WARNINGS_MAX) this.warnings.push(message);
    this.onWarning?.(message);
  }

  /** Everything is lost at once: field, session, registers, and what was on its way to the host. */
  powerOff(): void {
    if (!this.#powered) return;
    this.#reset();
    this.#field.stopSending(this.antenna);
    this.#powered = false;
  }

  powerOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.host.port?.setBaud(BAUD_AT_POWER_UP);
  }

  /** The field in which the chip is, or was last. */
  get field(): RfField {
    return this.#field;
  }

  /** Comes into a field: the same again, or another. Its own carrier, if it is on, comes along. */
  enterField(field: RfField = this.#field): void {
    if (field !== this.#field) {
      this.leaveField();
      this.#field.setCarrier(this.antenna, false);
      this.#field = field;
      field.setCarrier(this.antenna, this.#initiator.carrier);
    }
    field.enter(this.antenna);
  }

  leaveField(): void {
    this.#field.leave(this.antenna);
  }

  /** The host selects the chip, or sends a byte. What comes while it wakes up is lost. */
  wake(): void {
    if (!this.#powered || !this.#asleep || !this.#wakes.has('host')) return;
    this.#wakeUp();
  }

  /** Bytes from the host, of which the first took `byte_us` to come and the last has come now. */
  receive(bytes: Uint8Array, byte_us: number): void {
    if (!this.#powered || bytes.length === 0) return;
    const first_us = this.clock.now_us - (bytes.length - 1) * byte_us;
    if (this.#asleep) {
      if (!this.#wakes.has('host')) return;
      this.#wakeUp();
      this.#listensFrom_us = first_us + CHIP.wake_us;
    }
    const late_us = this.#listensFrom_us - first_us;
    const lost = late_us <= 0 ? 0 : byte_us === 0 ? bytes.length : Math.ceil(late_us / byte_us);
    if (lost < bytes.length) this.host.receive(bytes, lost, bytes.length);
  }

  #wakeUp(): void {
    this.#asleep = false;
    this.#listensFrom_us = this.clock.now_us + CHIP.wake_us;
  }

  #reset(): void {
    this.#initiator.reset();
    this.#target.stop();
    this.registers.reset();
    this.host.reset();
    this.#parameters = PARAMETERS_AT_POWER_UP;
    this.#lowVbat = true;
    this.#asleep = true;
    this.#wakes = new Set<Wake>(['host']);
    this.#listensFrom_us = 0;
    this.#nextBaud = 0;
  }

  #onCarrier(on: boolean): void {
    if (!this.#powered) return;
    if (this.#asleep && on && this.#wakes.has('field')) this.#wakeUp();
    this.#target.onCarrier(on);
  }

  #accepts(code: number): boolean {
    if (!this.#lowVbat || code === Command.SAMConfiguration) return true;
    this.warn(`command ${hex(code)} before SAMConfiguration`);
    return false;
  }

  #abort(): void {
    this.#initiator.stop();
    this.#target.abort();
  }

  #changeBaud(): void {
    if (this.#nextBaud === 0) return;
    this.host.port?.setBaud(this.#nextBaud);
    this.#nextBaud = 0;
  }

  #execute(code: number, parameters: Uint8Array): void {
    this.#nextBaud = 0;
    const handler = this.#handlers[code];
    if (handler === undefined) this.#refuse(`unknown command ${hex(code)}`);
    else handler(parameters);
  }

  #refuse(message: string): void {
    this.warn(message);
    this.host.refuse();
  }

  readonly #reply = (data: Uint8Array): void => this.host.reply(data);

  /** A reply that begins with a status, which GetGeneralStatus remembers. */
  readonly #replyStatus = (data: Uint8Array): void => {
    this.#lastError = data[0]! & 0x3f;
    this.host.reply(data);
  };

  readonly #handlers: Readonly<Record<number, Handler>> = {
    [Command.Diagnose]: (parameters) => this.#diagnose(parameters),
    [Command.GetFirmwareVersion]: () => this.#reply(FIRMWARE),
    [Command.GetGeneralStatus]: () => this.#generalStatus(),
    [Command.ReadRegister]: (parameters) => this.#readRegisters(parameters),
    [Command.WriteRegister]: (parameters) => this.#writeRegisters(parameters),
    [Command.SetSerialBaudRate]: (parameters) => this.#setBaud(parameters),
    [Command.SetParameters]: (parameters) => this.#setParameters(parameters),
    [Command.SAMConfiguration]: (parameters) => this.#configureSam(parameters),
    [Command.PowerDown]: (parameters) => this.#powerDown(parameters),
    [Command.RFConfiguration]: (parameters) => this.#configureRf(parameters),
    [Command.InListPassiveTarget]: this.#asInitiator(2, (p) => this.#initiator.list(p, this.#reply)),
    [Command.InAutoPoll]: this.#asInitiator(3, (p) => this.#initiator.autoPoll(p, this.#reply)),
    [Command.InDataExchange]: this.#asInitiator(1, (p) => this.#initiator.exchange(p, this.#replyStatus)),
    [Command.InCommunicateThru]: this.#asInitiator(0, (p) =>
      this.#initiator.communicateThru(p, this.#replyStatus),
    ),
    [Command.InDeselect]: this.#asInitiator(1, (p) => this.#initiator.letGo(p[0]!, false, this.#replyStatus)),
    [Command.InRelease]: this.#asInitiator(1, (p) => this.#initiator.letGo(p[0]!, true, this.#replyStatus)),
    [Command.InSelect]: this.#asInitiator(1, (p) => this.#initiator.select(p[0]!, this.#replyStatus)),
    [Command.InPSL]: this.#asInitiator(3, (p) => this.#changeSpeed(p)),
    [Command.InATR]: this.#asInitiator(2, () => this.#findsNoDep()),
    [Command.InJumpForDEP]: this.#asInitiator(3, () => this.#findsNoDep()),
    [Command.InJumpForPSL]: this.#asInitiator(3, () => this.#findsNoDep()),
    [Command.TgInitAsTarget]: (parameters) => this.#initAsTarget(parameters),
    [Command.TgGetData]: () => this.#target.getData(this.#replyStatus),
    [Command.TgSetData]: (parameters) => this.#target.setData(parameters, false, this.#replyStatus),
    [Command.TgSetMetaData]: (parameters) => this.#target.setData(parameters, true, this.#replyStatus),
    [Command.TgGetInitiatorCommand]: () => this.#target.getInitiatorCommand(this.#replyStatus),
    [Command.TgResponseToInitiator]: (parameters) =>
      this.#target.respondToInitiator(parameters, this.#replyStatus),
    [Command.TgGetTargetStatus]: () => this.#reply(this.#target.status()),
    // General bytes are NFC-DEP's, for which no session here ever waits.
    [Command.TgSetGeneralBytes]: () => this.#replyStatus(Uint8Array.of(Status.wrongContext)),
  };

  #asInitiator(parametersMin: number, handler: Handler): Handler {
    return (parameters) => {
      if (parameters.length < parametersMin) {
        this.#refuse(`${parameters.length} parameters, at least ${parametersMin} wanted`);
        return;
      }
      this.#target.stop();
      handler(parameters);
    };
  }

  #diagnose(parameters: Uint8Array): void {
    switch (parameters[0]) {
      case 0x00: // communication line: everything back
        this.#reply(parameters);
        break;
      case 0x01: // ROM
      case 0x02: // RAM
        this.#reply(Uint8Array.of(0x00));
        break;
      case 0x06:
        this.#initiator.checkPresence(this.#reply);
        break;
      default:
        this.#refuse(`Diagnose ${hex(parameters[0] ?? 0)} is not modelled`);
    }
  }

  #generalStatus(): void {
    const targets = this.#initiator.target === undefined ? [] : [0x01, 0x00, 0x00, 0x00];
    const external = this.field.hasCarrier(this.antenna) && !this.#initiator.carrier ? 1 : 0;
    this.#reply(Uint8Array.of(this.#lastError, external, targets.length === 0 ? 0 : 1, ...targets, 0x00));
  }

  #readRegisters(parameters: Uint8Array): void {
    const values = this.registers.readAll(parameters);
    if (typeof values === 'number') this.#refuse(`register ${hex(values)} is not modelled`);
    else this.#reply(values);
  }

  #writeRegisters(parameters: Uint8Array): void {
    const unknown = this.registers.writeAll(parameters);
    if (unknown === undefined) this.#reply(new Uint8Array(0));
    else this.#refuse(`register ${hex(unknown)} is not modelled`);
  }

  #setBaud(parameters: Uint8Array): void {
    const baud = BAUD_RATES[parameters[0] ?? BAUD_RATES.length];
    if (baud === undefined) {
      this.#refuse(`SetSerialBaudRate ${parameters[0]}`);
      return;
    }
    this.#nextBaud = baud;
    this.#reply(new Uint8Array(0));
  }

  #setParameters(parameters: Uint8Array): void {
    const flags = parameters[0] ?? 0;
    const unmodelled = Parameter.nad | Parameter.did;
    if ((flags & unmodelled) !== 0) this.warn('SetParameters: NAD and DID are not modelled');
    this.#parameters = flags;
    this.host.withoutPreamble = (flags & Parameter.noPreamble) !== 0;
    this.#reply(new Uint8Array(0));
  }

  #configureSam(parameters: Uint8Array): void {
    if (parameters[0] !== SAM_NORMAL) {
      this.#refuse(`SAMConfiguration mode ${parameters[0]}: there is no security module`);
      return;
    }
    this.#lowVbat = false;
    this.#reply(new Uint8Array(0));
  }

  /** WakeUpEnable: I2C, SPI and HSU are one here; bit 3 is the RF level. */
  #powerDown(parameters: Uint8Array): void {
    const enable = parameters[0] ?? 0;
    this.#initiator.setCarrier(false);
    this.#target.stop();
    this.#replyStatus(Uint8Array.of(Status.ok));
    this.clock.schedule(CHIP.command_us + 1, () => {
      if (!this.#powered || this.host.busy) return;
      this.#asleep = true;
      this.#wakes = new Set<Wake>();
      if ((enable & 0xb0) !== 0) this.#wakes.add('host');
      if ((enable & 0x08) !== 0) this.#wakes.add('field');
    });
  }

  #configureRf(parameters: Uint8Array): void {
    const item = parameters[0] ?? 0;
    if (RF_ITEM_BYTES[item] !== parameters.length - 1) {
      this.#refuse(`RFConfiguration item ${hex(item)} with ${parameters.length - 1} bytes`);
      return;
    }
    if (item === RfItem.field) {
      this.#target.stop();
      this.#initiator.setCarrier((parameters[1]! & 0x01) !== 0);
    } else if (item === RfItem.timings) {
      this.#initiator.timings = { atr: parameters[2]!, retry: parameters[3]! };
    } else if (item === RfItem.maxRetries) {
      this.#initiator.maxRetries = { atr: parameters[1]!, psl: parameters[2]!, passive: parameters[3]! };
    }
    // The rest is analog, or for MIFARE: it changes nothing that this field models.
    this.#reply(new Uint8Array(0));
  }

  #changeSpeed(parameters: Uint8Array): void {
    if (this.#initiator.target === undefined) {
      this.#replyStatus(Uint8Array.of(Status.wrongContext));
    } else if (parameters[1] !== 0 || parameters[2] !== 0) {
      this.warn('InPSL: only 106 kbit/s is modelled');
      this.#replyStatus(Uint8Array.of(Status.badParameter));
    } else {
      this.#replyStatus(Uint8Array.of(Status.ok));
    }
  }

  #findsNoDep(): void {
    this.#initiator.setCarrier(true);
    this.#initiator.wait(DEP_TIMEOUT_US, () => this.#replyStatus(Uint8Array.of(Status.timeout)));
  }

  #initAsTarget(parameters: Uint8Array): void {
    this.#initiator.setCarrier(false);
    if (!this.#target.initialise(parameters, this.#reply))
      this.#refuse('TgInitAsTarget: lengths that do not fit');
  }
}

const hex = (value: number): string => value.toString(16).padStart(value > 0xff ? 4 : 2, '0');
