import type { Order } from '../../../firmware/terminal/order.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import type { NorFlash } from '../../../sim/chip/nor-flash.js';
import type { Device } from '../../../sim/device/device.js';
import { Town } from '../../../sim/world/town.js';
import { CONNECT_MS } from '../../../sim/world/world.js';
import { START_S } from './bank.js';
import { costOf, costSince, difference, type FlashCost } from './lab.js';

const PRICE = 1_250;

/** The flash work of one side, over many times. */
export interface SideFigures {
  readonly what: string;
  readonly times: number;
  readonly mean: FlashCost;
  readonly most: FlashCost;
}

/** One touch: the flash work of reader and card while it goes on, and of both behind it. */
function touch(
  town: Town,
  reader: Device,
  card: Device,
  order: Order,
): [FlashCost, FlashCost, FlashCost, FlashCost] {
  const [atReader, atCard] = [costOf(reader.nor), costOf(card.nor)];
  let readerEnd: FlashCost | undefined;
  let cardEnd: FlashCost | undefined;
  let outcome = '';
  town.world.meet(reader, card, () => {
    const { card: applet } = card;
    card.pn532.card.listen({
      onActivated: () => applet.onActivated(),
      onCommand: (command, respond) => applet.onCommand(command, respond),
      onDeactivated: () => {
        cardEnd ??= costOf(card.nor);
        applet.onDeactivated('removed');
      },
    });
    reader.terminal.touch(order, CONNECT_MS, (result) => {
      outcome = result.outcome;
      readerEnd = costOf(reader.nor);
    });
    return () => outcome !== '';
  });
  if (outcome !== 'paid' || readerEnd === undefined || cardEnd === undefined) {
    throw new Error(`a touch ends as ${outcome}`);
  }
  return [
    difference(readerEnd, atReader),
    difference(cardEnd, atCard),
    costSince(reader.nor, readerEnd),
    costSince(card.nor, cardEnd),
  ];
}

/** Real devices pay each other over a simulated field, and sync with a real bank. */
export async function measureTouches(seed: number, times: number): Promise<SideFigures[]> {
  const town = await Town.open({ crypto: hostCrypto, seed, start_s: START_S });
  try {
    const options = { deposit: 10_000_000, limits: { offlineCountMax: 10_000 } };
    const mei = (await town.enrol('Mei', options)).device;
    const stall = (await town.enrol('Stall', { ...options, category: 5814 })).device;
    const loads = await syncs(town, 'Mei', mei.nor, 4, () => town.load('Mei', PRICE * times));
    const [payee, payer, behindPayee, behindPayer] = [0, 1, 2, 3].map((): FlashCost[] => []);
    for (let i = 0; i < times; i++) {
      const costs = touch(town, stall, mei, stall.terminal.order('pull', PRICE));
      [payee, payer, behindPayee, behindPayer].forEach((list, side) => void list.push(costs[side]));
    }
    const [ofPayee] = await syncs(town, 'Stall', stall.nor, 1);
    const [ofPayer] = await syncs(town, 'Mei', mei.nor, 1);
    return [
      summary('payment, payer: transfer and receipt', payer),
      summary('payment, payee: receipt with the transfer', payee),
      summary('behind it, payer', behindPayer),
      summary('behind it, payee', behindPayee),
      summary('load: a sync that brings a note', loads),
      summary(`sync of the payee after ${times} payments`, [ofPayee]),
      summary(`sync of the payer after ${times} payments`, [ofPayer]),
      summary('sync with nothing to tell', await syncs(town, 'Stall', stall.nor, 4)),
    ];
  } finally {
    await town.close();
  }
}

async function syncs(
  town: Town,
  name: string,
  nor: NorFlash,
  times: number,
  before: () => Promise<void> = async () => {},
): Promise<FlashCost[]> {
  const costs: FlashCost[] = [];
  for (let i = 0; i < times; i++) {
    await before();
    const start = costOf(nor);
    const { outcome, detail } = await town.sync(name);
    if (outcome !== 'done') throw new Error(`a sync ends as ${outcome}: ${detail}`);
    costs.push(costSince(nor, start));
  }
  return costs;
}

function summary(what: string, costs: readonly FlashCost[]): SideFigures {
  const each = (of: (values: number[]) => number): FlashCost => {
    const names = Object.keys(costs[0]) as (keyof FlashCost)[];
    return Object.fromEntries(
      names.map((name) => [name, of(costs.map((cost) => cost[name]))]),
    ) as unknown as FlashCost;
  };
  return {
    what,
    times: costs.length,
    mean: each((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    most: each((values) => Math.max(...values)),
  };
}
