import type { Exit } from '../output/exit.js';
import type { ConsoleClient } from './client.js';

/** Runs `work` with a device that answers, and ends with its status. Without a `path` the port is found. */
export async function withDevice(
  path: string | undefined,
  work: (client: ConsoleClient) => Promise<Exit>,
): Promise<void> {
  process.exitCode = await withOther(path, work);
}

/** As `withDevice`, for a device beside another: the command does not end with it. */
export async function withOther<Result>(
  path: string | undefined,
  work: (client: ConsoleClient) => Promise<Result>,
): Promise<Result> {
  const { findDevice } = await import('./find-device.js');
  const client = await findDevice(path);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
