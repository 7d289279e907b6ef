// Writes server/src/protocol/generated/<service>.json from the pinned SDK clients. `--check` writes nothing and fails
// when a file is not what would be written. The Serverless Application Repository's pinned client is older than the
// SDK's schemas: its model comes from botocore's (Debian's python3-botocore).
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ModelFile } from '../server/src/protocol/model.ts'
import { SERVICE_IDS, type ServiceId } from '../server/src/protocol/services.ts'
import { type BotocoreModel, modelFromBotocore } from './model-from-botocore.ts'
import { modelFromSdk } from './model-from-sdk.ts'

const BOTOCORE_DATA = '/usr/lib/python3/dist-packages/botocore/data'
/** Services whose pinned client exports no schemas, and where botocore keeps their models. */
const FROM_BOTOCORE: Readonly<Partial<Record<ServiceId, string>>> = {
  serverlessapplicationrepository: `${BOTOCORE_DATA}/serverlessrepo/2017-09-08/service-2.json`,
}
/** The model of SQS names no XML namespace, but its query answers carry one. */
const XML_NAMESPACES: Readonly<Partial<Record<ServiceId, string>>> = {
  sqs: 'http://queue.amazonaws.com/doc/2012-11-05/',
}

const folder = fileURLToPath(new URL('../server/src/protocol/generated/', import.meta.url))
const require = createRequire(import.meta.url)
const check = process.argv.includes('--check')

const different: string[] = []
let compared = 0
for (const id of SERVICE_IDS) {
  const text = modelText(id)
  const path = `${folder}${id}.json`
  if (text !== undefined) compared++
  if (text === undefined)
    console.log(`${id}: not compared, ${FROM_BOTOCORE[id]} is missing (apt-get install python3-botocore)`)
  else if (!check) writeFileSync(path, text)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) different.push(id)
}
if (different.length > 0) {
  console.error(`generated models differ from the pinned packages: ${different.join(', ')}; run npm run gen-schemas`)
  process.exit(1)
}
console.log(`${compared} models ${check ? 'are up to date' : 'written'}`)

function modelText(id: ServiceId): string | undefined {
  const model = readModel(id)
  if (model === undefined) return undefined
  const xmlNamespace = XML_NAMESPACES[id] ?? model.xmlNamespace
  const { operations, errors, shapes, ...facts } = model
  const head = JSON.stringify({ ...facts, ...(xmlNamespace === undefined ? {} : { xmlNamespace }), operations, errors })
  // One shape a line: a new SDK version shows as a diff that can be read.
  const lines = shapes.map((row) => JSON.stringify(row)).join(',\n')
  return `${head.slice(0, -1)},"shapes":[\n${lines}\n]}\n`
}

function readModel(id: ServiceId): ModelFile | undefined {
  const path = FROM_BOTOCORE[id]
  if (path !== undefined) {
    if (!existsSync(path)) return undefined
    return modelFromBotocore(JSON.parse(readFileSync(path, 'utf8')) as BotocoreModel)
  }
  const model = modelFromSdk(require(`@aws-sdk/client-${id}`) as Record<string, unknown>)
  if (model === undefined) throw new Error(`@aws-sdk/client-${id} exports no schemas`)
  return model
}
