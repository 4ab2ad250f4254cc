/**
 * The states that the firmware goes through in a touch and in a wallet's life, and the ways between them, as
 * the page draws them.
 * `test/sim/page/state-machines.test.ts` holds this table to what the running firmware does: it walks every
 * edge, and no other.
 */
import type { StateChange } from '../capture/states.js';

export type MachineName = StateChange['machine'];
export type StateOf<Machine extends MachineName> = Extract<StateChange, { machine: Machine }>['state'];

export interface Machine<State extends string = string> {
  readonly title: string;
  /** In the order in which they are drawn; what each is, and where it leads to. */
  readonly states: Readonly<Record<State, { readonly words: string; readonly to: readonly State[] }>>;
  /** Where every state leads to: not drawn. */
  readonly always: readonly State[];
}

type Machines = { readonly [Name in MachineName]: Machine<StateOf<Name>> };

export const MACHINES: Machines = {
  terminal: {
    title: 'terminal’s touch',
    always: ['off', 'idle'],
    states: {
      off: { words: 'without power', to: [] },
      idle: { words: 'no touch under way', to: ['looking'] },
      looking: { words: 'looks for a card', to: ['select'] },
      select: { words: 'SELECT: is it one of ours?', to: ['proximity', 'hello'] },
      proximity: { words: 'PROXIMITY: how near is it?', to: ['hello'] },
      hello: { words: 'HELLO: our certificate', to: ['identify', 'invoice', 'offer', 'resume'] },
      identify: {
        words: 'IDENTIFY: who is it?',
        to: ['certificate', 'deliver', 'invoice', 'offer', 'resume'],
      },
      resume: { words: 'RESUME: what is open?', to: ['certificate', 'receipt'] },
      invoice: { words: 'INVOICE: what is to be paid', to: ['verify', 'resume', 'certificate', 'transfer'] },
      verify: { words: 'VERIFY: the PIN', to: ['invoice'] },
      certificate: {
        words: 'CERTIFICATE: forgotten here',
        to: ['transfer', 'deliver', 'receipt', 'invoice', 'offer', 'resume'],
      },
      transfer: { words: 'TRANSFER: pay', to: ['receipt'] },
      receipt: { words: 'RECEIPT: it is booked', to: ['invoice', 'offer', 'resume'] },
      offer: { words: 'OFFER: we pay', to: ['resume', 'certificate', 'deliver'] },
      deliver: { words: 'DELIVER: our transfer', to: ['invoice', 'offer', 'resume'] },
    },
  },
  card: {
    title: 'card’s session',
    always: ['off', 'idle', 'stopped'],
    states: {
      off: { words: 'without power', to: [] },
      idle: { words: 'not selected', to: ['selected'] },
      selected: { words: 'selected: its key is out', to: ['greeted', 'syncing'] },
      greeted: { words: 'has heard HELLO, computes', to: ['secured'] },
      secured: { words: 'in a secured session', to: [] },
      syncing: { words: 'syncs with its bank', to: ['selected'] },
      stopped: { words: 'stopped: its flash has failed', to: [] },
    },
  },
  money: {
    title: 'money between the two',
    always: [],
    states: {
      quiet: { words: 'nothing is open', to: ['in flight', 'received', 'turned away'] },
      'in flight': { words: 'in flight: no receipt yet', to: ['paid', 'came back', 'received'] },
      paid: { words: 'paid: there is a receipt', to: ['in flight', 'received'] },
      'came back': { words: 'came back: the receipt is void', to: ['in flight'] },
      received: { words: 'received: a receipt is given', to: ['in flight'] },
      'turned away': { words: 'turned away: a void is given', to: ['received'] },
    },
  },
  lifecycle: {
    title: 'lifecycle',
    always: ['stopped'],
    states: {
      blank: { words: 'blank: no keys, no certificate', to: ['personalised'] },
      personalised: { words: 'personalised: not synced yet', to: ['active'] },
      active: { words: 'active: pays and is paid', to: ['pin-locked', 'suspended', 'expired'] },
      'pin-locked': { words: 'PIN locked: takes no PIN', to: ['active', 'suspended', 'expired'] },
      suspended: { words: 'suspended by its bank', to: ['active', 'pin-locked'] },
      expired: { words: 'expired: its certificate is old', to: ['active', 'pin-locked', 'suspended'] },
      stopped: { words: 'stopped: its journal is broken', to: [] },
    },
  },
};
