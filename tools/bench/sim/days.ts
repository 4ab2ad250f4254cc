/**
 * Days in a town of ten, measured: `tsx days.ts TREE DAYS` prints `Measured` as JSON. TREE may be an older
 * revision of this project, so nothing but what is in it is imported from here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Crypto } from '../../../hal/crypto.js';
import type { Town } from '../../../sim/world/town.js';

/** Processor time of touches and of syncs, both sides, field, chips, flash and bank included. */
export interface Measured {
  readonly touches: number;
  readonly touch_s: number;
  readonly syncs: number;
  readonly sync_s: number;
}

const START_S = 1_800_000_000;
const PEOPLE = 8;
const SHOPS = 2;
const GROCERY = 5411;
const TOUCHES_A_DAY = 40;
const DAY_S = 86_400;
/**
 * The engine compiles while these are lived; they are not counted. After thirty of them its compilers still
 * took a third of the processor's time, and after sixty what a day takes no longer falls: a fuzzer's hours
 * are like that.
 */
const WARM_UP_DAYS = 60;

/** What a revision of this project opens, or where the town was in those before, the latest first. */
const PROGRAM = 'tools/bench/sim/town.ts';
const TOWNS = ['sim/world/town.ts', 'sim/town.ts'];

/** Each revision as it runs its own fuzzers: compiled, or from its sources. */
async function openTown(tree: string): Promise<Town> {
  const load = (file: string) => import(pathToFileURL(join(tree, file)).href);
  const open = ({ Town }: { Town: typeof import('../../../sim/world/town.js').Town }, crypto: Crypto) =>
    Town.open({ crypto, seed: 1, start_s: START_S });
  if (existsSync(join(tree, PROGRAM))) {
    const program = await (await load('tools/run.mjs')).run(PROGRAM);
    return open(program, program.crypto);
  }
  const file = TOWNS.find((each) => existsSync(join(tree, each)));
  if (!file) throw new Error(`no town in ${tree}`);
  return open(await load(file), (await load('hal/crypto/openssl.ts')).opensslCrypto);
}

/** The same dice in every revision. */
function makeDice(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % below;
  };
}

/** The processor's own time, since the time on the wall depends on who else is at work. */
function processor_s(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const named = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind} ${i + 1}`);

async function measure(tree: string, days: number): Promise<Measured> {
  const town = await openTown(tree);
  const dice = makeDice();
  const [people, shops] = [named('person', PEOPLE), named('shop', SHOPS)];
  for (const name of people) await town.enrol(name, { deposit: 500_000 });
  for (const name of shops) await town.enrol(name, { category: GROCERY });
  for (const name of people) {
    await town.load(name, 200_000);
    await town.sync(name);
  }
  const measured = { touches: 0, touch_s: 0, syncs: 0, sync_s: 0 };
  for (let day = -WARM_UP_DAYS; day < days; day++) {
    const before_s = processor_s();
    for (let i = 0; i < TOUCHES_A_DAY; i++) {
      const card = people[dice(PEOPLE)];
      const others = dice(3) === 0 ? people.filter((name) => name !== card) : shops;
      const reader = others[dice(others.length)];
      const order = town.resident(reader).device.terminal.order('pull', 1 + dice(300));
      const { result } = town.touch(reader, card, order);
      if (result?.outcome !== 'paid') throw new Error(`${card} pays ${reader}: ${result?.outcome}`);
    }
    const between_s = processor_s();
    for (const name of [...people, ...shops]) {
      const { outcome } = await town.sync(name);
      if (outcome !== 'done') throw new Error(`${name} syncs: ${outcome}`);
    }
    const after_s = processor_s();
    town.world.pass(DAY_S);
    if (day < 0) continue;
    measured.touches += TOUCHES_A_DAY;
    measured.touch_s += between_s - before_s;
    measured.syncs += PEOPLE + SHOPS;
    measured.sync_s += after_s - between_s;
  }
  await town.close();
  return measured;
}

const [tree, days] = process.argv.slice(2);
console.log(JSON.stringify(await measure(tree, Number(days))));
