/** What executes networks, and where: the flags of the commands that predict. */
import type { Command } from 'commander'

export interface InferenceFlags {
  readonly runtime?: string
  readonly device?: string
}

export function inferenceOptions(command: Command): Command {
  return command
    .option('--runtime <name>', 'what executes networks: onnx, tfjs or reference (default onnx)')
    .option('--device <name>', 'where: auto, cpu, webgpu or cuda (default auto)')
}

/** The settings that these options stand for. */
export function inferenceFlags({ runtime, device }: InferenceFlags): Record<string, unknown> {
  return { 'inference.runtime': runtime, 'inference.device': device }
}
