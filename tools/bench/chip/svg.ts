/** As much of SVG as the plots need. */
type Attributes = Record<string, string | number>;

const quoted = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
const round = (value: string | number) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value);

export function element(name: string, attributes: Attributes, content = ''): string {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${quoted(String(round(value)))}"`);
  return content === '' ? `<${name}${all.join('')}/>` : `<${name}${all.join('')}>${content}</${name}>`;
}

export const rect = (x: number, y: number, width: number, height: number, attributes: Attributes): string =>
  element('rect', { x, y, width, height, ...attributes });

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element('line', { x1, y1, x2, y2, ...attributes });

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, quoted(content));

export const INK = '#1f2933';
export const FAINT = '#6b7785';
export const RULE = '#dfe4ea';
export const BLUE = '#2f6db5';
export const ORANGE = '#d9822b';

/** A picture on white, for light and dark pages alike. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'Helvetica, Arial, sans-serif',
    'font-size': 12,
    fill: INK,
    role: 'img',
  };
  const body = [
    element('title', {}, quoted(title)),
    rect(0, 0, width, height, { fill: '#ffffff' }),
    ...parts,
  ];
  return `${element('svg', attributes, `\n${body.join('\n')}\n`)}\n`;
}
