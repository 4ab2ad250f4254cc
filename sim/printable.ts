/**
 * Control characters (C0, DEL, C1), and those that break a line or reorder it (Unicode: separators,
 * Bidi_Control).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what it is for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every control character spelled out, so that no terminal obeys it: ESC becomes `\u001b`. */
export const printable = (text: string): string =>
  text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const isPrintable = (text: string): boolean => text.search(CONTROLS) < 0;
