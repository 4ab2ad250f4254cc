export interface Emulated {
  readonly path: string;
  stop(): void;
}
export async function emulateBoard(_: { flash: string }): Promise<Emulated> {
  throw new Error('not yet');
}
