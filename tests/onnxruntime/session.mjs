// Runs a model in ONNX Runtime on the CPU.
import ort from "onnxruntime-node";

/** Inputs and outputs are { name: { shape, data } }. */
export async function runModel(path, inputs) {
  const session = await ort.InferenceSession.create(path, { executionProviders: ["cpu"], intraOpNumThreads: 2 });
  const feeds = {};
  for (const [name, input] of Object.entries(inputs)) feeds[name] = new ort.Tensor("float32", input.data, input.shape);
  const outputs = await session.run(feeds);
  const results = {};
  for (const name of session.outputNames)
    results[name] = { shape: Array.from(outputs[name].dims), data: Float32Array.from(outputs[name].data) };
  await session.release();
  return results;
}

/** The arrays of a file whose names begin with `prefix`, without it. */
export function valuesOf(arrays, prefix) {
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** The names of a model's inputs and outputs. */
export async function namesOf(path) {
  const session = await ort.InferenceSession.create(path, { executionProviders: ["cpu"] });
  const names = { inputs: [...session.inputNames], outputs: [...session.outputNames] };
  await session.release();
  return names;
}

/** The shape that a model declares for its first input; text where an extent is free. */
export async function declaredShape(path) {
  const session = await ort.InferenceSession.create(path, { executionProviders: ["cpu"] });
  const shape = Array.from(session.inputMetadata[0].shape);
  await session.release();
  return shape;
}
