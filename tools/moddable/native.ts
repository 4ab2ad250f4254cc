import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../cli/cli-error.js';
import { Exit } from '../cli/output/exit.js';
import { type BoardFolder, ROOT } from './boards.js';
import { modulesOf } from './manifest.js';
import { type Ran, run, type Sdk } from './sdk.js';

/** Headers of ESP-IDF that our C and the SDK's headers include; each becomes the stub. */
const HEADERS = [
  'bootloader_random.h',
  'driver/gpio.h',
  'driver/rtc_io.h',
  'driver/uart.h',
  'driver/uart_select.h',
  'esp_cpu.h',
  'esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag_select.h',
  'esp_mac.h',
  'esp_partition.h',
  'esp_random.h',
  'esp_rom_sys.h',
  'esp_sleep.h',
  'esp_system.h',
  'esp_timer.h',
  'freertos/FreeRTOS.h',
  'freertos/task.h',
  'lwip/inet.h',
  'lwip/netdb.h',
  'soc/soc.h',
  'soc/wdev_reg.h',
];

export const WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];
const RISCV = ['-march=rv32imc_zicsr', '-mabi=ilp32', '--specs=picolibc.specs', '-Os', '-c'];

export interface Compiled extends Ran {
  readonly source: string;
  readonly compiler: string;
}

/** libsodium's real headers, the same for every processor: on boards they come with ESP-IDF's component. */
const SODIUM = '/usr/include';

/**
 * Compiles our C against the SDK's headers and stubs of ESP-IDF: for a RISC-V chip with Debian's cross
 * compiler, for an Xtensa chip, which Debian has no compiler for, as a check of syntax and types by the
 * host's. `build` is the SDK's folder of the linked program.
 */
export function compileNatives(
  sdk: Sdk,
  { name, board }: BoardFolder,
  build: string,
  out: string,
): Compiled[] {
  const stubs = join(out, 'stubs');
  for (const header of HEADERS) {
    mkdirSync(dirname(join(stubs, header)), { recursive: true });
    writeFileSync(join(stubs, header), '#include "esp-idf-stub.h"\n');
  }
  if (!existsSync(join(SODIUM, 'sodium.h')))
    throw new CliError(Exit.absent, 'program-missing', 'no sodium.h: apt-get install libsodium-dev');
  // Beside the stubs, because the folder they come from has the host's C library in it.
  for (const part of ['sodium.h', 'sodium'])
    cpSync(join(SODIUM, part), join(stubs, part), { recursive: true });
  const riscv = board.chip !== 'esp32';
  const compiler = riscv ? 'riscv64-unknown-elf-gcc' : 'gcc';
  const system = ['xs/includes', 'xs/platforms/esp', 'xs/platforms/mc', 'modules/data/qrcode'].map((folder) =>
    join(sdk.folder, folder),
  );
  const flags = [
    '-std=gnu17',
    ...WARNINGS,
    ...(riscv ? RISCV : ['-fsyntax-only']),
    '-D__ets__',
    `-DESP32=${{ esp32: 1, esp32c3: 4, esp32c6: 5 }[board.chip]}`,
    `-DCONFIG_IDF_TARGET_${board.chip.toUpperCase()}=1`,
    ...[...system, stubs, join(ROOT, 'tools/moddable'), build].flatMap((folder) => ['-isystem', folder]),
  ];
  return modulesOf(name).natives.map((source) => {
    const object = join(out, `${source.replaceAll('/', '-')}.o`);
    const args = [...flags, join(ROOT, source), ...(riscv ? ['-o', object] : [])];
    return { source, compiler, ...run(compiler, args, sdk.env) };
  });
}
