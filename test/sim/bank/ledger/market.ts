import type { Bank } from '../../../../sim/bank/bank.js';
import type { VerifierKey } from '../../../../sim/bank/ledger/note.js';
import {
  CENTRAL_BANK,
  type Cosigner,
  operatorName,
  Publisher,
} from '../../../../sim/bank/ledger/publisher.js';
import { type Shelf, Witness } from '../../../../sim/bank/ledger/witness.js';
import type { ScriptedDevice } from '../scripted-device.js';
import { crypto, enrolDevice, syncDevice } from '../world.js';

export const NOW_S = 1_800_000_000;

/** Files in memory. */
export class MemoryShelf implements Shelf {
  readonly files = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.files.get(name)?.slice();
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes.slice());
  }
}

export interface OwnWitness extends Cosigner {
  readonly witness: Witness;
  readonly shelf: MemoryShelf;
}

/** The witness of `name`, which knows all logs but its own operator's. */
function witnessOf(bank: Bank, name: string, shelf = new MemoryShelf()): OwnWitness {
  const logs = bank.logs.all.filter(({ operator }) => operatorName(operator) !== name).map(({ key }) => key);
  return witnessOfLogs(`${bank.logs.house}/${name}/witness`, name, logs, shelf);
}

function witnessOfLogs(
  full: string,
  name: string,
  logs: readonly VerifierKey[],
  shelf: MemoryShelf,
): OwnWitness {
  const key = crypto.ed25519KeyFromSeed(crypto.sha256(new TextEncoder().encode(full)));
  const witness = new Witness(crypto, { name: full, key, logs, shelf, now_s: () => NOW_S });
  return { name, key: witness.vkey, witness, shelf, ask: (body) => witness.addCheckpoint(body) };
}

/** A bank whose operators and central bank witness each other. */
export function witnessed(bank: Bank): { publisher: Publisher; witnesses: OwnWitness[]; silent: string[] } {
  const names = [CENTRAL_BANK, ...bank.logs.all.map(({ operator }) => operatorName(operator))];
  const witnesses = names.map((name) => witnessOf(bank, name));
  const silent: string[] = [];
  const publisher = new Publisher(
    bank.logs,
    crypto,
    witnesses,
    (...words) => void silent.push(words.join(': ')),
  );
  return { publisher, witnesses, silent };
}

let markets = 0;

/** People of both operators who have paid each other; who settles first is mixed. */
export async function marketDay(
  bank: Bank,
  payments: readonly { readonly from: number; readonly to: number; readonly amount: number }[],
  people = 4,
): Promise<ScriptedDevice[]> {
  const day = markets++;
  const devices: ScriptedDevice[] = [];
  for (let i = 0; i < people; i++)
    devices.push(await enrolDevice(bank, `m${day}-${i}`, { money: 1_000, operator: 1 + (i % 2) }));
  for (const { from, to, amount } of payments)
    devices[from].book(devices[to].take(devices[from].pay(devices[to], amount)));
  for (const device of devices) await syncDevice(bank, device);
  return devices;
}

export const text = (bytes: Uint8Array | string | undefined): string =>
  typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);

/** The log of an operator, as a mirror reads it from a bank in this process. */
export const sourceOf = (bank: Bank, operator: number) => async (path: string) => {
  const file = await bank.logs.file(operator, path);
  return typeof file === 'string' ? new TextEncoder().encode(file) : file;
};
