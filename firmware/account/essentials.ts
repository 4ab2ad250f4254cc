/**
 * Scene of certificates that are good for essentials alone (R33): when networks fail for days, an issuer
 * stands for food, medicine and fuel, and for nothing else. A terminal stands in this scene when its merchant
 * is of one of these categories. The same number at every platform.
 */
export const ESSENTIALS_SCENE = 0xffff;

/** Merchant categories by ISO 18245: grocery, food stores, service stations, automated fuel, pharmacies. */
const ESSENTIALS: readonly number[] = [5411, 5499, 5541, 5542, 5912];

export const isEssential = (category: number): boolean => ESSENTIALS.includes(category);
