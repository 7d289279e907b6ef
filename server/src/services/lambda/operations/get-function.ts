// GetFunction: the settings of a version, its tags, and an address where its package can be fetched for ten minutes, or what
// its image is called.
import type { RequestContext } from '#protocol/operation.ts'
import { originOf } from '#protocol/origin.ts'
import { configurationAnswer, weakIsolation } from '../configuration-answer.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { showEnvironment } from '../environment-encryption.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getFunction(
  { ports, codeLocations }: LambdaDeps,
  input: LambdaInput<'GetFunction'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetFunction'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { record, owner } = await requireVersion(ports.store, ref)
  // The address is only given back to the one who sent this host.
  const origin = originOf(context.http)
  const shown = await showEnvironment(
    ports,
    ref,
    record,
    configurationAnswer(ports, ref, record, ref.qualifier),
    context,
  )
  return {
    Configuration: { ...shown, ...weakIsolation(ports.engine) },
    Code:
      record.code.kind === 'image'
        ? { RepositoryType: 'ECR', ImageUri: record.code.uri, ResolvedImageUri: record.code.resolvedUri }
        : { RepositoryType: 'S3', Location: codeLocations.locate(origin, record.code) },
    ...(owner.reservedConcurrency !== undefined && {
      Concurrency: { ReservedConcurrentExecutions: owner.reservedConcurrency },
    }),
    ...(Object.keys(owner.tags).length > 0 && { Tags: owner.tags }),
  }
}
