import { AwsError } from '#protocol/errors.ts'
import type { RotationCall, RotationOutcome, SecretsDeps } from '#services/secrets-manager/model.ts'
import { internalContext } from './internal-context.ts'
import type { Part, Surroundings } from './part.ts'

/** Secrets whose recovery window is over are deleted, and rotations that are due begin, this often. */
const SWEEP_INTERVAL_MS = 60 * 1000

export function secretsManagerPart(around: Surroundings): Part {
  const { store, vault, clock, closing, log } = around
  const deps: SecretsDeps = {
    store,
    vault,
    clock,
    refusal: (rotation) => refusalOf(around, rotation),
    invoke: (rotation, payload) => invoke(around, rotation, payload),
  }
  return {
    services: {
      'secrets-manager': async () =>
        (await import('#services/secrets-manager/service.ts')).createSecretsManagerService(deps),
    },
    targets: {
      'secrets-rotation': async () =>
        (await import('#services/secrets-manager/rotation.ts')).createRotationTarget(deps),
    },
    async start() {
      for (;;) {
        await clock.sleep(SWEEP_INTERVAL_MS, closing)
        if (closing.aborted) return
        const [{ sweepSecrets }, { beginDueRotations }] = await Promise.all([
          import('#services/secrets-manager/removal.ts'),
          import('#services/secrets-manager/rotation.ts'),
        ])
        try {
          await sweepSecrets(deps)
          await beginDueRotations(deps)
        } catch (error) {
          // The next round does what is left.
          if (!closing.aborted) log.warn('secrets.sweep.failed', { error })
        }
      }
    },
  }
}

/** As a delivery: the function must be there, and its policy must let Secrets Manager in. */
async function refusalOf(
  { targetFor }: Surroundings,
  { functionArn, secretArn, account }: RotationCall,
): Promise<string | undefined> {
  const target = functionArn.startsWith('arn:aws:lambda:') ? targetFor(functionArn) : undefined
  if (target === undefined) return `${functionArn} is not the ARN of a function`
  return await target.refusal(functionArn, {
    principal: 'secretsmanager.amazonaws.com',
    sourceArn: secretArn,
    account,
  })
}

async function invoke(around: Surroundings, call: RotationCall, payload: Uint8Array): Promise<RotationOutcome> {
  const refusal = await refusalOf(around, call)
  if (refusal !== undefined) return { kind: 'failed', reason: refusal, throttled: false }
  const [, , , region = '', account = ''] = call.functionArn.split(':')
  const operation = (await around.service('lambda')).operations.get('Invoke')
  try {
    const output = (await operation?.handle(
      { FunctionName: call.functionArn, InvocationType: 'RequestResponse', Payload: Buffer.from(payload) },
      internalContext({ service: 'lambda', operation: 'Invoke', account, region }),
    )) as { readonly FunctionError?: string; readonly Payload?: Uint8Array } | undefined
    if (output?.FunctionError === undefined) return { kind: 'succeeded' }
    return { kind: 'failed', reason: errorIn(output.Payload), throttled: false }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { kind: 'failed', reason: `${error.code}: ${error.message}`, throttled: error.status === 429 }
  }
}

/** The kind of the error alone: what a rotation function says of it may hold the secret, and is in the function's own log. */
function errorIn(payload: Uint8Array | undefined): string {
  const [, type = 'an error'] = /"errorType":\s*"([A-Za-z.:]{1,100})"/.exec(Buffer.from(payload ?? []).toString()) ?? []
  return `the rotation function ended with ${type}; its log says more`
}
