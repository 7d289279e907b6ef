// When a version's runtime is updated. There is one version of each runtime here, the one that Mayfly ships or the machine
// has, so the choice is kept and shown, and Manual can name that version only. Key layout:
//   lambda.runtime-management [functionId, version]
import { Collection, jsonCodec } from '#storage/collection.ts'

export interface RuntimeManagementRecord {
  readonly updateOn: 'Auto' | 'FunctionUpdate' | 'Manual'
  /** Set for Manual only. */
  readonly runtimeVersionArn?: string
}

export const runtimeManagement = new Collection<RuntimeManagementRecord>({
  name: 'lambda.runtime-management',
  codec: jsonCodec(1),
})
