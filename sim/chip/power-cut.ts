/** Not a FlashError: no firmware can catch its own death. */
export class PowerCut extends Error {}

/** False when power failed in it. */
export function survives(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof PowerCut) return false;
    throw error;
  }
}
