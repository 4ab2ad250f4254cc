/**
 * Has a suite run in Node (with noble, and with OpenSSL), in XS on the host, and in XS on the emulated chip,
 * with one test for each case in each of them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { crc32 } from '../../hal/crc32.js';
import { nobleCrypto } from '../../hal/crypto/noble.js';
import { plainFrames } from '../../hal/pn532/frame.js';
import { plainQr } from '../../sim/account/qr.js';
import { type EngineMemory, type EngineRun, runOn, whyNotOn } from '../../tools/xs/run.js';
import { providers } from '../hal/crypto/providers.js';
import { skipWithout } from '../support/external.js';
import type { Hardware, Suite } from './suite.js';

export interface Everywhere<Input> {
  /** The module that exports `suite`, from the project's root: `./test/xs/suites/name.js`. */
  readonly module: string;
  readonly suite: Suite<Input>;
  readonly input: Input;
  readonly memory?: Partial<EngineMemory>;
  /** In XS with libsodium alone; otherwise with the provider that boards take, and in Node. */
  readonly libsodium?: boolean;
}

/** What all engines are compared with. */
export const reference: Hardware = { crypto: nobleCrypto, crc32, frames: plainFrames, qr: plainQr };

/** Undefined where the engine can run. */
const whyNot = { host: await whyNotOn('host'), chip: await whyNotOn('chip') };

const engines = [
  { target: 'host', title: 'XS on the host' },
  { target: 'chip', title: 'XS on the emulated rv32imc chip' },
] as const;

export function testEverywhere<Input>(options: Everywhere<Input>): void {
  const { module, suite, input, memory = {}, libsodium = false } = options;
  for (const [provider, crypto] of libsodium ? [] : providers) {
    describe(`Node with ${provider}`, () => {
      for (const { name, run } of suite({ ...reference, crypto }, input)) test(name, run);
    });
  }

  const names = suite(reference, input).map(({ name }) => name);

  for (const { target, title: engine } of engines) {
    const title = libsodium ? `${engine}, with libsodium` : engine;
    const reason = whyNot[target];
    const skipped = skipWithout(reason === undefined, `${title} (${reason})`);
    describe.skipIf(skipped)(reason === undefined ? title : `${title} (skipped: ${reason})`, () => {
      let run: EngineRun;
      let results: Map<string, string>;

      beforeAll(async () => {
        const entry = `import { suite } from '${module}';
          import { runSuite } from './test/xs/main.js';
          ${libsodium ? "import { sodiumCrypto } from './hal/crypto/sodium.js';" : ''}
          runSuite(suite${libsodium ? ', sodiumCrypto' : ''});`;
        run = await runOn(target, entry, { input, memory });
        results = resultsOf(run.output);
      });

      test('runs to its end', () => {
        expect(run.exitCode, run.output).toBe(0);
        expect(results.size).toBe(names.length);
      });

      for (const name of names) {
        test(name, () =>
          expect(results.get(name) ?? `no result; the run ended with ${run.output.slice(-500)}`).toBe('pass'),
        );
      }
    });
  }
}

/** By name: `pass`, or what was wrong. */
function resultsOf(output: string): Map<string, string> {
  const lines = output.split('\n').map((line) => line.split('\t'));
  return new Map(
    lines
      .filter(([verdict]) => verdict === 'pass' || verdict === 'fail')
      .map(([verdict, , name, failure]) => [name, verdict === 'pass' ? verdict : failure]),
  );
}
