// Which account a request acts in.

export const DEFAULT_ACCOUNT = '000000000000'
export const DEFAULT_REGION = 'us-east-1'

const ACCOUNT = /^\d{12}$/

/** Lenient mode: an access key id of twelve digits names its account, any other means the default account. */
export function accountOfAnyKey(accessKeyId: string | undefined): string {
  return accessKeyId !== undefined && ACCOUNT.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT
}

const REGION = /^[a-z]{2,10}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/

/** The region that a request named, if it looks like one (it becomes part of ARNs and keys), else the default. */
export function regionOf(named: string | undefined): string {
  return named !== undefined && REGION.test(named) ? named : DEFAULT_REGION
}
