// node onnx_peer.mjs FOLDER MODEL.onnx WINDOW.bin "[1,3,16,84,112]" THREADS - ONNX Runtime for bench/streams. FOLDER holds node_modules with
// onnxruntime-node. Prints {"version"} once the model is loaded and ran once; then, for each line on stdin, reads the float32 window out of
// WINDOW.bin, runs it and prints {"logits": [...], "run_ms", "cpu_seconds"}, the last of
// all its threads since it began. Ends with stdin.
import { openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, model, path, shapeText, threads] = process.argv.slice(2);
const ort = createRequire(`${folder}/package.json`)("onnxruntime-node");
const { version } = JSON.parse(readFileSync(`${folder}/node_modules/onnxruntime-node/package.json`, "utf8"));
const shape = JSON.parse(shapeText);
const data = new Float32Array(shape.reduce((a, b) => a * b));
const bytes = new Uint8Array(data.buffer);
const file = openSync(path, "r");
const session = await ort.InferenceSession.create(model, {
  executionProviders: ["cpu"],
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  interOpNumThreads: 1,
  intraOpNumThreads: Number(threads),
});
const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", data, shape) };
await session.run(feeds);
console.log(JSON.stringify({ version }));

for await (const _ of createInterface({ input: process.stdin })) {
  readSync(file, bytes, 0, bytes.length, 0);
  const start = performance.now();
  const outputs = await session.run(feeds);
  const end = performance.now();
  const logits = Array.from(outputs[session.outputNames[0]].data);
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ logits, run_ms: end - start, cpu_seconds: (user + system) / 1e6 }));
}
