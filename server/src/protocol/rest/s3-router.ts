// Finds the operation of an S3 request. S3 tells its operations apart by what is addressed (service, bucket, key), the
// method, literal query keys, required query members and the copy-source header; the candidate with most of them wins.
// `x-id`, which SDKs add, breaks ties only. Keys keep empty segments (`a//b`) and are not decoded here.
import { parseQuery } from '../form.ts'
import type { Model, Operation } from '../schema.ts'
import type { RouteMatch, WireRequest } from '../wire.ts'
import type { Router } from './router.ts'
import { uriPatternOf } from './uri-pattern.ts'

type Level = 'service' | 'bucket' | 'key'

interface Candidate {
  readonly operation: string
  readonly literals: readonly (readonly [key: string, value: string | undefined])[]
  readonly requiredQuery: readonly string[]
  readonly requiresCopySource: boolean
}

const COPY_SOURCE = 'x-amz-copy-source'
/** Object Lambda's answer comes to a host of its own and addresses no bucket. */
const WRITE_GET_OBJECT_RESPONSE = 'WriteGetObjectResponse'

/** The router of S3's model. */
export function s3Router(model: Model): Router {
  const candidates = new Map<string, Candidate[]>()
  for (const name of model.operationNames()) {
    const operation = model.operation(name)
    if (operation === undefined || name === WRITE_GET_OBJECT_RESPONSE) continue
    const place = placeOf(operation)
    const known = candidates.get(place)
    if (known === undefined) candidates.set(place, [candidateOf(operation)])
    else known.push(candidateOf(operation))
  }
  return (request) => {
    if (isWriteGetObjectResponse(request)) return { operation: WRITE_GET_OBJECT_RESPONSE, labels: {} }
    const { level, labels } = address(request.path)
    const found = best(candidates.get(`${request.method} ${level}`) ?? [], request)
    return found === undefined ? undefined : { operation: found.operation, labels }
  }
}

function placeOf(operation: Operation): string {
  const pattern = uriPatternOf(operation)
  const hasKey = pattern?.segments.some((segment) => segment.kind !== 'literal') === true
  const hasBucket = operation.input?.members.some((member) => member.name === 'Bucket' && member.traits.httpLabel === 1)
  const level: Level = hasKey ? 'key' : hasBucket === true ? 'bucket' : 'service'
  return `${pattern?.method} ${level}`
}

function candidateOf(operation: Operation): Candidate {
  const members = operation.input?.members ?? []
  const required = members.filter((member) => member.required)
  return {
    operation: operation.name,
    literals: (uriPatternOf(operation)?.query ?? []).filter(([key]) => key !== 'x-id'),
    requiredQuery: required.flatMap((member) => member.traits.httpQuery ?? []),
    requiresCopySource: required.some((member) => member.traits.httpHeader === COPY_SOURCE),
  }
}

function address(path: string): { readonly level: Level; readonly labels: RouteMatch['labels'] } {
  const slash = path.indexOf('/', 1)
  if (path.length <= 1) return { level: 'service', labels: {} }
  if (slash < 0) return { level: 'bucket', labels: { Bucket: path.slice(1) } }
  const Bucket = path.slice(1, slash)
  const Key = path.slice(slash + 1)
  return Key === '' ? { level: 'bucket', labels: { Bucket } } : { level: 'key', labels: { Bucket, Key } }
}

function best(candidates: readonly Candidate[], request: WireRequest): Candidate | undefined {
  const query = parseQuery(request.query)
  const id = query.get('x-id')?.[0]
  let found: Candidate | undefined
  let foundScore = -1
  for (const candidate of candidates) {
    let score = scoreOf(candidate, query, request.headers[COPY_SOURCE] !== undefined)
    if (score >= 0 && candidate.operation === id) score += 0.5
    if (score > foundScore) {
      found = candidate
      foundScore = score
    }
  }
  return found
}

/** How many conditions of the candidate hold; -1 when one does not. */
function scoreOf(candidate: Candidate, query: ReadonlyMap<string, readonly string[]>, hasCopySource: boolean): number {
  for (const [key, value] of candidate.literals) {
    const found = query.get(key)
    if (found === undefined || (value !== undefined && !found.includes(value))) return -1
  }
  for (const key of candidate.requiredQuery) if (!query.has(key)) return -1
  if (candidate.requiresCopySource && !hasCopySource) return -1
  return candidate.literals.length + candidate.requiredQuery.length + (candidate.requiresCopySource ? 1 : 0)
}

function isWriteGetObjectResponse(request: WireRequest): boolean {
  return (
    request.method === 'POST' &&
    request.path === `/${WRITE_GET_OBJECT_RESPONSE}` &&
    request.headers['x-amz-request-route'] !== undefined
  )
}
