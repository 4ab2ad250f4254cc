import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Who may import whom: a folder, then the folders and packages it may name. `types:` allows types only. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  firmware: ['firmware', 'types:hal'],
  'hal/crypto': ['hal', '@noble/', 'node:crypto', 'sodium-native'],
  'hal/pn532': ['hal'],
  'hal/esp32': ['hal', 'embedded:', 'timer', 'neopixel'],
  hal: ['hal'],
  'sim/chip': ['sim/chip', 'hal'],
  'sim/bank/db': ['sim/bank', 'firmware', '@electric-sql/', 'pg'],
  'sim/bank/server': ['sim/bank', 'firmware', 'cbor-x', 'node:'],
  'sim/bank': [
    ...['sim/bank', 'sim/chip/entropy', 'sim/code-name'],
    ...['firmware', 'hal', '@noble/', 'types:@electric-sql/'],
  ],
  sim: ['sim', 'firmware', 'hal', 'node:', 'ajv', '@noble/', '@electric-sql/'],
  'sim/host': ['sim', 'firmware', 'hal', 'node:', '@electric-sql/', 'mqtt', 'aedes'],
  'sim/account': ['sim', 'firmware', 'hal', 'qr'],
  'sim/page/ui': ['sim', 'firmware', 'hal', 'preact', 'types:@electric-sql/'],
  'tools/board-page': ['tools', 'sim', 'firmware', 'hal', 'node:', 'esbuild'],
  'tools/page': ['tools', 'sim', 'node:', 'esbuild', 'ajv/', 'buffer/', 'playwright-core'],
  'tools/bench/page': ['tools', 'sim', 'types:playwright-core'],
  'tools/bench/chip': ['tools', 'sim', 'firmware', 'hal', 'node:', 'cbor-x', 'commander'],
  'tools/xs': ['tools/xs', 'hal', 'node:', 'esbuild'],
  'tools/cli/front-ends': ['tools', 'sim', 'firmware', 'hal', 'node:', 'commander', 'pcsc-mini'],
  'tools/cli/pos': ['tools', 'sim', 'firmware', 'hal', 'node:', 'commander', 'qr', 'zxing-wasm', 'fast-png'],
  'tools/codes': ['tools', 'sim', 'firmware', 'hal', 'node:', 'commander', 'jsqr', 'qr'],
  'tools/cli/bank': ['tools', 'sim', 'firmware', 'hal', 'node:', 'commander', 'pino'],
  tools: ['tools', 'sim', 'firmware', 'hal', 'node:', 'commander', 'tsx'],
  examples: ['sim', 'firmware', 'hal'],
};
/** The composition root on the chip is the one file in firmware/ that names hardware. */
const EXCEPTIONS = ['firmware/main.ts'];
const LINES_MAX = 400;
/**
 * What a page would run: the firmware on modelled chips, the world, the scenarios, the bank without its
 * server.
 */
const WORKER_ROOTS = [
  'sim/scenario/load.ts',
  'sim/scenario/runner.ts',
  'sim/device/board.ts',
  'sim/inspect/inspect.ts',
  'sim/capture/recording.ts',
  'sim/capture/perfetto.ts',
  'sim/capture/explain.ts',
  'sim/page/ui/main.tsx',
  'sim/page/ui/worker.ts',
];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function sources(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/^(import|export)\s+(type\s+)?([^;]*?)\s*from\s+'([^']+)'/gms);
  return [...found].map(([, , type, names, from]) => {
    const named = names
      .replace(/[{}\s]+/g, ' ')
      .trim()
      .split(',');
    const typeOnly = type !== undefined || named.every((name) => name.trim().startsWith('type '));
    const target = from.startsWith('.') ? normalize(join(dirname(file), from)) : from;
    return { file, target, typeOnly };
  });
}

function rulesOf(file: string): readonly string[] | undefined {
  const rooms = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
  const room = rooms.find((folder) => file.startsWith(`${folder}/`));
  return room === undefined ? undefined : MAY_IMPORT[room];
}

function allowed({ target, typeOnly }: Import, rules: readonly string[]): boolean {
  return rules.some((rule) => {
    const typesOnly = rule.startsWith('types:');
    if (typesOnly && !typeOnly) return false;
    return target.startsWith(typesOnly ? rule.slice(6) : rule);
  });
}

/** The source that an import names. */
function tsOf(target: string): string {
  const source = target.replace(/\.js$/, '.ts');
  return existsSync(join(ROOT, `${source}x`)) ? `${source}x` : source;
}

/** Tarjan's strongly connected components of more than one file, each sorted. */
function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file) ?? 0);
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!edges.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file)).sort();
    if (circle.length > 1) circles.push(circle);
  };
  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return circles;
}

describe('the house', () => {
  const files = sources();

  it('has each room import only what it may', () => {
    const wrong = files
      .filter((file) => !EXCEPTIONS.includes(file))
      .flatMap(importsOf)
      .filter((each) => {
        const rules = rulesOf(each.file);
        return rules && !allowed(each, rules);
      })
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it('keeps firmware/ free of Node, BigInt, promises and timers', () => {
    const banned =
      /\b(process|Buffer|BigInt|Promise|async|await|setTimeout|setInterval|console|Date|TextEncoder)\b|\d+n\b/;
    const wrong = files
      .filter((file) => file.startsWith('firmware/') && !EXCEPTIONS.includes(file))
      .flatMap((file) => {
        const code = readFileSync(join(ROOT, file), 'utf8').replace(
          /\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|`[^`]*`/g,
          '',
        );
        const match = banned.exec(code);
        return match ? [`${file}: ${match[0]}`] : [];
      });
    expect(wrong).toEqual([]);
  });

  it('has no static field in a class of the firmware: esbuild lowers every other field of it for XS', () => {
    const wrong = files
      .filter((file) => file.startsWith('firmware/'))
      .filter((file) =>
        /^ +static (readonly )?#?\w+(: [^=(]+)? = /m.test(readFileSync(join(ROOT, file), 'utf8')),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps every file to one thing: none is longer than the limit', () => {
    const long = files
      .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LINES_MAX)
      .map(({ file, lines }) => `${file}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  it('keeps Node out of all that the simulator needs in a worker of a browser', () => {
    const reached = new Map<string, string>();
    const visit = (file: string, from: string): void => {
      if (reached.has(file)) return;
      reached.set(file, from);
      if (!files.includes(file)) return;
      for (const { target, typeOnly } of importsOf(file)) if (!typeOnly) visit(tsOf(target), file);
    };
    for (const root of WORKER_ROOTS) visit(root, 'the worker');
    const node = [...reached].filter(([file]) =>
      /^node:|^(pg|mqtt|aedes|commander|tsx|sodium-native)$|^hal\/crypto\/(openssl|host)/.test(file),
    );
    expect(node.map(([file, from]) => `${from} imports ${file}`)).toEqual([]);
    expect(reached.size).toBeGreaterThan(100);
  });

  it('has no import circle, type imports counted', () => {
    const edges = new Map(files.map((file) => [file, importsOf(file).map(({ target }) => tsOf(target))]));
    expect(circlesOf(edges)).toEqual([]);
  });

  it('names files in kebab-case', () => {
    const odd = files.filter((file) => !/^[a-z0-9./_-]+$/.test(file));
    expect(odd).toEqual([]);
  });
});
