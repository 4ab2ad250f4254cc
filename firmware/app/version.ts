/** Of the firmware, as package.json has it; a test compares. */
export const FIRMWARE_VERSION = '0.2.0';
