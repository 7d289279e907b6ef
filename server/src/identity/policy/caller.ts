// Who asks, as policies see it.

export type PolicyCaller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'root'; readonly account: string }
  | { readonly kind: 'user'; readonly account: string; readonly arn: string }
  /** `arn`: `arn:aws:sts::…:assumed-role/<role>/<session>`. */
  | { readonly kind: 'session'; readonly account: string; readonly arn: string; readonly roleArn: string }
  /** `arn`: `arn:aws:sts::…:federated-user/<name>`. */
  | { readonly kind: 'federated'; readonly account: string; readonly arn: string }
  /** A service that acts by itself: `s3.amazonaws.com`. */
  | { readonly kind: 'service'; readonly service: string }
  /** Whoever an identity provider vouches for, before there is a session. */
  | { readonly kind: 'provider'; readonly provider: string }

/** How people call the caller in denials. */
export function nameOfCaller(caller: PolicyCaller): string {
  switch (caller.kind) {
    case 'anonymous':
      return 'anonymous'
    case 'root':
      return rootArn(caller.account)
    case 'user':
    case 'session':
    case 'federated':
      return caller.arn
    case 'service':
      return caller.service
    case 'provider':
      return caller.provider
  }
}

/** The account that the caller belongs to; undefined for those of no account. */
export function accountOfCaller(caller: PolicyCaller): string | undefined {
  return 'account' in caller ? caller.account : undefined
}

export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`
}
