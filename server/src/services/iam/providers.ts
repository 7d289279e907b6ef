// Identity providers: issuers of web identity tokens (OIDC), and SAML.
import {
  type OidcProviderRecord,
  oidcProviders,
  type SamlProviderRecord,
  samlProviders,
} from '#identity/directory/records.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { noSuchEntity, validationError } from './errors.ts'
import type { IamDeps } from './model.ts'

/** The issuer without its scheme. Throws ValidationError for what is no https address. */
export function readIssuer(url: string | undefined): string {
  const text = required(url, 'url')
  // Issuers on this machine may do without TLS.
  if (!/^https:\/\/[^?#\s]+$/.test(text) && !/^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?(?:\/[^?#\s]*)?$/.test(text))
    throw validationError('Invalid Open ID Connect Provider URL')
  return text.slice(text.indexOf('://') + 3).replace(/\/$/, '')
}

export function oidcArn(account: string, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`
}

/** Throws NoSuchEntity. */
export async function requireOidc(
  reader: Reader,
  account: string,
  arn: string | undefined,
): Promise<OidcProviderRecord> {
  const wanted = required(arn, 'openIDConnectProviderArn')
  const prefix = oidcArn(account, '')
  const found = wanted.startsWith(prefix)
    ? await oidcProviders.get(reader, [account, wanted.slice(prefix.length)])
    : undefined
  if (found === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${wanted}`)
  return found.value
}

export async function changeOidc(
  { identity }: IamDeps,
  account: string,
  arn: string | undefined,
  change: (provider: OidcProviderRecord) => OidcProviderRecord,
): Promise<void> {
  await identity.directory.change(async (transaction) => {
    const next = change(await requireOidc(transaction, account, arn))
    await oidcProviders.set(transaction, [account, next.url], next)
  })
}

export async function changeSaml(
  { identity }: IamDeps,
  account: string,
  arn: string | undefined,
  change: (provider: SamlProviderRecord) => SamlProviderRecord,
): Promise<void> {
  await identity.directory.change(async (transaction) => {
    const next = change(await requireSaml(transaction, account, arn))
    await samlProviders.set(transaction, samlKey(account, next.name), next)
  })
}

export function samlArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:saml-provider/${name}`
}

export function samlKey(account: string, name: string): Key {
  return [account, name]
}

/** Throws NoSuchEntity. */
export async function requireSaml(
  reader: Reader,
  account: string,
  arn: string | undefined,
): Promise<SamlProviderRecord> {
  const wanted = required(arn, 'samlProviderArn')
  const prefix = samlArn(account, '')
  const found = wanted.startsWith(prefix)
    ? await samlProviders.get(reader, samlKey(account, wanted.slice(prefix.length)))
    : undefined
  if (found === undefined) throw noSuchEntity(`SAMLProvider ${wanted} not found`)
  return found.value
}
