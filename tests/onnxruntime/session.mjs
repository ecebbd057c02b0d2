// Runs a model in ONNX Runtime on the CPU.
import ort from "onnxruntime-node";

/** Gives the first input { shape, data } and returns the first output as { shape, data }. */
export async function runModel(path, input) {
  const session = await ort.InferenceSession.create(path, { executionProviders: ["cpu"], intraOpNumThreads: 2 });
  const tensor = new ort.Tensor("float32", input.data, input.shape);
  const outputs = await session.run({ [session.inputNames[0]]: tensor });
  const output = outputs[session.outputNames[0]];
  const result = { shape: Array.from(output.dims), data: Float32Array.from(output.data) };
  await session.release();
  return result;
}

/** The shape that a model declares for its first input; text where an extent is free. */
export async function declaredShape(path) {
  const session = await ort.InferenceSession.create(path, { executionProviders: ["cpu"] });
  const shape = Array.from(session.inputMetadata[0].shape);
  await session.release();
  return shape;
}
