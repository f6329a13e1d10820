// The orb's texture: soft grey clouds whose edges fit together, drawn here so that it has to come from nowhere.
//
// Four layers of value noise, each twice as fine and half as strong as the one before, and the whole as a PNG.

import { crc32, deflateSync } from "node:zlib";

const SIDE = 256;
const CELLS = 4;
const LAYERS = 4;
const MASK = 0xffffffff;

/** Always the same number between 0 and 1 for a corner of the grid. */
function cornerOf(x: number, y: number, layer: number): number {
  let bits = (x * 374_761_393 + y * 668_265_263 + layer * 2_147_483_647) & MASK;
  bits = Math.imul(bits ^ (bits >>> 13), 1_274_126_177);
  return ((bits ^ (bits >>> 16)) >>> 0) / MASK;
}

const eased = (t: number) => t * t * t * (t * (t * 6 - 15) + 10);
const between = (from: number, to: number, part: number) => from + (to - from) * part;

function layerAt(x: number, y: number, layer: number): number {
  const cells = CELLS << layer;
  const [u, v] = [(x / SIDE) * cells, (y / SIDE) * cells];
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [right, bottom] = [(left + 1) % cells, (top + 1) % cells];
  const [across, down] = [eased(u - left), eased(v - top)];
  const above = between(cornerOf(left, top, layer), cornerOf(right, top, layer), across);
  const below = between(cornerOf(left, bottom, layer), cornerOf(right, bottom, layer), across);
  return between(above, below, down);
}

/** How light a point is, from 0 to 255. */
export function greyAt(x: number, y: number): number {
  let [sum, most] = [0, 0];
  for (let layer = 0; layer < LAYERS; layer++) {
    const strength = 0.5 ** layer;
    sum += strength * layerAt(x, y, layer);
    most += strength;
  }
  return Math.round((sum / most) * 255);
}

export function noisePng(): Buffer {
  const rows = Buffer.alloc(SIDE * (SIDE + 1));
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) rows[y * (SIDE + 1) + 1 + x] = greyAt(x, y);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head[8] = 8; // bits of a point; the rest says: grey, not interlaced
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
