import type { Exit } from '../output/exit.js';
import type { ConsoleClient } from './client.js';

/** Runs `work` with a device that answers, and ends with its status. Without a `path` the port is found. */
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
