/** Of the firmware, as package.json has it; a test compares. */
export const FIRMWARE_VERSION = '0.3.0';

/**
 * What a host looks for in an image before it writes it: this version, and the store's. A test holds it to
 * both.
 */
export const IMAGE_MARK = '<tapnote firmware 0.3.0 store 4>';
