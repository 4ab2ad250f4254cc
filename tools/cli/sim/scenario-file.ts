import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedScenario, parseScenario, SCENARIO_BYTES_MAX } from '../../../sim/scenario/load.js';
import { hint } from '../../../sim/scenario/suggest.js';
import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

const FOLDER = fileURLToPath(new URL('../../../sim/scenarios/', import.meta.url));

/** The schema of a scenario, as it lies in its file. */
export const schemaText = (): string => readFileSync(join(FOLDER, 'scenario.schema.json'), 'utf8');

/** The scenarios that come with tapnote, by their paths from here. */
export function bundledScenarios(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .sort()
    .map((name) => relative(process.cwd(), join(FOLDER, name)));
}

/** `given` is a file, or the name of a scenario that comes with tapnote. Throws CliError. */
export const scenarioFile = (given: string): string =>
  existsSync(given) ? given : (bundled(given) ?? given);

/** Throws CliError, or ScenarioError for what is wrong in it. */
export function loadScenario(given: string): LoadedScenario {
  const file = scenarioFile(given);
  return parseScenario(file, readUserText(file, SCENARIO_BYTES_MAX));
}

function bundled(name: string): string | undefined {
  if (name !== basename(name)) return undefined;
  const files = bundledScenarios();
  const nameOf = (file: string): string => basename(file, '.json');
  const found = files.find((file) => nameOf(file) === basename(name, '.json'));
  if (found !== undefined) return found;
  const why = `there is no such file, nor a scenario of that name${hint(name, files.map(nameOf))}`;
  throw new CliError(Exit.usage, 'file-missing', `${name}: ${why}`);
}
