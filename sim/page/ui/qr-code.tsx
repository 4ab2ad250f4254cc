import { modulesOf } from '../../account/qr.js';

/** The code of a text: dark on light whatever the colours of the page, as scanners want it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const modules = modulesOf(text);
  const { length: side } = modules;
  const path = modules.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path.join('')} fill="#000" />
    </svg>
  );
}
