/** What the firmware of the two devices of a touch is in, moment by moment, read off the running firmware. */
import { sameBytes } from '../../firmware/bytes.js';
import type { CardState } from '../../firmware/card/card.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { Ins } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import type { Terminal } from '../../firmware/terminal/terminal.js';
import type { Wallet } from '../../firmware/wallet/wallet.js';
import { codeName } from '../code-name.js';
import type { Device } from '../device/device.js';

/** The terminal: looks for a card, or what it has said last. */
export type TerminalState =
  | 'off'
  | 'idle'
  | 'looking'
  | 'select'
  | 'proximity'
  | 'hello'
  | Exclude<keyof typeof Message, 'unlock' | 'balance' | 'history' | 'account'>;

/** The money between the two, as the ledger of one of them has it. */
export type MoneyState = 'quiet' | 'in flight' | 'paid' | 'came back' | 'received' | 'turned away';

/** The wallet's condition, in the firmware's words. */
export type LifecycleState = Exclude<keyof typeof Lifecycle, 'pinLocked'> | 'pin-locked';

export type StateChange = {
  readonly at_us: number;
  readonly device: string;
} & (
  | { readonly machine: 'terminal'; readonly state: TerminalState }
  | { readonly machine: 'card'; readonly state: CardState | 'off' }
  | { readonly machine: 'money'; readonly state: MoneyState }
  | { readonly machine: 'lifecycle'; readonly state: LifecycleState }
);

/** Two devices that touch. */
interface Pair {
  readonly reader: Device;
  readonly card: Device;
  /** Entries in the journal of each when they came together. */
  readonly began: ReadonlyMap<Device, number>;
}

/** Looks at devices, and tells of what has changed. */
export class Watch {
  readonly #before = new Map<string, string>();
  #pair: Pair | undefined;

  constructor(private readonly tell: (change: StateChange) => void) {}

  /** Two come together: what they are in is told anew. */
  begin(reader: Device, card: Device): void {
    const pair = [reader, card];
    this.#pair = { reader, card, began: new Map(pair.map((each) => [each, each.wallet.ledger.sequence])) };
    this.#before.clear();
    for (const device of pair) this.look(device);
  }

  look(device: Device): void {
    const common = { at_us: device.host.local_us, device: device.name };
    this.#tell({ ...common, machine: 'terminal', state: terminalState(device) });
    this.#tell({ ...common, machine: 'card', state: device.powered ? device.cardState : 'off' });
    // Without power nobody can ask; what is in flash stays.
    if (!device.powered) return;
    this.#tell({ ...common, machine: 'lifecycle', state: lifecycleState(device.wallet) });
    const { reader, card, began } = this.#pair ?? {};
    const sequence = began?.get(device);
    const other = device === reader ? card : reader;
    if (sequence === undefined || !other) return;
    this.#tell({ ...common, machine: 'money', state: moneyState(device, other, sequence) });
  }

  #tell(change: StateChange): void {
    const place = `${change.machine} of ${change.device}`;
    if (this.#before.get(place) === change.state) return;
    this.#before.set(place, change.state);
    this.tell(change);
  }
}

export const lifecycleState = ({ lifecycle }: Wallet): LifecycleState =>
  codeName(Lifecycle, lifecycle) as LifecycleState;

function terminalState({ powered, terminal }: Device): TerminalState {
  return powered ? saidBy(terminal) : 'off';
}

function saidBy({ said }: Terminal): TerminalState {
  if (!said) return 'idle';
  const { ins, message } = said;
  if (ins === undefined) return 'looking';
  const name = ins === Ins.secure && message !== undefined ? codeName(Message, message) : codeName(Ins, ins);
  return name as TerminalState;
}

/** By the entries that `device` has written since its journal had `began` of them; else by what is open. */
function moneyState(device: Device, other: Device, began: number): MoneyState {
  const { ledger } = device.wallet;
  const { sequence, newest, inFlightTransfers } = ledger;
  const entry = sequence > began ? newest : undefined;
  if (entry?.kind === 'in') return 'received';
  if (entry?.kind === 'refused') return 'turned away';
  const payee = other.wallet.certificate.id;
  if (inFlightTransfers.some(({ transfer }) => sameBytes(transfer.payee, payee))) return 'in flight';
  if (entry?.kind !== 'answer') return 'quiet';
  return entry.receipt.outcome === Outcome.accepted ? 'paid' : 'came back';
}
