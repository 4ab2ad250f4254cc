/** What the SDK's engine runs: every suite in one program; its input says which of them, and what for. */
import { runSuite } from '../../xs/main.js';
import type { Suite } from '../../xs/suite.js';
import { suite as channel } from '../../xs/suites/channel.js';
import { suite as codec } from '../../xs/suites/codec.js';
import { suite as crypto } from '../../xs/suites/crypto.js';
import { suite as frames } from '../../xs/suites/frames.js';
import { suite as noise } from '../../xs/suites/noise.js';
import { suite as payments } from '../../xs/suites/payments.js';
import { suite as policy } from '../../xs/suites/policy.js';
import { suite as qr } from '../../xs/suites/qr.js';
import { suite as store } from '../../xs/suites/store.js';
import { suite as wallet } from '../../xs/suites/wallet.js';

const suites = { channel, codec, crypto, frames, noise, payments, policy, qr, store, wallet };

export type SuiteName = keyof typeof suites;

export interface SuiteInput {
  readonly name: SuiteName;
  readonly input: unknown;
}

runSuite<SuiteInput>((hardware, { name, input }) => (suites[name] as Suite<unknown>)(hardware, input));
