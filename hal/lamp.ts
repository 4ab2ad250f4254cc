/** A lamp that is on or off. */
export interface Lamp {
  set(on: boolean): void;
}
