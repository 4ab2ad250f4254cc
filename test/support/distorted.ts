import type { Picture } from '../../tools/cli/pos/qr-picture.js';
import { randomOf } from './text-mutants.js';

/** What happens to a picture between a screen and a scanner. */
export type Distortion = (picture: Picture) => Picture;

const LIGHT = 255;

/** Each pixel of the result comes from a place in `picture`, between its pixels; light outside. */
function warped(picture: Picture, from: (x: number, y: number) => readonly [number, number]): Picture {
  const { width, height } = picture;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = sampled(picture, ...from(x, y));
  return { width, height, data };
}

const at = ({ width, height, data }: Picture, x: number, y: number): number =>
  x >= 0 && y >= 0 && x < width && y < height ? data[y * width + x] : LIGHT;

/** Bilinear. */
function sampled(picture: Picture, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - left, y - top];
  const row = (below: number): number =>
    at(picture, left, top + below) * (1 - dx) + at(picture, left + 1, top + below) * dx;
  return Math.round(row(0) * (1 - dy) + row(1) * dy);
}

export const inverted: Distortion = ({ width, height, data }) => ({
  width,
  height,
  data: data.map((value) => 255 - value),
});

export const mirrored: Distortion = (picture) => warped(picture, (x, y) => [picture.width - 1 - x, y]);

/** Turned about its middle, in a frame that holds all of it. */
export function turned(degrees: number): Distortion {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return (picture) => {
    const framed = inFrame(picture, Math.ceil(picture.width * 0.25));
    const middle = (framed.width - 1) / 2;
    return warped(framed, (x, y) => {
      const [dx, dy] = [x - middle, y - middle];
      return [middle + cos * dx + sin * dy, middle - sin * dx + cos * dy];
    });
  };
}

function inFrame(picture: Picture, margin: number): Picture {
  const width = picture.width + 2 * margin;
  const empty = { width, height: width, data: new Uint8Array(width * width) };
  return {
    ...empty,
    data: empty.data.map((_, i) => at(picture, (i % width) - margin, Math.floor(i / width) - margin)),
  };
}

/** Seen from below: its upper edge is shorter by `share`, and what is further away is nearer together. */
export function inPerspective(share: number): Distortion {
  const far = 1 / (1 - share);
  return (picture) => {
    const last = picture.width - 1;
    return warped(picture, (x, y) => {
      const [u, v] = [x / last, y / last];
      const sourceV = (v * far) / (1 + v * (far - 1));
      const depth = far - sourceV * (far - 1);
      return [last * (0.5 + (u - 0.5) * depth), last * sourceV];
    });
  };
}

/** The mean of 3 x 3 pixels, and noise of up to `noise` shades either way. */
export function blurred(noise: number, seed: number): Distortion {
  return (picture) => {
    const random = randomOf(seed);
    const data = picture.data.map((_, i) => shade(picture, i, random(2 * noise + 1) - noise));
    return { ...picture, data };
  };
}

function shade(picture: Picture, i: number, noise: number): number {
  const [x, y] = [i % picture.width, Math.floor(i / picture.width)];
  let sum = 0;
  for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(picture, x + dx, y + dy);
  return Math.max(0, Math.min(255, Math.round(sum / 9 + noise)));
}

/** A gray square over the middle, of `share` of the area within the quiet zone of `quiet` pixels. */
export function covered(share: number, quiet: number): Distortion {
  return (picture) => {
    const half = (Math.sqrt(share) * (picture.width - 2 * quiet)) / 2;
    const middle = (picture.width - 1) / 2;
    const data = picture.data.map((value, i) => {
      const [dx, dy] = [(i % picture.width) - middle, Math.floor(i / picture.width) - middle];
      return Math.abs(dx) <= half && Math.abs(dy) <= half ? 128 : value;
    });
    return { ...picture, data };
  };
}
