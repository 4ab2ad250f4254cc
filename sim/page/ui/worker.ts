/** The whole simulator: firmware on modelled chips, and the bank on PGlite in memory. */
import type { PGlite } from '@electric-sql/pglite';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { BankError } from '../../bank/codes.js';
import { openPglite } from '../../bank/db/fresh-pglite.js';
import { parseScenario, SCENARIO_BYTES_MAX } from '../../scenario/load.js';
import type { Scenario } from '../../scenario/scenario.js';
import { mistakeLine, ScenarioError } from '../../scenario/scenario-error.js';
import { speak, t } from '../../texts/language.js';
import { count } from '../../words.js';
import { CLUSTER_FILE } from '../cluster-file.js';
import { GALLERY } from '../gallery.js';
import type { CallName, Calls, Fault, Opening, Reply, Request } from '../messages.js';
import { PageError } from '../page-error.js';
import { Session } from '../session.js';
import { TOWN } from '../town.js';

let session: Session | undefined;

type Handlers = { readonly [Name in CallName]: (ask: Calls[Name]['ask']) => Promise<Calls[Name]['answer']> };

const tell = (reply: Reply): void => postMessage(reply);

const handlers: Handlers = {
  async open(opening) {
    const scenario = scenarioOf(opening);
    tell({ progress: { what: t`starting the bank`, done: 0, of: 1 } });
    const database = await openDatabase();
    // Until another town is open, the one that is there stays.
    const opened = await Session.open(nobleCrypto, scenario, database, (progress) =>
      tell({ progress }),
    ).catch(async (error) => {
      await database.close();
      throw error;
    });
    await session?.close();
    session = opened.session;
    return opened.played;
  },
  step: (step) => here().step(step),
  rehearse: async (planned) => here().rehearse(planned),
  look: async (who) => here().look(who),
  async speak(wanted) {
    speak(wanted);
    return session?.redraw();
  },
  save: async () => here().saved,
};

/** Throws PageError for what is no scenario. */
function scenarioOf(opening: Opening): Scenario {
  if ('seed' in opening) return { ...TOWN, seed: opening.seed };
  if ('scenario' in opening) return GALLERY[opening.scenario] as Scenario;
  if (opening.text.length > SCENARIO_BYTES_MAX) {
    const most = count(SCENARIO_BYTES_MAX);
    throw new PageError('file-size', t`A scenario has ${most} bytes at most; this is more.`);
  }
  try {
    return parseScenario(opening.file, opening.text).scenario;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const [first] = error.mistakes;
    throw new PageError(first.code, mistakeLine(error.file, first));
  }
}

/** Throws PageError when the folder is not whole. */
async function openDatabase(): Promise<PGlite> {
  const response = await fetch(CLUSTER_FILE);
  if (!response.ok) throw new PageError('file-missing', t`${CLUSTER_FILE} is not beside the page.`);
  return openPglite(new Blob([await response.arrayBuffer()], { type: 'application/x-gzip' }));
}

function here(): Session {
  if (!session) throw new PageError('not-open', t`The town is not open yet.`);
  return session;
}

/** One after another, as they came: each finds the town as the one before has left it. */
let last: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  last = last.then(() => answer(data));
});

async function answer({ id, call, ask }: Request): Promise<void> {
  try {
    const handle = handlers[call] as (ask: Request['ask']) => Promise<Calls[CallName]['answer']>;
    tell({ id, answer: await handle(ask) });
  } catch (error) {
    tell({ id, fault: faultOf(error) });
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof PageError) return { code: error.code, message: error.message };
  if (error instanceof BankError)
    return { code: `bank-${error.code}`, message: t`The bank: ${error.message}.` };
  return { code: 'bug', message: t`A bug in tapnote, please report it: ${String(error)}` };
}
