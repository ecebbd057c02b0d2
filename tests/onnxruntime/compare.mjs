// node compare.mjs MODEL.onnx PAIR.safetensors [MODEL PAIR]... - runs each model in ONNX Runtime on the array "input" of
// its pair and compares with "output", which gerund's engine computed. Exit code 1 where one differs by more than 1e-4.
import { readSafetensors } from "./safetensors.mjs";
import { runModel } from "./session.mjs";

const tolerance = 1e-4;

/** Largest difference, relative to the largest expected value where that is above 1. NaN or another shape: infinite. */
function distance(actual, expected) {
  if (actual.shape.join() !== expected.shape.join()) return Infinity;
  let largest = 0;
  let scale = 1;
  for (let i = 0; i < expected.data.length; ++i) {
    const difference = Math.abs(actual.data[i] - expected.data[i]);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    scale = Math.max(scale, Math.abs(expected.data[i]));
  }
  return largest / scale;
}

const files = process.argv.slice(2);
if (files.length < 2 || files.length % 2 !== 0) {
  console.error("usage: node compare.mjs MODEL.onnx PAIR.safetensors [MODEL PAIR]...");
  process.exit(2);
}
let failures = 0;
for (let i = 0; i < files.length; i += 2) {
  const pair = readSafetensors(files[i + 1]);
  const found = distance(await runModel(files[i], pair.input), pair.output);
  if (!(found <= tolerance)) ++failures;
  console.log(`${found <= tolerance ? "same" : "DIFFERENT"} ${files[i]}: ONNX Runtime differs by ${found.toExponential(2)}`);
}
console.log(`${files.length / 2 - failures} passed, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);
