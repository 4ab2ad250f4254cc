import { type Command, InvalidArgumentError, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { PORT_MAX, whole } from '../arguments.js';
import { EXIT_HELP } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import type { CheckDenyFlags, MakeDenyFlags } from './deny-list.js';
import type { FetchDenyFlags } from './fetch-deny.js';
import type { GatewayFlags } from './gateway.js';

const PORT = 1_883;
const ISSUED_LAST = 30_000;

/** As it stands in topics. */
export function siteName(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text))
    throw new InvalidArgumentError('Expected 1 to 32 small letters, digits and hyphens.');
  return text;
}

export function brokerUrl(text: string): string {
  const isBroker = URL.canParse(text) && new URL(text).protocol === 'mqtt:' && new URL(text).hostname !== '';
  if (!isBroker) throw new InvalidArgumentError('Expected mqtt://HOST:PORT.');
  return text;
}

function address(text: string): [string, number] {
  const [, host, port] = /^(?:([\w.-]+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > PORT_MAX)
    throw new InvalidArgumentError('Expected PORT or HOST:PORT.');
  return [host ?? '127.0.0.1', Number(port)];
}

/** First and last serial number. */
function range(text: string): [number, number] {
  const [, first, last] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  if (last === undefined || Number(first) > Number(last) || Number(last) > U32_MAX)
    throw new InvalidArgumentError('Expected FIRST-LAST.');
  return [Number(first), Number(last)];
}

export const files = (path: string, before: readonly string[] = []): string[] => [...before, path];
const serials = (text: string, before: readonly number[] = []): number[] => [...before, whole(U32_MAX)(text)];

const GATEWAY_HELP = `
A terminal takes part with "pos scan --gateway URL --site NAME --gateway-key FILE". It waits for 100 ms at the most, and
goes on by its own rules. docs/accounts.md has topics, bytes, and what the gateway changes for cheats.

Examples:
  $ npx tapnote pos gateway --site canteen --keys site --terminals terminals.txt
  $ npx tapnote pos gateway --site canteen --keys site --terminals terminals.txt --broker mqtt://10.0.0.2
${EXIT_HELP}`;

/** `tapnote pos gateway` and `tapnote pos deny-list`: what a site shares. */
export function addSiteCommands(pos: Command, out: Output): void {
  pos
    .command('gateway')
    .description('the edge gateway of a site: its terminals pool what they have taken of a user')
    .requiredOption('--site <name>', 'name of the site, as in topics', siteName)
    .requiredOption('--keys <folder>', 'key of the site’s gateways, made there the first time')
    .requiredOption('--terminals <file>', 'public keys of the terminals, one a line: nobody else is heard')
    .addOption(
      new Option('--broker <url>', 'an MQTT broker (default: one in this process)')
        .argParser(brokerUrl)
        .conflicts('listen'),
    )
    .addOption(
      new Option('--listen <address>', 'PORT or HOST:PORT of the broker in this process; 0: a free port')
        .argParser(address)
        .default(['127.0.0.1', PORT], `127.0.0.1:${PORT}`),
    )
    .option(
      '--count-max <number>',
      'payments of one user at the site since the uploads',
      whole(AMOUNT_MAX),
      AMOUNT_MAX,
    )
    .option('--amount-max <number>', 'minor units of one user at the site', whole(AMOUNT_MAX), AMOUNT_MAX)
    .option('--day-max <number>', 'minor units of one user on one day', whole(AMOUNT_MAX), AMOUNT_MAX)
    .option('--deny <file>', 'a signed deny list or delta for the terminals; several times', files, [])
    .addHelpText('after', GATEWAY_HELP)
    .action(async (flags: GatewayFlags) => {
      const { serveGateway } = await import('./gateway.js');
      process.exitCode = await serveGateway(out, flags);
    });

  addDenyCommands(
    pos.command('deny-list').description('certificates that a platform takes back, signed'),
    out,
  );
}

function addDenyCommands(deny: Command, out: Output): void {
  deny
    .command('make')
    .description('sign a deny list, or a delta between two, as a platform does')
    .requiredOption('--keys <folder>', 'keys of "pos code", with the platform’s')
    .requiredOption('--serials <file>', 'serial numbers that are taken back, one a line')
    .requiredOption('--edition <number>', 'above that of every list before', whole(U32_MAX, 1))
    .addOption(
      new Option('--kind <kind>', 'bitmap for a closed site, list up to 10,000, filter beyond')
        .choices(['bitmap', 'list', 'filter'])
        .default('list'),
    )
    .addOption(
      new Option(
        '--issued <first-last>',
        'serial numbers that are issued: a bitmap’s range; a filter hits none of them',
      )
        .argParser(range)
        .default([0, ISSUED_LAST], `0-${ISSUED_LAST}`),
    )
    .option('--before <file>', 'make a delta: what was taken back before')
    .option('--base <number>', 'version that the delta is for (default: the one before)', whole(U32_MAX, 1))
    .option('--time <seconds>', 'Unix time (default: now)', whole(U32_MAX))
    .requiredOption('-o, --out <file>', 'write the signed parts there')
    .addHelpText('after', EXIT_HELP)
    .action(async (flags: MakeDenyFlags) => {
      const { makeDeny } = await import('./deny-list.js');
      makeDeny(out, flags);
    });

  deny
    .command('check')
    .description('take signed files as a terminal does, and look numbers up')
    .argument('<FILES...>', 'a whole list, then deltas')
    .requiredOption('--platform <key>', 'the platform’s public key: 64 hex digits, or a file with them')
    .option('--serial <number>', 'say whether it is denied; several times', serials, [])
    .option('-j, --json <file>', 'write it; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action(async (paths: string[], flags: CheckDenyFlags) => {
      const { checkDeny } = await import('./deny-list.js');
      checkDeny(out, paths, flags);
    });

  deny
    .command('fetch')
    .description('bring a terminal’s signed list up to date, from its platform or the gateway of its site')
    .argument('<FILE>', 'what "--deny" takes; made the first time')
    .requiredOption('--platform <key>', 'the platform’s public key: 64 hex digits, or a file with them')
    .option('--bank <url>', 'the bank with the platform')
    .option('--gateway <url>', 'MQTT broker of the site’s gateway', brokerUrl)
    .option('--site <name>', 'name of the site', siteName)
    .addHelpText('after', EXIT_HELP)
    .action(async (path: string, flags: FetchDenyFlags) => {
      const { fetchDeny } = await import('./fetch-deny.js');
      await fetchDeny(out, path, flags);
    });

  deny
    .command('sizes')
    .description('what each kind of list takes, and how often a filter is wrong, as in docs/accounts.md')
    .option('-w, --write', 'put it into docs/accounts.md')
    .action(async ({ write }: { write?: boolean }) => {
      const { denySizes } = await import('./deny-sizes.js');
      denySizes(out, write === true);
    });
}
