// node serve.mjs MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS - ONNX Runtime for `gerund bench --vs` and
// bench/engine. Reads the inputs by name, answers once, writes all outputs, prints
//   {"version", "load_ms", "base_bytes", "peak_bytes"}    load: from opening the model to the first answer
// and then, for each line N on stdin, runs N times and prints {"ms": [...], "peak_bytes"}. Ends with stdin.
// base_bytes: memory held before the model was opened; peak_bytes: the most until now (VmRSS, VmHWM; Linux only).
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import ort from "onnxruntime-node";
import { readSafetensors, writeSafetensors } from "./safetensors.mjs";

function memory(field) {
  const status = "/proc/self/status";
  const found = existsSync(status) && readFileSync(status, "utf8").match(new RegExp(`${field}:\\s*(\\d+) kB`));
  return found ? Number(found[1]) * 1024 : undefined;
}

const [model, inputPath, outputPath, threads] = process.argv.slice(2);
if (!threads) {
  console.error("usage: node serve.mjs MODEL.onnx INPUT.safetensors OUTPUT.safetensors THREADS");
  process.exit(2);
}
const feeds = {};
for (const [name, { shape, data }] of Object.entries(readSafetensors(inputPath))) feeds[name] = new ort.Tensor("float32", data, shape);

const base_bytes = memory("VmRSS");
const start = performance.now();
const session = await ort.InferenceSession.create(model, {
  executionProviders: ["cpu"],
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  interOpNumThreads: 1,
  intraOpNumThreads: Number(threads),
});
const outputs = await session.run(feeds);
const load_ms = performance.now() - start;
writeSafetensors(outputPath, outputs);
const { version } = JSON.parse(readFileSync(new URL("node_modules/onnxruntime-node/package.json", import.meta.url), "utf8"));
console.log(JSON.stringify({ version, load_ms, base_bytes, peak_bytes: memory("VmHWM") }));

for await (const line of createInterface({ input: process.stdin })) {
  const ms = [];
  for (let i = 0; i < Number(line); ++i) {
    const begin = performance.now();
    await session.run(feeds);
    ms.push(performance.now() - begin);
  }
  console.log(JSON.stringify({ ms, peak_bytes: memory("VmHWM") }));
}
