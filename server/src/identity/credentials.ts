// Access keys and sessions: who may sign. (Interface; the implementation belongs to this room.)
import type { Principal } from '#base/principal.ts'

/** What a signature is checked with. */
export interface Credential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Temporary credentials only: must equal x-amz-security-token. */
  readonly sessionToken?: string
  readonly expiresMs?: number
  readonly principal: Principal
}

export interface InstanceSession {
  readonly account: string
  readonly roleArn: string
  readonly sessionName: string
  /** The cell's instance id. */
  readonly instance: string
}

export interface Credentials {
  /** The key, if it may sign; at once where it is known already, as it mostly is. */
  lookup(accessKeyId: string): Credential | undefined | Promise<Credential | undefined>
  /** Temporary credentials for one function instance; dropped by `revokeInstance`. */
  issue(session: InstanceSession): { accessKeyId: string; secretAccessKey: string; sessionToken: string }
  revokeInstance(instance: string): void
}
