// What runs in an image: its own entry point, command and folder, each unless the function says another. Source: Lambda
// developer guide, "Container image settings".
import type { RootProgram } from '#engine/engine.ts'
import type { ProgramOverrides } from '../function-record.ts'
import type { ImageProgram } from './image-record.ts'

export function rootProgramOf(image: ImageProgram, overrides: ProgramOverrides = {}): RootProgram {
  const {
    entryPoint = image.entryPoint,
    command = image.command,
    workingDirectory = image.workingDirectory,
  } = overrides
  return { entryPoint: [...entryPoint, ...command], workingDirectory }
}
