import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERASES_MAX } from '../../firmware/store/format.js';
import {
  BOARDS,
  boards,
  partitions,
  partitionsIn,
  ROOT,
  settingsIn,
  settingsOf,
} from '../../tools/moddable/boards.js';
import { chipOf } from '../../tools/moddable/chips.js';
import { missingModules } from '../../tools/moddable/makefile.js';
import { modulesOf } from '../../tools/moddable/manifest.js';
import { SECURE_PARTITIONS, SECURE_SETTINGS } from '../../tools/moddable/secure.js';

/**
 * What the C of a module of SDK 8.2.3 includes of others that its own manifest does not bring.
 * `check:moddable` looks at all of them.
 */
const LACKS: Readonly<Record<string, readonly string[]>> = { 'io/spi': ['pins/digital'] };
/** The longest that a sector of a W25Q32JV or GD25Q32 takes to erase, by their data sheets (tSE). */
const SECTOR_ERASE_MS_MAX = 400;
/** A program of ours with ESP-IDF and the engine, as linked for the C3: hal/README.md has the figures. */
const IMAGE_BYTES = 839_952;
/** ESP-IDF: BOOTLOADER_APP_SEC_VER_SIZE_EFUSE_FIELD, the smallest of our chips'. */
const SECURE_VERSION_MAX = 16;

describe.each(boards())('the settings of $name', ({ name, board }) => {
  const settings = settingsOf(name);

  it('include the modules of the SDK that the C of others needs', () => {
    const { included } = modulesOf(name);
    const lacking = included.flatMap((each) => LACKS[each] ?? []).filter((each) => !included.includes(each));
    expect(lacking).toEqual([]);
  });

  it('name the pins of the console: the bootloader takes them off the UART', () => {
    const { console: port } = board;
    const chip = chipOf(board);
    if (port.kind === 'uart') expect(port).toEqual({ kind: 'uart', port: 0, ...chip.console });
    else expect(chip.usb.length).toBe(2);
  });

  it('bring the USB port where it is the console, and only there', () => {
    const isUsb = board.console.kind === 'usb';
    const { natives, sources } = modulesOf(name);
    expect(natives.includes('hal/esp32/usb/usb.c')).toBe(isUsb);
    expect(sources.has('hal/esp32/usb/usb')).toBe(isUsb);
    const provider = readFileSync(join(BOARDS, name, 'host/provider.js'), 'utf8');
    expect(provider.includes('openConsole: usbOpener')).toBe(isUsb);
    const manifest = readFileSync(join(BOARDS, name, 'manifest.json'), 'utf8');
    expect(manifest.includes('esp_driver_usb_serial_jtag')).toBe(isUsb);
  });

  it('end a hang in a silent restart, and give honest work time', () => {
    const of = (key: string) => settings.get(`CONFIG_${key}`);
    expect(of('ESP_SYSTEM_PANIC_SILENT_REBOOT')).toBe('y');
    expect(['ESP_INT_WDT', 'ESP_TASK_WDT_EN', 'ESP_TASK_WDT_INIT', 'ESP_TASK_WDT_PANIC'].map(of)).toEqual(
      Array(4).fill('y'),
    );
    expect(of('ESP_TASK_WDT_CHECK_IDLE_TASK_CPU0')).toBe('n');
    const timeout_ms = 1_000 * Number(of('ESP_TASK_WDT_TIMEOUT_S'));
    // The longest that the engine may be away: a store that erases all the sectors that it keeps erased.
    expect(timeout_ms).toBeGreaterThanOrEqual(2 * ERASES_MAX * SECTOR_ERASE_MS_MAX);
  });

  it('start no program of which only a part was written', () => {
    expect(settings.get('CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS')).toBe('n');
  });

  it('are every board’s, but for what two cores need', () => {
    const others = settingsOf('esp32-c3-devkit');
    const own = [...settings].filter(([key, value]) => others.get(key) !== value).map(([key]) => key);
    expect(own).toEqual(board.chip === 'esp32' ? ['CONFIG_FREERTOS_UNICORE'] : []);
    expect(settings.size).toBe(others.size + own.length);
  });

  it('leave the notes where a locked device has them', () => {
    const notes = (all: ReturnType<typeof partitions>) => all.find((each) => each.name === 'notes');
    expect(notes(partitions(name))).toEqual(notes(partitionsIn(SECURE_PARTITIONS)));
  });
});

describe('what --secure adds', () => {
  const settings = settingsIn(SECURE_SETTINGS);

  it('has no keys of NVS, which neither chip could hold', () => {
    expect(settings.get('CONFIG_SECURE_FLASH_ENC_ENABLED')).toBe('y');
    expect(settings.get('CONFIG_NVS_ENCRYPTION')).toBe('n');
    expect(partitionsIn(SECURE_PARTITIONS).some(({ subtype }) => subtype === 'nvs_keys')).toBe(false);
  });

  it('refuses an older program: its version counts, in two places and no factory', () => {
    expect(settings.get('CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE')).toBe('y');
    expect(settings.get('CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK')).toBe('y');
    expect(settings.get('CONFIG_BOOTLOADER_APP_SECURE_VERSION')).toMatch(/^\d+$/);
    expect(Number(settings.get('CONFIG_BOOTLOADER_APP_SECURE_VERSION'))).toBeLessThanOrEqual(
      SECURE_VERSION_MAX,
    );
    const all = partitionsIn(SECURE_PARTITIONS);
    const programs = all.filter(({ type }) => type === 'app');
    expect(programs.map(({ subtype }) => subtype)).toEqual(['ota_0', 'ota_1']);
    for (const { offset, size } of programs) {
      expect([offset % 0x10000, size % 0x10000]).toEqual([0, 0]);
      expect(size).toBeGreaterThan(1.5 * IMAGE_BYTES);
    }
    expect(all.find(({ subtype }) => subtype === 'ota')).toMatchObject({ type: 'data', size: 0x2000 });
    let end = 0x11000;
    for (const { offset, size } of all) {
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + size;
    }
    expect(end).toBe(0x400000);
  });
});

describe('modules that the C of a build needs', () => {
  const files: Record<string, string> = {
    '/sdk/io/spi/spi.c': '#include "modSPI.h"\n#include "xsHost.h"\n',
    '/sdk/pins/spi/modSPI.h': '  #include "modGPIO.h"\n#include "driver/spi_master.h"\n',
    '/sdk/pins/digital/modGPIO.h': '',
  };
  const read = (file: string): string | undefined => files[file];
  const sources = ['/sdk/io/spi/spi.c'];

  it('are missed through the headers of others too', () => {
    expect(missingModules({ sources, folders: ['/sdk/pins/spi'] }, read)).toEqual([
      '/sdk/pins/spi/modSPI.h includes modGPIO.h',
    ]);
    expect(missingModules({ sources, folders: [] }, read)).toEqual(['/sdk/io/spi/spi.c includes modSPI.h']);
  });

  it('are found where the build has their folders', () => {
    expect(missingModules({ sources, folders: ['/sdk/pins/spi', '/sdk/pins/digital'] }, read)).toEqual([]);
  });
});

describe('settings files', () => {
  it('have no line that the SDK’s merge passes over', () => {
    for (const { name } of boards()) expect(() => settingsOf(name)).not.toThrow();
    const folder = mkdtempSync(join(tmpdir(), 'tapnote-settings-'));
    const file = join(folder, 'sdkconfig.defaults');
    writeFileSync(file, '# CONFIG_ESP_INT_WDT is not set\n');
    expect(() => settingsIn(file)).toThrow('has no effect, =n has');
    rmSync(folder, { recursive: true });
  });
});

describe('the engine’s task', () => {
  it('has a stack for curve operations below script', () => {
    const { creation } = JSON.parse(readFileSync(join(ROOT, 'manifest.json'), 'utf8'));
    expect(creation.nativeStack).toBe(16_384);
  });
});
