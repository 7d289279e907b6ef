/** What a session was given when it began, beyond the identity that it acts as. */
export interface SessionGrants {
  /** Policy documents that limit it; with `policyArns`, all that it may do must be allowed by one of them. */
  readonly policies: readonly string[]
  /** ARNs of managed policies that limit it. */
  readonly policyArns: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** Names of the tags that go on to sessions begun by this one. */
  readonly transitiveTags: readonly string[]
  readonly issuedMs: number
  readonly sourceIdentity?: string
  /** The identity provider that vouched for it. */
  readonly provider?: string
}

/** Who calls. `instance` is the id of the cell when a function calls. Accounts are 12 digits. */
export type Principal =
  | { readonly kind: 'root'; readonly account: string; readonly accessKeyId: string }
  | {
      readonly kind: 'user'
      readonly account: string
      readonly accessKeyId: string
      readonly userName: string
      /** `arn:aws:iam::<account>:user<path><name>`. */
      readonly userArn: string
      readonly userId: string
      /** Temporary keys only: when the second factor was given; undefined when there was none. */
      readonly mfaMs?: number
    }
  | {
      readonly kind: 'session'
      readonly account: string
      readonly accessKeyId: string
      readonly roleArn: string
      readonly sessionName: string
      readonly instance?: string
      /** AROA...; instances of functions have none. */
      readonly roleId?: string
      readonly grants?: SessionGrants
    }
  | {
      readonly kind: 'federated'
      readonly account: string
      readonly accessKeyId: string
      readonly name: string
      /** Whose permissions it has, within its session policies; root's when undefined. */
      readonly userName: string | undefined
      readonly grants: SessionGrants
    }
  | { readonly kind: 'anonymous' }
