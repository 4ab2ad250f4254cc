import type { ChipCore } from './chip-core.js';
import { Gpio } from './gpio.js';
import { HostInterface, type HostPort } from './host-interface.js';
import { canList, canPoll, InitiatorCommands } from './initiator.js';
import {
  Code,
  ERROR_MASK,
  ErrorCode,
  FIRMWARE,
  Flag,
  RF_ITEM_BYTES,
  RfConfigurationItem,
  SAM_MODES,
  SERIAL_RATE_AT_POWER_UP,
  SERIAL_RATES,
} from './manual.js';
import { type Quirks, USUAL_QUIRKS } from './quirks.js';
import { Registers } from './registers.js';
import type { Antenna, RfField } from './rf-field.js';
import { TargetCommands } from './target.js';
import { CHIP } from './timing.js';
import type { VirtualClock } from './virtual-clock.js';

const FLAGS_AT_POWER_UP = Flag.automaticAtrRes | Flag.automaticRats;
/** Commands for NFC-DEP, which nobody in this field speaks: their answer comes after this. */
const DEP_TIMEOUT_US = 200_000;
const WARNINGS_MAX = 100;
const NOTHING = new Uint8Array(0);

type Wake = 'host' | 'field';
type Handler = (parameters: Uint8Array) => void;

/** A PN532 at the level of bytes on its host link and frames on the air. */
export class Pn532Chip implements ChipCore {
  readonly clock: VirtualClock;
  readonly antenna: Antenna;
  readonly registers = new Registers();
  readonly quirks: Quirks;
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
  #parameters: number = FLAGS_AT_POWER_UP;
  #nextBaud = 0;
  #lastError: number = ErrorCode.none;
  readonly #gpio = new Gpio();

  constructor(options: { clock: VirtualClock; field: RfField; name: string; quirks?: Partial<Quirks> }) {
    this.clock = options.clock;
    this.quirks = { ...USUAL_QUIRKS, ...options.quirks };
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
    return (this.#parameters & Flag.automaticRats) !== 0;
  }

  get isoDepCard(): boolean {
    return (this.#parameters & Flag.isoDepPicc) !== 0;
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
    this.host.port?.setBaud(SERIAL_RATE_AT_POWER_UP);
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
    this.#gpio.reset();
    this.host.reset();
    this.#parameters = FLAGS_AT_POWER_UP;
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
    if (!this.#lowVbat || code === Code.SAMConfiguration) return true;
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
    this.#lastError = data[0]! & ERROR_MASK;
    this.host.reply(data);
  };

  readonly #handlers: Readonly<Record<number, Handler>> = {
    [Code.Diagnose]: (parameters) => this.#diagnose(parameters),
    [Code.GetFirmwareVersion]: () => this.#reply(Uint8Array.from(FIRMWARE)),
    [Code.GetGeneralStatus]: () => this.#generalStatus(),
    [Code.ReadRegister]: (parameters) => this.#readRegisters(parameters),
    [Code.WriteRegister]: (parameters) => this.#writeRegisters(parameters),
    [Code.ReadGPIO]: () => this.#reply(this.#gpio.read()),
    [Code.WriteGPIO]: (parameters) => this.#writeGpio(parameters),
    [Code.SetSerialBaudRate]: (parameters) => this.#setBaud(parameters),
    [Code.SetParameters]: (parameters) => this.#setParameters(parameters),
    [Code.SAMConfiguration]: (parameters) => this.#configureSam(parameters),
    [Code.PowerDown]: (parameters) => this.#powerDown(parameters),
    [Code.RFConfiguration]: (parameters) => this.#configureRf(parameters),
    [Code.InListPassiveTarget]: this.#asInitiator(2, (p) => this.#initiator.list(p, this.#reply), canList),
    [Code.InAutoPoll]: this.#asInitiator(3, (p) => this.#initiator.autoPoll(p, this.#reply), canPoll),
    [Code.InDataExchange]: this.#asInitiator(1, (p) => this.#initiator.exchange(p, this.#replyStatus)),
    [Code.InCommunicateThru]: this.#asInitiator(0, (p) =>
      this.#initiator.communicateThru(p, this.#replyStatus),
    ),
    [Code.InDeselect]: this.#asInitiator(1, (p) => this.#initiator.letGo(p[0]!, false, this.#replyStatus)),
    [Code.InRelease]: this.#asInitiator(1, (p) => this.#initiator.letGo(p[0]!, true, this.#replyStatus)),
    [Code.InSelect]: this.#asInitiator(1, (p) => this.#initiator.select(p[0]!, this.#replyStatus)),
    [Code.InPSL]: this.#asInitiator(3, (p) => this.#initiator.changeRate(p, this.#replyStatus)),
    [Code.InATR]: this.#asInitiator(2, () => this.#findsNoDep()),
    [Code.InJumpForDEP]: this.#asInitiator(3, () => this.#findsNoDep()),
    [Code.InJumpForPSL]: this.#asInitiator(3, () => this.#findsNoDep()),
    [Code.RFRegulationTest]: () => this.#refuse('RFRegulationTest is not modelled'),
    [Code.TgInitAsTarget]: (parameters) => this.#initAsTarget(parameters),
    [Code.TgGetData]: () => this.#target.getData(this.#replyStatus),
    [Code.TgSetData]: (parameters) => this.#target.setData(parameters, false, this.#replyStatus),
    [Code.TgSetMetaData]: (parameters) => this.#target.setData(parameters, true, this.#replyStatus),
    [Code.TgGetInitiatorCommand]: () => this.#target.getInitiatorCommand(this.#replyStatus),
    [Code.TgResponseToInitiator]: (parameters) =>
      this.#target.respondToInitiator(parameters, this.#replyStatus),
    [Code.TgGetTargetStatus]: () => this.#reply(this.#target.status()),
    // General bytes are NFC-DEP's, for which no session here ever waits.
    [Code.TgSetGeneralBytes]: () => this.#replyStatus(Uint8Array.of(ErrorCode.wrongContext)),
  };

  #asInitiator(
    parametersMin: number,
    handler: Handler,
    isRight: (parameters: Uint8Array) => boolean = () => true,
  ): Handler {
    return (parameters) => {
      if (parameters.length < parametersMin) {
        this.#refuse(`${parameters.length} parameters, at least ${parametersMin} wanted`);
      } else if (!isRight(parameters)) {
        this.#refuse('parameters that do not exist');
      } else {
        this.#target.stop();
        handler(parameters);
      }
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

  /**
   * Last error, external field, targets (number, rates, kind: 0 for type A), and the state of the security
   * module.
   */
  #generalStatus(): void {
    const targets = this.#initiator.targets.listed.flatMap(({ number, rates: { toReader, toCard } }) => [
      number,
      toReader >> 1,
      toCard >> 1,
      0x00,
    ]);
    const external = this.field.hasCarrier(this.antenna) && !this.#initiator.carrier ? 1 : 0;
    this.#reply(Uint8Array.of(this.#lastError, external, targets.length / 4, ...targets, 0x00));
  }

  #writeGpio(parameters: Uint8Array): void {
    if (parameters.length !== 2) return this.#refuse(`WriteGPIO with ${parameters.length} bytes`);
    this.#gpio.write(parameters[0]!, parameters[1]!);
    this.#reply(NOTHING);
  }

  #readRegisters(parameters: Uint8Array): void {
    const values = this.registers.readAll(parameters);
    if (typeof values === 'number') this.#refuse(`register ${hex(values)} is not modelled`);
    else this.#reply(values);
  }

  #writeRegisters(parameters: Uint8Array): void {
    const unknown = this.registers.writeAll(parameters);
    if (unknown === undefined) this.#reply(NOTHING);
    else this.#refuse(`register ${hex(unknown)} is not modelled`);
  }

  #setBaud(parameters: Uint8Array): void {
    const baud = SERIAL_RATES[parameters[0] ?? SERIAL_RATES.length];
    if (baud === undefined) return this.#refuse(`SetSerialBaudRate ${parameters[0]}`);
    this.#nextBaud = baud;
    this.#reply(NOTHING);
  }

  #setParameters(parameters: Uint8Array): void {
    const flags = parameters[0] ?? 0;
    const unmodelled = Flag.nadUsed | Flag.didUsed;
    if ((flags & unmodelled) !== 0) this.warn('SetParameters: NAD and DID are not modelled');
    this.#parameters = flags;
    this.host.withoutPreamble = (flags & Flag.removePreamble) !== 0;
    this.#reply(NOTHING);
  }

  #configureSam(parameters: Uint8Array): void {
    if (!SAM_MODES.includes(parameters[0]!)) return this.#refuse(`SAMConfiguration mode ${parameters[0]}`);
    // No security module is connected: the modes that give it the antenna change nothing.
    this.#lowVbat = false;
    this.#reply(NOTHING);
  }

  /** WakeUpEnable: I2C, SPI and HSU are one here; bit 3 is the RF level. */
  #powerDown(parameters: Uint8Array): void {
    const enable = parameters[0] ?? 0;
    this.#initiator.setCarrier(false);
    this.#target.stop();
    this.#replyStatus(Uint8Array.of(ErrorCode.none));
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
    if (item === RfConfigurationItem.field) {
      this.#target.stop();
      this.#initiator.setCarrier((parameters[1]! & 0x01) !== 0);
    } else if (item === RfConfigurationItem.timings) {
      this.#initiator.timings = { atr: parameters[2]!, retry: parameters[3]! };
    } else if (item === RfConfigurationItem.maxRetries) {
      this.#initiator.maxRetries = { atr: parameters[1]!, psl: parameters[2]!, passive: parameters[3]! };
    }
    // The rest is analog, or for MIFARE: it changes nothing that this field models.
    this.#reply(NOTHING);
  }

  #findsNoDep(): void {
    this.#initiator.setCarrier(true);
    this.#initiator.wait(DEP_TIMEOUT_US, () => this.#replyStatus(Uint8Array.of(ErrorCode.timeout)));
  }

  #initAsTarget(parameters: Uint8Array): void {
    this.#initiator.setCarrier(false);
    if (!this.#target.initialise(parameters, this.#reply))
      this.#refuse('TgInitAsTarget: lengths that do not fit');
  }
}

const hex = (value: number): string => value.toString(16).padStart(value > 0xff ? 4 : 2, '0');
