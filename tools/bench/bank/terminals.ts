import { Role } from '../../../firmware/objects/certificate.js';
import { SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { UNLIMITED } from '../../../firmware/selftest/test-issuer.js';
import type { BankClient } from '../../../sim/bank/server/client.js';
import { BODY_BYTES_MAX } from '../../../sim/bank/server/http.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { LooseDevice } from '../../../sim/fuzz/loose-device.js';
import { personaliseFor } from '../../../sim/world/personalise.js';

/** Of every payment; minor units. */
export const PRICE = 100;
const MONEY = 10_000_000;
const CATEGORY = 5411;

/** Real firmware, with whatever it has taken since its last sync. */
export class Terminal {
  constructor(
    readonly device: LooseDevice,
    private readonly client: BankClient,
  ) {}

  /** Whether the sync came to its end. */
  async sync(): Promise<boolean> {
    const line = this.client.openSync();
    try {
      return await this.device.sync((message) => line.step(message), BODY_BYTES_MAX);
    } catch {
      return false;
    }
  }

  /** Takes a payment by a touch of a card. */
  sell({ device: card }: Terminal): void {
    let outcome = 'unfinished';
    const terminal = this.device.terminalFor(card);
    terminal.touch(terminal.order('pull', PRICE), 1_000, (result) => {
      outcome = result.outcome;
    });
    for (const { wallet } of [this.device, card]) wallet.idle();
    if (outcome !== 'paid') throw new Error(`a payment ended with ${outcome}`);
  }
}

/** A shop, whose payments go to its account. */
export interface Seller {
  readonly terminal: Terminal;
  readonly account: number;
}

export class Market {
  #names = 0;

  constructor(
    private readonly client: BankClient,
    private readonly now_s: number,
  ) {}

  async #open(isShop: boolean): Promise<{ terminal: Terminal; account: number; id: Uint8Array }> {
    const name = `m${this.#names++}`;
    const device = new LooseDevice(name, { now_s: this.now_s }, new SimEntropy(1, name));
    const account = await this.client.createAccount(1, name, { settleTo: isShop ? 'account' : 'device' });
    device.exchange(SELECT_APPLICATION);
    const id = await personaliseFor(this.client, (command) => device.exchange(command), {
      account,
      role: isShop ? Role.merchant : Role.person,
      category: isShop ? CATEGORY : 0,
      limits: UNLIMITED,
      currency: 'CNY',
      now_s: this.now_s,
    });
    return { terminal: new Terminal(device, this.client), account, id };
  }

  async shop(): Promise<Terminal> {
    return (await this.seller()).terminal;
  }

  async seller(): Promise<Seller> {
    const { terminal, account } = await this.#open(true);
    await synced(terminal);
    return { terminal, account };
  }

  async customer(): Promise<Terminal> {
    const { terminal, account, id } = await this.#open(false);
    await this.client.deposit(account, MONEY);
    await this.client.load(account, id, MONEY);
    await synced(terminal);
    return terminal;
  }
}

/** Of whoever is not counted. */
export async function synced(terminal: Terminal): Promise<void> {
  if (!(await terminal.sync())) throw new Error('a sync failed');
}
