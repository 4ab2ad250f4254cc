/** What a bank gives a device that has made its keys. */
export interface Personalisation {
  root: Uint8Array;
  operators: readonly Uint8Array[];
  certificate: Uint8Array;
  profile: Uint8Array;
  time_s: number;
}
