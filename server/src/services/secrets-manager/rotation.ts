// Rotation: a function of the customer makes a new version of a secret in four steps. Each step is an event of the outbox,
// written in the commit that the step follows from, so that a rotation goes on after a crash; a step may run twice, which
// the contract with rotation functions allows for. Source: Secrets Manager user guide, "Lambda rotation functions".
//
// A rotation is under way while AWSPENDING names a version that is not AWSCURRENT.
import { newRequestId } from '#base/ids.ts'
import type { Envelope } from '#events/envelope.ts'
import { outboxAppend, type OutboxRecord } from '#events/outbox.ts'
import type { DeliveryOutcome, Target } from '#events/target.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { ROTATION_AGE_MS_MAX, ROTATION_RETRY_DELAYS_MS, SWEPT_MAX } from './limits.ts'
import type { SecretsDeps } from './model.ts'
import { nextRotationMs } from './rotation-rules.ts'
import {
  CURRENT,
  find,
  keyOf,
  PENDING,
  putSecret,
  secretArn,
  type SecretRecord,
  secrets,
  withoutStage,
} from './secret.ts'

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
type Step = (typeof STEPS)[number]

export const ROTATION_TARGET = 'secrets-rotation'
const SOURCE = 'mayfly.secrets.rotation'
export const ROTATING_PRINCIPAL = 'secretsmanager.amazonaws.com'

interface StepData {
  readonly step: Step
  readonly token: string
  /** A test of the configuration: one step, and nothing of it stays. */
  readonly isTrial: boolean
}

/** The version that a rotation under way makes. */
export function pendingVersion({ stages }: Pick<SecretRecord, 'stages'>): string | undefined {
  const pending = stages[PENDING]
  return pending === stages[CURRENT] ? undefined : pending
}

/** The record while it rotates to a new version; the first step is in the same commit. */
export function beginRotation(
  transaction: Transaction,
  record: SecretRecord,
  { token, isTrial, nowMs }: { readonly token: string; readonly isTrial: boolean; readonly nowMs: number },
): SecretRecord {
  const step = isTrial ? 'testSecret' : 'createSecret'
  const { log, value } = outboxAppend(stepEvent(record, { step, token, isTrial }, nowMs))
  transaction.append(log, value)
  return { ...record, stages: { ...record.stages, [PENDING]: token } }
}

function stepEvent(record: SecretRecord, data: StepData, nowMs: number): OutboxRecord {
  const arn = secretArn(record)
  const payload = { Step: data.step, SecretId: arn, ClientRequestToken: data.token }
  return {
    envelope: {
      id: newRequestId(),
      source: SOURCE,
      type: data.step,
      subject: arn,
      timeMs: nowMs,
      account: record.account,
      region: record.region,
      hops: 0,
      data,
      payload: Buffer.from(JSON.stringify(payload)),
    },
    destination: { target: ROTATION_TARGET, arn, lane: arn },
  }
}

/** Runs the steps. */
export function createRotationTarget(deps: SecretsDeps): Target {
  return {
    name: ROTATION_TARGET,
    retryPolicy: () => Promise.resolve({ delaysMs: ROTATION_RETRY_DELAYS_MS, ageMaxMs: ROTATION_AGE_MS_MAX }),
    refusal: () => Promise.resolve('secrets rotate by themselves'),
    deliver: (envelope, { arn }, payload) => runStep(deps, envelope, arn, payload),
  }
}

async function runStep(
  deps: SecretsDeps,
  { account, region, data }: Envelope,
  arn: string,
  payload: Uint8Array,
): Promise<DeliveryOutcome> {
  // `stepEvent` made it.
  const { step, token, isTrial } = data as StepData
  const record = await find(deps.store, { account, region }, arn)
  // Cancelled, deleted, or given another version since: nobody waits for this step.
  if (record?.rotation === undefined || !record.rotation.enabled || !isUnderWay(record, token, step))
    return { kind: 'delivered' }
  const outcome = await deps.invoke({ functionArn: record.rotation.functionArn, secretArn: arn, account }, payload)
  if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason, countsAsAttempt: !outcome.throttled }
  if (isTrial) return await endTrial(deps, record, token)
  const next = STEPS[STEPS.indexOf(step) + 1]
  if (next === undefined) return await endRotation(deps, record, token)
  return { kind: 'delivered', follows: [stepEvent(record, { step: next, token, isTrial }, deps.clock.nowMs())] }
}

function isUnderWay({ stages, deletedMs }: SecretRecord, token: string, step: Step): boolean {
  if (deletedMs !== undefined) return false
  // The last step moves the stages; done once, it may be repeated after a crash.
  return stages[PENDING] === token || (step === 'finishSecret' && stages[CURRENT] === token)
}

async function endTrial(deps: SecretsDeps, record: SecretRecord, token: string): Promise<DeliveryOutcome> {
  await change(deps, record, (found) => (found.stages[PENDING] === token ? withoutStage(found, PENDING) : found))
  return { kind: 'delivered' }
}

async function endRotation(deps: SecretsDeps, record: SecretRecord, token: string): Promise<DeliveryOutcome> {
  const nowMs = deps.clock.nowMs()
  const ended = await change(deps, record, (found) =>
    found.stages[CURRENT] === token && found.rotation !== undefined
      ? { ...found, rotation: { ...found.rotation, lastMs: nowMs } }
      : found,
  )
  if (ended === undefined || ended.stages[CURRENT] === token) return { kind: 'delivered' }
  return { kind: 'failed', reason: 'finishSecret did not move AWSCURRENT to the new version', countsAsAttempt: true }
}

function change(
  deps: SecretsDeps,
  { account, region, name, id }: SecretRecord,
  next: (found: SecretRecord) => SecretRecord,
): Promise<SecretRecord | undefined> {
  return transact(deps.store, async (transaction) => {
    const found = (await secrets.get(transaction, keyOf({ account, region, name })))?.value
    if (found?.id !== id) return undefined
    const changed = next(found)
    if (changed !== found) await putSecret(transaction, changed)
    return changed
  })
}

/** Begins the rotations that are due; one that is still under way is begun again with the same version. */
export async function beginDueRotations({ store, clock }: Pick<SecretsDeps, 'store' | 'clock'>): Promise<void> {
  const nowMs = clock.nowMs()
  const due = await secrets.listIndex(store, 'rotate', { prefix: [], before: [nowMs] }, { limit: SWEPT_MAX })
  for (const { key } of due)
    await transact(store, async (transaction) => {
      const record = (await secrets.get(transaction, key))?.value
      const { rotation } = record ?? {}
      if (record === undefined || rotation?.nextMs === undefined || rotation.nextMs > nowMs) return
      const nextMs = nextRotationMs(rotation.rules, nowMs)
      const { nextMs: _past, ...kept } = rotation
      const planned = { ...record, rotation: { ...kept, ...(nextMs !== undefined && { nextMs }) } }
      const token = pendingVersion(record) ?? newRequestId()
      await putSecret(transaction, beginRotation(transaction, planned, { token, isTrial: false, nowMs }))
    })
}
