import { describe, expect, test } from 'vitest';
import { runOn, runOnChip, runOnHost, whyNotOn } from '../../tools/xs/run.js';
import { skipWithout } from '../support/external.js';

const script = (...lines: string[]) =>
  [
    "import { print, input, instructions, memory, collectGarbage } from './tools/xs/engine.js';",
    ...lines,
  ].join('\n');

for (const target of ['host', 'chip'] as const) {
  const reason = await whyNotOn(target);
  const absent = skipWithout(reason === undefined, `XS on the ${target} (${reason})`);
  describe.skipIf(absent)(`XS on the ${target}${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    test('prints, and reads the input that it was given', async () => {
      const { output, exitCode } = await runOn(target, script('print(JSON.stringify(input()));'), {
        input: { name: 'Zoë', list: [1, 2.5, null] },
      });
      expect([exitCode, output]).toEqual([0, '{"name":"Zoë","list":[1,2.5,null]}\n']);
    });

    test('runs promise jobs after the script', async () => {
      const { output } = await runOn(
        target,
        script("Promise.resolve('job').then(print);", "print('script');"),
        {},
      );
      expect(output).toBe('script\njob\n');
    });

    test('says what was thrown, and fails', async () => {
      const { output, exitCode } = await runOn(target, script("throw new RangeError('boom');"), {});
      expect([exitCode, output]).toEqual([1, 'xs: uncaught RangeError: boom\n']);
    });

    test('fails when a promise is rejected and nobody looks', async () => {
      const { output, exitCode } = await runOn(target, script("Promise.reject(new Error('lost'));"), {});
      expect(exitCode).toBe(1);
      expect(output).toContain('Error: lost');
    });

    test('fails by name when a stack or the memory is full', async () => {
      const deep = script('const deep = (n: number): number => 1 + deep(n + 1);', 'deep(0);');
      expect((await runOn(target, deep, {})).output).toContain('xs: stack overflow');
      const hoard = script('const all: unknown[] = [];', 'for (;;) all.push({});');
      const { output, exitCode } = await runOn(target, hoard, { memory: { slots: 8192 } });
      expect(exitCode).toBe(1);
      expect(output).toContain('xs: memory full');
    });

    test('knows no native function that no C source defines', async () => {
      const { output } = await runOn(target, script("native('xs_nowhere');"), {});
      expect(output).toBe('xs: uncaught TypeError: no native function xs_nowhere\n');
    });

    test('gives back what garbage took', async () => {
      const { output } = await runOn(
        target,
        script(
          'collectGarbage();',
          'const before = memory();',
          'for (let i = 0; i < 100; i++) new Uint8Array(1000);',
          'const filled = memory();',
          'collectGarbage();',
          'const after = memory();',
          'print(String(filled.chunkBytes - before.chunkBytes >= 100_000));',
          'print(String(after.chunkBytes - before.chunkBytes < 1000));',
        ),
        {},
      );
      expect(output).toBe('true\ntrue\n');
    });
  });
}

const reasonOnHost = await whyNotOn('host');
describe.skipIf(skipWithout(reasonOnHost === undefined, `XS on the host (${reasonOnHost})`))(
  'a script that XS cannot parse (skipped where XS on the host is)',
  () => {
    test('is told by file, line and XS’s own words', async () => {
      const odd = script('print(1);', '', 'print(/\\p{Lu}/u.test("A"));', 'print(/(/.test("B"));');
      await expect(runOnHost(odd)).rejects.toThrow(
        /^entry\.ts:4: XS: \\p unicode property escape not built-in\nentry\.ts:5: XS: \( invalid sequence$/,
      );
    });
  },
);

const reason = await whyNotOn('chip');
describe.skipIf(skipWithout(reason === undefined, `XS on the chip (${reason})`))(
  'the count of instructions (skipped where XS on the chip is)',
  () => {
    const loop = (times: number) => script(`for (let i = 0; i < ${times}; i++);`);

    test('is the same in every run, and grows with the work', async () => {
      const [once, again, tenfold] = [
        await runOnChip(loop(1000)),
        await runOnChip(loop(1000)),
        await runOnChip(loop(10_000)),
      ];
      expect(again).toEqual(once);
      const perTurn = (tenfold.instructions - once.instructions) / 9000;
      expect(perTurn).toBeGreaterThan(50);
      expect(perTurn).toBeLessThan(1000);
    });

    test('is 0 on the host', async () => {
      expect((await runOnHost(loop(10))).instructions).toBe(0);
    });
  },
);
