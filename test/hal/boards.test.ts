import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  boards,
  LINKS,
  linkPins,
  ownPins,
  type PinUse,
  partitions,
  ROOT,
  settingsOf,
} from '../../tools/moddable/boards.js';
import { chipOf } from '../../tools/moddable/chips.js';
import { importsOf, modulesOf, resolveImport } from '../../tools/moddable/manifest.js';
import { withTables } from '../../tools/moddable/pin-tables.js';
import { drawWiring } from '../../tools/moddable/wiring.js';

const SECTOR_BYTES = 0x1000;
const APP_ALIGNMENT_BYTES = 0x10000;
const TABLE_BYTES = 0x1000;
const MB = 0x100000;

/** Modules of the SDK that a board's sources may name, by the manifests that bring them in. */
const SDK_MODULES = [
  'Resource',
  'commodetto/Poco',
  'commodetto/parseBMF',
  'embedded:io/digital',
  'embedded:io/i2c',
  'embedded:io/smbus',
  'embedded:io/spi',
  'embedded:peripheral/Power/axp192',
  'embedded:storage/flash',
  'mc/config',
  'neopixel',
  'timer',
];

/** Every module that a board's program reaches from main and its provider, with what it imports. */
function reached(board: string): { name: string; source: string; imports: string[] }[] {
  const { sources } = modulesOf(board);
  const todo = ['firmware/main', 'embedded:provider/builtin'];
  const done = new Map<string, { name: string; source: string; imports: string[] }>();
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    const source = sources.get(name);
    if (done.has(name) || source === undefined) continue;
    const imports = importsOf(source).map((from) => resolveImport(from, name as string));
    done.set(name, { name, source, imports });
    todo.push(...imports);
  }
  return [...done.values()];
}

describe.each(boards())('the board $name', ({ name, board }) => {
  const chip = chipOf(board);

  it('has manifests that name nothing but what exists', () => {
    expect(modulesOf(name).missing).toEqual([]);
  });

  it('finds every import from main on by the rules of XS', () => {
    const { sources } = modulesOf(name);
    const lost = reached(name).flatMap((each) =>
      each.imports
        .filter((from) => !sources.has(from) && !SDK_MODULES.includes(from))
        .map((from) => `${each.source}: ${from}`),
    );
    expect(lost).toEqual([]);
    expect(reached(name).length).toBeGreaterThan(50);
  });

  it('has a C function for every native name, and none too many', () => {
    const asked = reached(name).flatMap(({ source }) =>
      [...readFileSync(join(ROOT, source), 'utf8').matchAll(/[nN]ative\('(\w+)'\)/g)].map(
        ([, native]) => native,
      ),
    );
    const given = modulesOf(name).natives.flatMap((source) =>
      [...readFileSync(join(ROOT, source), 'utf8').matchAll(/^void (xs_\w+)\(/gm)].map(
        ([, native]) => native,
      ),
    );
    expect([...new Set(asked)].sort()).toEqual([...new Set(given)].sort());
  });

  describe.each(LINKS)('with its PN532 on %s', (link) => {
    const uses: PinUse[] = [...ownPins(board), ...linkPins(board, link)];

    it('uses no pin twice', () => {
      const pins = uses.map(({ pin }) => pin);
      expect(pins.filter((pin, index) => pins.indexOf(pin) !== index)).toEqual([]);
    });

    it('uses only pins that the chip has, and none of flash, USB and console', () => {
      const reserved = [...chip.flash, ...chip.usb, ...Object.values(chip.console)];
      const wrong = uses.filter(({ pin }) => !chip.pins.includes(pin) || reserved.includes(pin));
      expect(wrong).toEqual([]);
    });

    it('drives no pin that is only an input', () => {
      expect(uses.filter(({ pin, drives }) => drives && chip.inputOnly.includes(pin))).toEqual([]);
    });

    it('says why, where a pin is strapping or JTAG', () => {
      const shared = uses.filter(({ pin }) => chip.strapping.includes(pin) || chip.jtag.includes(pin));
      expect(shared.filter(({ pin }) => !board.remarks[pin])).toEqual([]);
    });

    it('can be woken by the field and by the button', () => {
      expect(chip.wakes).toContain(board[link].irq);
      expect(chip.wakes).toContain(board.buttons[0].pin);
    });
  });

  it.each(LINKS)('has its wiring on %s drawn from these pins (npx tsx tools/moddable/draw.ts)', (link) => {
    const drawn = readFileSync(join(ROOT, 'hal/boards', name, `wiring-${link}.svg`), 'utf8');
    expect(drawn).toBe(drawWiring(board, link));
  });

  it('remarks on no pin that it does not use', () => {
    const used = [...ownPins(board), ...LINKS.flatMap((link) => linkPins(board, link))].map(({ pin }) => pin);
    expect(Object.keys(board.remarks).filter((pin) => !used.includes(Number(pin)))).toEqual([]);
  });

  it('tells the display driver of the SDK the pins that it has', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'hal/boards', name, 'manifest.json'), 'utf8'));
    const { display } = board;
    const { spi, ili9341 } = manifest.defines ?? {};
    const notified = spi && [spi.mosi_pin, spi.sck_pin, ili9341.dc_pin, ili9341.rst_pin, ili9341.cs_pin];
    expect(notified).toEqual(
      display && [display.data, display.clock, display.command, display.reset, display.select],
    );
  });

  it('has partitions that are aligned, do not overlap, and fit', () => {
    const all = partitions(name);
    let end = Number(settingsOf(name).get('CONFIG_PARTITION_TABLE_OFFSET')) + TABLE_BYTES;
    for (const { type, offset, size } of all) {
      expect(offset).toBeGreaterThanOrEqual(end);
      expect(offset % (type === 'app' ? APP_ALIGNMENT_BYTES : SECTOR_BYTES)).toBe(0);
      expect(size % SECTOR_BYTES).toBe(0);
      end = offset + size;
    }
    expect(end).toBeLessThanOrEqual(board.flash_MB * MB);
  });

  it('keeps 1 MB of data named notes, encrypted once encryption is on', () => {
    const notes = partitions(name).find((each) => each.name === 'notes');
    expect(notes).toMatchObject({ type: 'data', size: MB, flags: 'encrypted' });
    expect(readFileSync(join(ROOT, 'firmware/main.ts'), 'utf8')).toContain("'notes'");
  });

  it('takes the hash of libsodium that its headers describe', () => {
    expect(settingsOf(name).get('CONFIG_LIBSODIUM_USE_MBEDTLS_SHA')).toBe('n');
  });

  it('runs on one core, as the serial port needs it', () => {
    if (board.chip === 'esp32') expect(settingsOf(name).get('CONFIG_FREERTOS_UNICORE')).toBe('y');
    else expect(settingsOf(name).has('CONFIG_FREERTOS_UNICORE')).toBe(false);
  });

  it('burns no fuse by itself, has no radio, and dumps no memory', () => {
    const config = settingsOf(name);
    expect([...config.keys()].filter((key) => /SECURE|FLASH_ENC|EFUSE/.test(key))).toEqual([]);
    expect(config.get('CONFIG_BT_ENABLED')).toBe('n');
    expect(config.get('CONFIG_ESP_COREDUMP_ENABLE_TO_NONE')).toBe('y');
  });
});

/** What a preloaded module would change after it was loaded: it lies in flash then, and XS throws. */
function changedLater(source: string): string[] {
  const lines = readFileSync(join(ROOT, source), 'utf8').split('\n');
  const shared = lines.flatMap(
    (line) => /^(?:export )?const (\w+)\b.*= new \w+Array\((?!0\))/.exec(line)?.[1] ?? [],
  );
  const state = lines.filter((line) =>
    /^(?:export )?(?:let |const .*= new (?:Weak)?(?:Map|Set)\()/.test(line),
  );
  let statement = '';
  for (const line of lines) {
    if (/^[a-z/]/.test(line)) statement = line;
    const [, name] =
      /^\s.*?\b(\w+)(?:\[[^\]]*\] [^=]?=[^=]|\.(?:set|fill|copyWithin|sort|reverse)\()/.exec(line) ?? [];
    // A loop at the top runs while the module is loaded.
    if (shared.includes(name) && !statement.startsWith('for ')) state.push(line.trim());
  }
  return state.map((line) => `${source}: ${line}`);
}

describe('what is preloaded', () => {
  const { preload } = JSON.parse(readFileSync(join(ROOT, 'manifest.json'), 'utf8')) as { preload: string[] };
  const { sources } = modulesOf('esp32-c3-devkit');
  const preloaded = [...sources].filter(([name]) =>
    preload.some((rule) => (rule.endsWith('/*') ? name.startsWith(rule.slice(0, -1)) : name === rule)),
  );

  it('exists, each entry', () => {
    const idle = preload.filter(
      (rule) => ![...sources.keys()].some((name) => name === rule || name.startsWith(rule.replace('*', ''))),
    );
    expect(idle).toEqual([]);
    expect(preloaded.length).toBeGreaterThan(40);
  });

  it('keeps no state of its own: it lies in flash', () => {
    expect(preloaded.flatMap(([, source]) => changedLater(source))).toEqual([]);
  });

  it('calls no native function', () => {
    const wrong = preloaded.filter(([, source]) =>
      readFileSync(join(ROOT, source), 'utf8').includes("native('"),
    );
    expect(wrong).toEqual([]);
  });
});

describe('hal/README.md', () => {
  it('has its pin tables made from the manifests (npx tsx tools/moddable/draw.ts)', () => {
    const text = readFileSync(join(ROOT, 'hal/README.md'), 'utf8');
    expect(text).toBe(withTables(text, boards()));
  });
});

describe('the PN532 driver', () => {
  it('stands alone: its manifest has all that it imports', () => {
    const { sources } = modulesOf('esp32-c3-devkit');
    const own = [...sources].filter(([name]) => name.startsWith('hal/pn532/'));
    const imports = own.flatMap(([name, source]) =>
      importsOf(source).map((from) => resolveImport(from, name)),
    );
    const outside = new Set(imports.filter((from) => !from.startsWith('hal/pn532/')));
    expect([...outside]).toEqual(['hal/nfc']);
    const manifest = readFileSync(join(ROOT, 'hal/pn532/manifest.json'), 'utf8');
    expect(Object.keys(JSON.parse(manifest).modules)).toEqual(['hal/nfc', 'hal/pn532/*']);
  });
});
