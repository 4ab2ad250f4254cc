import type { Scenario } from '../scenario/scenario.js';

/** Who lives in the town of the page, and under which limits. A session goes on from here, as a scenario. */
export const TOWN: Scenario = {
  title: 'A session on the page',
  seed: 1,
  compute: 'modelled',
  start: '2026-05-16T09:00:00+08:00',
  currency: 'CNY',
  operators: [{ name: 'River Bank', quota: 10_000_000 }],
  profiles: {
    pocket: {
      paymentMax: 30_000,
      dayMax: 60_000,
      balanceMax: 100_000,
      offlineCountMax: 50,
      offlineDuration_s: 7 * 86_400,
      noConfirmMax: 5_000,
      noConfirmTotalMax: 12_000,
      buttonMax: 10_000,
    },
  },
  people: [
    { name: 'Mei', profile: 'pocket', deposit: 40_000, pin: '1357' },
    { name: 'Rui', profile: 'pocket', deposit: 40_000, pin: '2468' },
    {
      name: 'Lin',
      profile: 'pocket',
      deposit: 60_000,
      pin: '2580',
      face: 'screen',
      billed: { quota: 2_000, tier: 1 },
    },
    { name: 'Noodle stall', kind: 'merchant', category: 5814 },
    { name: 'Green Farm', kind: 'merchant', category: 5148 },
  ],
  accounts: [
    { name: 'Ana', quota: 2_000, tier: 1 },
    { name: 'Bo', quota: 2_000, tier: 0 },
  ],
  gates: [{ name: 'Metro gate' }, { name: 'Canteen', tierMin: 1 }],
  steps: [
    { do: 'load', who: ['Mei', 'Rui'], amount: 20_000 },
    { do: 'load', who: 'Lin', amount: 40_000 },
  ],
};
