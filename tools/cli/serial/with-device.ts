import type { Exit } from '../output/exit.js';
import type { ConsoleClient } from './client.js';

/** Runs `work` with a device that answers, and ends with its status. `path`: of a port; looked for without. */
export async function withDevice(
  path: string | undefined,
  work: (client: ConsoleClient) => Promise<Exit>,
): Promise<void> {
  const { findDevice } = await import('./doctor.js');
  const client = await findDevice(path);
  try {
    process.exitCode = await work(client);
  } finally {
    client.close();
  }
}
