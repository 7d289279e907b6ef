// Which certificate authorities the command believes: the machine's, those that the user names as for the AWS CLI, and the
// one that a server on this machine made for itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { dataFolder, type Environment } from '../config.ts'
import { CliError } from '../errors.ts'

/** PEM texts. Throws CliError for a bundle that was named and cannot be read. */
export function trustedAuthorities(env: Environment): string[] {
  const bundle = env['AWS_CA_BUNDLE']
  const named = bundle === undefined || bundle === '' ? [] : [readBundle(bundle)]
  // NODE_EXTRA_CA_CERTS are among the default ones.
  return [...getCACertificates('default'), ...named, ...readOwn(localAuthority(env))]
}

/** Where a server on this machine keeps the certificate of its own authority. */
export function localAuthority(env: Environment): string {
  return join(dataFolder(env), 'tls', 'ca.pem')
}

function readBundle(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CliError('MF1101', `AWS_CA_BUNDLE cannot be read: ${path}`, { mend: 'Name a file in PEM form.', cause })
  }
}

function readOwn(path: string): readonly string[] {
  try {
    return [readFileSync(path, 'utf8')]
  } catch {
    // Not there, or of a server of somebody else: then it is not needed, or the connection says what is missing.
    return []
  }
}
