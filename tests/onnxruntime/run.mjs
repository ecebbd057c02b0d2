// node run.mjs MODEL.onnx INPUT [OUTPUT.json] - runs a model with one input in ONNX Runtime; prints or writes its first
// output as {"shape", "data"} in JSON.
// INPUT: a safetensors file with an array "input", or bare float32 values (then the batch is what they fill).
import { readFileSync, writeFileSync } from "node:fs";
import { readSafetensors } from "./safetensors.mjs";
import { declaredShape, namesOf, runModel } from "./session.mjs";

async function readInput(model, path) {
  if (path.endsWith(".safetensors")) return readSafetensors(path).input;
  const data = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
  const clip = (await declaredShape(model)).slice(1);
  return { shape: [data.length / clip.reduce((a, b) => a * b, 1), ...clip], data };
}

const [model, input, output] = process.argv.slice(2);
if (!input) {
  console.error("usage: node run.mjs MODEL.onnx INPUT [OUTPUT.json]");
  process.exit(2);
}
const names = await namesOf(model);
const outputs = await runModel(model, { [names.inputs[0]]: await readInput(model, input) });
const result = outputs[names.outputs[0]];
const json = JSON.stringify({ shape: result.shape, data: Array.from(result.data) });
if (output) writeFileSync(output, json + "\n");
else console.log(json);
