// Reads a service's generated model when it is first used.
import { readFileSync } from 'node:fs'
import type { ModelFile } from './model.ts'
import { Model } from './schema.ts'
import type { ServiceId } from './services.ts'

/** The model of a service, from its generated file: about 2 ms. */
export function loadModel(id: ServiceId): Model {
  const text = readFileSync(new URL(`./generated/${id}.json`, import.meta.url), 'utf8')
  // The file is written by tools/gen-schemas.ts, and a test compares it with what that would write.
  return new Model(JSON.parse(text) as ModelFile)
}
