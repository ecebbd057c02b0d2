// node compare.mjs MODEL.onnx PAIR.safetensors [MODEL PAIR]... - runs each model in ONNX Runtime on the arrays "input/NAME"
// of its pair and compares every "output/NAME", which gerund's engine computed. Exit code 1 where one differs by more
// than 1e-4; those of networks in whole numbers, named quantized_*, by more than 2e-2: a sum that differs in its last
// digit may be rounded to the next step.
import { basename } from "node:path";
import { readSafetensors } from "./safetensors.mjs";
import { runModel, valuesOf } from "./session.mjs";

const toleranceOf = (file) => (basename(file).startsWith("quantized_") ? 2e-2 : 1e-4);

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

/** Largest distance among the outputs by name; an output that one side lacks: infinite. */
function furthest(actual, expected) {
  if (Object.keys(actual).sort().join() !== Object.keys(expected).sort().join()) return Infinity;
  return Math.max(...Object.entries(expected).map(([name, value]) => distance(actual[name], value)));
}

const files = process.argv.slice(2);
if (files.length < 2 || files.length % 2 !== 0) {
  console.error("usage: node compare.mjs MODEL.onnx PAIR.safetensors [MODEL PAIR]...");
  process.exit(2);
}
let failures = 0;
for (let i = 0; i < files.length; i += 2) {
  const pair = readSafetensors(files[i + 1]);
  const found = furthest(await runModel(files[i], valuesOf(pair, "input/")), valuesOf(pair, "output/"));
  const same = found <= toleranceOf(files[i]);
  if (!same) ++failures;
  console.log(`${same ? "same" : "DIFFERENT"} ${files[i]}: ONNX Runtime differs by ${found.toExponential(2)}`);
}
console.log(`${files.length / 2 - failures} passed, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);
