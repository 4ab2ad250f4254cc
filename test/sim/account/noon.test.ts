import { beforeAll, describe, expect, it } from 'vitest';
import { hostCrypto as crypto } from '../../../hal/crypto/host.js';
import { faultsOfHour, playHour } from '../../../sim/account/noon/hour.js';
import { type Morning, openNoonBank, prepare } from '../../../sim/account/noon/morning.js';
import { LIMIT_OF_ONE, QUOTA, ROUNDS, type RoundKind, TRICKS } from '../../../sim/account/noon/plan.js';
import { noonRound, type RoundTold } from '../../../sim/account/noon/round.js';
import { ANSWER_MS_MAX } from '../../../sim/account/pool-client.js';
import { fileEngine } from '../../support/file-engine.js';

const SIZE = { users: 300, cheats: 40, terminals: 6, seed: 1 };
const unmeasured = () => () => ({ cpu_s: 0, wall_s: 0 });

const rounds = new Map<RoundKind, RoundTold>();
const mornings = new Map<RoundKind, Morning>();

beforeAll(async () => {
  for (const kind of ROUNDS) {
    const books = { database: await fileEngine(), schema: `noon_${kind}` };
    const bank = await openNoonBank(crypto, SIZE, books);
    const morning = await prepare(crypto, bank, SIZE);
    mornings.set(kind, morning);
    rounds.set(kind, await noonRound(crypto, bank, SIZE, morning, kind, unmeasured));
  }
});

describe.each(ROUNDS)('a site at noon, gateway %s', (kind) => {
  it('refuses no honest user within the quota, and serves everybody', () => {
    const { hour } = rounds.get(kind)!;
    expect(hour.honestRefused).toEqual({});
    expect(hour.visits).toBeGreaterThan(SIZE.users);
  });

  it('lets nobody pay beyond what those who decide alone let through', () => {
    const { hour } = rounds.get(kind)!;
    expect(hour.beyond).toEqual([]);
    if (kind === 'up') expect([hour.overspenders, hour.alone]).toEqual([0, 0]);
    else {
      expect(hour.overspenders).toBeGreaterThan(0);
      expect(hour.worst.bound).toBeLessThanOrEqual(SIZE.terminals * LIMIT_OF_ONE - QUOTA);
    }
  });

  it('takes no code of a clock that was turned, and hears of every trick', () => {
    const { hour } = rounds.get(kind)!;
    expect(hour.turnedTaken).toBe(0);
    expect(hour.cheats.clock.refused).toBe(hour.cheats.clock.visits);
    for (const trick of TRICKS) expect(hour.cheats[trick].visits).toBeGreaterThan(0);
    if (kind === 'up') expect(hour.cheats.copied.refused).toBeGreaterThan(0);
  });

  it('decides within 100 ms', () => {
    const { hour } = rounds.get(kind)!;
    expect(hour.longestWait_us).toBeLessThanOrEqual(ANSWER_MS_MAX * 1_000);
    if (kind === 'down') expect(hour.longestWait_us).toBe(0);
    // After a kill the first to ask has waited in vain.
    if (kind === 'split') expect(hour.longestWait_us).toBe(ANSWER_MS_MAX * 1_000);
  });

  it('has every bill at the bank, settled or set aside, and every credit by its name', () => {
    const { hour, settling, faults } = rounds.get(kind)!;
    const asides = Object.values(settling.asides).reduce((sum, count) => sum + count, 0);
    expect([settling.uploaded, settling.settled + asides]).toEqual([hour.bills, hour.bills]);
    // One code at two terminals of one site is all that can be set aside.
    expect(Object.keys(settling.asides)).toEqual(kind === 'up' ? [] : ['code-seen']);
    const { given, recovered, writtenOff, open } = settling;
    expect(given.users).toBeGreaterThan(0);
    expect(recovered.users + writtenOff.users + open.users).toBe(given.users);
    expect(recovered.amount + writtenOff.amount + open.amount).toBe(given.amount);
    expect(faults).toEqual([]);
  });

  it('goes the same way again by the same seed', () => {
    const { told } = playHour(crypto, SIZE, mornings.get(kind)!, kind);
    expect(told).toEqual(rounds.get(kind)!.hour);
    expect(faultsOfHour(SIZE, kind, told)).toEqual([]);
  });
});
