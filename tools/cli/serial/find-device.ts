import { PortError } from './byte-port.js';
import { ConsoleClient, ConsoleError } from './client.js';
import { likelyPorts, openPort } from './port.js';

/** A board that runs answers at once; one that has just been plugged in gets a second. */
const FIND = { timeout_ms: 700, tries: 2 };

/** The port that was named, or the one of the likely ports at which a device answers. */
export async function findDevice(path: string | undefined): Promise<ConsoleClient> {
  const paths = path === undefined ? likelyPorts() : [path];
  if (paths.length === 0)
    throw new PortError(
      'no-port',
      'no serial port is there. Plug the board in with a cable that carries data (many only charge); on Linux, `dmesg` says whether it was seen. Without a board: npx tapnote console --simulate, then --port with what it says',
    );
  const reasons: string[] = [];
  for (const each of paths) {
    try {
      const client = new ConsoleClient(openPort(each));
      try {
        await client.identify(path === undefined ? FIND : undefined);
        return client;
      } catch (error) {
        reasons.push(silence(each, client.bytes, error as Error));
        client.close();
      }
    } catch (error) {
      // Named, or the only one: then its own code says more.
      if (!(error instanceof PortError) || paths.length === 1) throw error;
      reasons.push(error.message);
    }
  }
  throw new PortError('no-device', reasons.join('; '));
}

function silence(path: string, bytes: number, error: Error): string {
  if (error instanceof ConsoleError) return `${path}: ${error.message}`;
  return bytes > 0
    ? `${path}: something talks (${bytes} bytes), but no tapnote device. Another firmware, or a build with the debugger on: flash a release build.`
    : `${path}: ${error.message}. Is tapnote on the board (tapnote flash), and is it awake? Press its button, or reset it.`;
}
