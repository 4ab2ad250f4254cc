import { createInterface } from 'node:readline';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { Device } from '../../../sim/device/device.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { RealTime } from '../../../sim/host/real-time.js';
import { SerialChip } from '../../../sim/host/serial-chip.js';
import { TAGS } from '../../../sim/tag/tags.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import type { Movable } from '../../../sim/world/world.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type ChipFlags, HAND_HELP } from './pn532-words.js';
import { untilSignal } from './until-signal.js';

/** Well above what a wallet and its chip take from power to listening. */
const START_US = 1_000_000;

/** A wallet of a bank of its own; what readers learn of it needs no more. */
function wallet(field: RfField): Movable {
  const seed = new Uint32Array(1);
  nodeEntropy.fill(new Uint8Array(seed.buffer));
  const { clock } = field;
  const device = new Device({ name: 'wallet', clock, field, crypto: opensslCrypto, seed: seed[0] });
  const bank = new TestBank(opensslCrypto, Math.floor(Date.now() / 1_000), { seed: seed[0] });
  bank.enrol(device, { limits: ORDINARY });
  device.card.onDeactivated('removed');
  device.listen();
  const { chip } = device.module;
  return { enter: () => chip.enterField(field), leave: () => chip.leaveField() };
}

/** Serves modelled chips as serial ports until it is ended. Throws CliError `no-pty`. */
export async function serveChips(out: Output, flags: ChipFlags): Promise<Exit> {
  const ended = untilSignal();
  const field = new RfField(new VirtualClock());
  const realTime = new RealTime(field.clock);
  const things = new Map<string, Movable>(
    flags.field.map((thing) => [thing, thing === 'wallet' ? wallet(field) : TAGS[thing](field)]),
  );
  for (const thing of things.values()) thing.enter();
  // Whoever is told of a wallet finds it at once: its chip has been started, and listens.
  field.clock.runFor(START_US);
  const chips: SerialChip[] = [];
  const lines = createInterface({ input: process.stdin });
  try {
    for (let i = 1; i <= flags.chips; i++) chips.push(await openChip(field, realTime, `reader ${i}`));
    chips.forEach((chip, i) => {
      chip.module.chip.onWarning = (message) => out.line(`PN532 ${i + 1}: ${message}`);
      out.line(`port: ${chip.path}`);
    });
    out.line(
      things.size === 0 ? 'on the reader: nothing' : `on the reader: ${[...things.keys()].join(', ')}`,
    );
    out.line(`Next, in another terminal: ${next(chips)}`);
    out.line('Ctrl-C ends it.');
    lines.on('line', (line) => {
      realTime.catchUp();
      const wrong = act(line, things, chips);
      if (wrong !== undefined) out.line(wrong);
    });
    return await ended.promise;
  } finally {
    lines.close();
    realTime.stop();
    await Promise.all(chips.map((chip) => chip.close()));
  }
}

/** One chip is for libnfc; two make a touch. */
const next = ([{ path }, second]: readonly SerialChip[]): string =>
  second
    ? `npx tapnote card --port ${path}, and in a third: npx tapnote terminal 1250 --port ${second.path}`
    : `LIBNFC_DEFAULT_DEVICE=pn532_uart:${path} nfc-list`;

async function openChip(field: RfField, realTime: RealTime, name: string): Promise<SerialChip> {
  try {
    return await SerialChip.open(field, realTime, name);
  } catch (error) {
    throw new CliError(Exit.absent, 'no-pty', (error as Error).message);
  }
}

/** Does what a line says. Undefined when done, else what is wrong with it. */
function act(
  line: string,
  things: ReadonlyMap<string, Movable>,
  chips: readonly SerialChip[],
): string | undefined {
  const [word, what = '', ...rest] = line.trim().split(/\s+/);
  const thing = things.get(what);
  const chip = chips[Number(what) - 1];
  if (rest.length === 0 && thing && word === 'take') return void thing.leave();
  if (rest.length === 0 && thing && word === 'put') return void thing.enter();
  if (rest.length === 0 && chip && word === 'restart') return void chip.restart();
  return `not understood: ${JSON.stringify(line.slice(0, 40))}. ${HAND_HELP}`;
}
