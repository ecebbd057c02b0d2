// Float32 arrays in safetensors files: { name: { shape, data } }.
import { readFileSync, writeFileSync } from "node:fs";

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

/** Writes the Float32Arrays of `tensors`: { name: { dims, data } }, as ONNX Runtime gives them. */
export function writeSafetensors(path, tensors) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    header[name] = { dtype: "F32", shape: Array.from(dims), data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, ...parts]));
}
