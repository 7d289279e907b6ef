// Packages of durable functions: a handler, and AWS's own SDK for durable execution beside it in one file.
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { zipOf } from './zip-file.ts'

let sdk: Promise<string> | undefined

/** The SDK with everything that it needs, as it would be deployed. */
async function bundleSdk(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(import.meta.resolve('@aws/durable-execution-sdk-js')),
    platform: 'node',
    // What it chooses at run time is chosen here, too.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false, minify: true })
  await bundle.close()
  return output[0].code
}

/** A zip of `index.mjs`, which finds the SDK under the name `./sdk.mjs`. */
export async function durablePackage(source: string): Promise<Buffer> {
  sdk ??= bundleSdk()
  return zipOf({ 'index.mjs': source, 'sdk.mjs': await sdk })
}
