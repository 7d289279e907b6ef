// What is stored about functions. Key layout:
//   lambda.functions  [account, region, name]        the function and its $LATEST
//   lambda.versions   [functionId, version number]   published, immutable
//   lambda.policies   [functionId, qualifier or '']  resource policy
//   lambda.aliases    [functionId, name]             in alias-record.ts
// Versions and policies hang on the function's id, not on its name: what a deletion leaves behind can never belong to a
// function that is made later under the same name.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { StoredImage } from './images/image-record.ts'
import type { LogSettings } from './log-settings.ts'

export interface StoredCode {
  readonly kind?: undefined
  readonly blobId: string
  /** SHA-256 of the zip, lower-case hexadecimal. */
  readonly sha256: string
  readonly zipBytes: number
  readonly unpackedBytes: number
}

/** The image of a function, as it was when it was named. */
export interface FunctionImage extends StoredImage {
  readonly kind: 'image'
  /** As it was given. */
  readonly uri: string
  /** The same with the digest. */
  readonly resolvedUri: string
}

/** What an image's own words about running it are replaced by; what is left out stays. */
export interface ProgramOverrides {
  readonly entryPoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDirectory?: string
}

/** A function's variables under a key. */
export interface SealedEnvironment {
  /** As it was given. */
  readonly key: string
  /** The key behind it. */
  readonly keyArn: string
  /** JSON of the variables, encrypted, base64. */
  readonly ciphertext: string
}

/** A layer version that a function uses. */
export interface LayerUse {
  readonly arn: string
  readonly code: StoredCode
}

/** How executions of a durable function are. */
export interface DurableSettings {
  /** How long one may last. */
  readonly timeoutS: number
  /** How long it can be looked at afterwards. */
  readonly retentionDays: number
}

/** One version of a function: everything that decides how it runs. */
export interface VersionRecord {
  /** `$LATEST` or the number. */
  readonly version: string
  /** Empty for an image, as the handler is. */
  readonly runtime: string
  readonly handler: string
  readonly role: string
  readonly description: string
  readonly timeoutS: number
  readonly memoryMb: number
  readonly ephemeralMb: number
  /**
   * The variables, sealed under the server's own key unless they are under a customer's (`sealed`). Undefined when none were
   * ever given: AWS leaves them out of its answers then.
   */
  readonly environment: string | undefined
  /** The customer's key for the variables, as it was named. */
  readonly kmsKey?: string | undefined
  /** The variables under that key; then `environment` is undefined. */
  readonly sealed?: SealedEnvironment | undefined
  readonly architecture: string
  /** Its instances serve one tenant each. Said when the function was made. */
  readonly tenancy?: 'PER_TENANT'
  /** Its invocations are parts of executions that outlast them. Said when the function was made. */
  readonly durable?: DurableSettings
  readonly tracing: string
  readonly logGroup: string
  /** Text where it is left out. */
  readonly logSettings?: LogSettings
  /** Where events go whose asynchronous invocation failed for good. */
  readonly deadLetterArn: string | undefined
  readonly code: StoredCode | FunctionImage
  /** Of an image. */
  readonly overrides?: ProgramOverrides | undefined
  /** In their order: a later one covers an earlier one. */
  readonly layers?: readonly LayerUse[]
  /** Whether an initialised instance of each published version stands by. */
  readonly snapStart?: 'PublishedVersions' | 'None'
  readonly lastModifiedMs: number
  /** What clients see; changes with every change. */
  readonly revisionId: string
  /** What cells are bound to; changes when code or configuration change. */
  readonly deploymentId: string
}

export interface FunctionRecord {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly name: string
  readonly latest: VersionRecord
  /** Number of the last published version; numbers are never used twice. */
  readonly lastVersion: number
  /** The deployment that the last published version was made of. */
  readonly publishedDeploymentId: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** Instances that are this function's alone, and the most that it may have. */
  readonly reservedConcurrency?: number
  /** Decides what happens to unsigned packages. */
  readonly codeSigningConfigArn?: string
}

/** A statement of a resource policy. */
export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>
  readonly Action?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** A statement as AWS renders it for AddPermission and AddLayerVersionPermission. */
export interface GrantStatement extends PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: string | Readonly<Record<string, string>>
  readonly Action: string
  readonly Resource: string
}

export interface PolicyRecord {
  readonly revisionId: string
  readonly statements: readonly PolicyStatement[]
  /** Of a document that PutResourcePolicy brought; AWS's own where a policy grew by AddPermission. */
  readonly version?: string
  readonly id?: string
}

function blobsOf({ code, layers = [] }: VersionRecord): readonly Key[] {
  const parts = code.kind === 'image' ? code.layers : [code, ...layers.map((layer) => layer.code)]
  return [...new Set(parts.map(({ blobId }) => blobId))].map((blobId) => [blobId])
}

export const functions = new Collection<FunctionRecord>({
  name: 'lambda.functions',
  codec: jsonCodec(1),
  indexes: {
    blob: (record) => blobsOf(record.latest),
    reserved: ({ account, region, reservedConcurrency }) =>
      reservedConcurrency === undefined ? [] : [[account, region]],
    codeSigning: ({ account, region, codeSigningConfigArn }) =>
      codeSigningConfigArn === undefined ? [] : [[account, region, codeSigningConfigArn]],
  },
})

export const versions = new Collection<VersionRecord>({
  name: 'lambda.versions',
  codec: jsonCodec(1),
  indexes: { blob: blobsOf },
})

export const policies = new Collection<PolicyRecord>({ name: 'lambda.policies', codec: jsonCodec(1) })

export function functionKey(ref: { readonly account: string; readonly region: string; readonly name: string }): Key {
  return [ref.account, ref.region, ref.name]
}
