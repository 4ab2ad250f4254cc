import type { BillsAtHand, PoolHook } from '../../../firmware/account/pool-hook.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { nodeClock } from '../../../sim/host/node-clock.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { MqttTerminal } from '../../../sim/host/pool-mqtt.js';
import { CliError } from '../cli-error.js';
import { publicKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';

/**
 * A command that starts for one payment finds its gateway first; a terminal that goes on has found it long
 * ago.
 */
const FOUND_MS = 2_000;
/** So long it may take until the gateway has the bill; then it gets it with the next payment. */
const TOLD_MS = 2_000;

export interface SiteFlags {
  readonly gateway?: string;
  readonly gatewayKey?: string;
  readonly site?: string;
}

/** A terminal's place in the pool of its site. */
export interface SitePlace {
  readonly hook: PoolHook;
  /** No gateway has answered: the terminal has decided by its own rules. */
  readonly decidedAlone: boolean;
  /** Resolves when the gateway has all bills, or does not take them. */
  close(): Promise<void>;
}

/** Joins the pool, if the flags name one. A gateway that is not there is no error. Throws CliError. */
export async function joinSite(
  { gateway: url, gatewayKey, site }: SiteFlags,
  key: Uint8Array,
  bills: BillsAtHand,
): Promise<SitePlace | undefined> {
  if (url === undefined) return undefined;
  if (gatewayKey === undefined || site === undefined)
    throw new CliError(Exit.usage, 'missing-option', '--gateway needs --site and --gateway-key');
  const gateway = publicKey('gateway-key', gatewayKey, 'tapnote pos gateway --keys FOLDER');
  let heard = (): void => {};
  const terminal = new MqttTerminal({
    ...{ crypto, entropy: nodeEntropy, clock: nodeClock, key, site, gateway, bills, url },
    heard: () => heard(),
  });
  const { client } = terminal;
  const hasAll = (): boolean => client.gateways.some((instance) => client.hasAll(instance));
  const until = (isSo: () => boolean, ms: number): Promise<void> =>
    new Promise((done) => {
      const timer = setTimeout(done, ms);
      heard = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        done();
      };
      heard();
    });
  await until(hasAll, FOUND_MS);
  return {
    hook: client,
    get decidedAlone() {
      return client.unanswered > 0;
    },
    close: async () => {
      if (client.gateways.length > 0) await until(hasAll, TOLD_MS);
      await terminal.close();
    },
  };
}
