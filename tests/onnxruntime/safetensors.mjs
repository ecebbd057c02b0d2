// Reads float32 arrays of a safetensors file: { name: { shape, data } }.
import { readFileSync } from "node:fs";

export function readSafetensors(path) {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString("utf8"));
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (entry.dtype !== "F32") throw new Error(`${path}: '${name}' is ${entry.dtype}; F32 is wanted`);
    const [begin, end] = entry.data_offsets.map((offset) => offset + 8 + headerLength);
    // A copy, because a Float32Array must begin at a multiple of four bytes.
    tensors[name] = { shape: entry.shape, data: new Float32Array(new Uint8Array(bytes.subarray(begin, end)).buffer) };
  }
  return tensors;
}
