// Which data calls are recorded: those that a trail of the account asks for. Kept in memory, because it is asked with every
// call; whoever changes trails tells.
import type { NamedResource } from './resource-type.ts'

/** What selectors look at. */
export interface CallTraits {
  readonly eventCategory: 'Management' | 'Data'
  readonly eventSource: string
  readonly eventName: string
  readonly readOnly: boolean
  readonly resources: readonly Pick<NamedResource, 'type' | 'arn'>[]
  /** Of `userIdentity`. */
  readonly userArn: string | undefined
  readonly errorCode: string | undefined
  /** Where the call was recorded. */
  readonly region: string
  /** Whether its service is of no region. */
  readonly isGlobal: boolean
}

/** Whether a trail wants an event. */
export type Wants = (traits: CallTraits) => boolean

export class DataSelection {
  readonly #byAccount = new Map<string, readonly Wants[]>()

  /** What the trails of an account ask for; none takes the account out. */
  set(account: string, wants: readonly Wants[]): void {
    if (wants.length === 0) this.#byAccount.delete(account)
    else this.#byAccount.set(account, wants)
  }

  /** True while no trail asks for any data call: then such calls cost nothing. */
  get isEmpty(): boolean {
    return this.#byAccount.size === 0
  }

  wants(account: string, traits: CallTraits): boolean {
    return this.#byAccount.get(account)?.some((wants) => wants(traits)) ?? false
  }

  forget(): void {
    this.#byAccount.clear()
  }
}
