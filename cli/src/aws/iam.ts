// The IAM operations that the command uses (AWS IAM API Reference, 2010-05-08).
import { CliError } from '../errors.ts'
import type { AwsClient, Service } from './client.ts'

export const IAM: Service = { variable: 'IAM', signingName: 'iam' }

const MANAGED = 'arn:aws:iam::aws:policy/service-role'
/** What an execution role that the command makes may do: write logs; or that, and make checkpoints of executions. */
export const BASIC_EXECUTION = `${MANAGED}/AWSLambdaBasicExecutionRole`
export const DURABLE_EXECUTION = `${MANAGED}/AWSLambdaBasicDurableExecutionRolePolicy`
const LAMBDA_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

/** Execution roles of functions. */
export class Roles {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.#call('GetRole', { RoleName: name }, name)
      return true
    } catch (error) {
      if (error instanceof CliError && error.code === 'MF2101') return false
      throw error
    }
  }

  /** A role that Lambda can assume, with what this policy allows and nothing else. */
  async create(name: string, policyArn: string): Promise<void> {
    await this.#call('CreateRole', { RoleName: name, AssumeRolePolicyDocument: LAMBDA_TRUST }, name)
    await this.#call('AttachRolePolicy', { RoleName: name, PolicyArn: policyArn }, name)
  }

  async #call(action: string, parameters: Readonly<Record<string, string>>, name: string): Promise<void> {
    const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await this.#client.send(IAM, { method: 'POST', path: '/', headers, body, about: `role ${name}` })
  }
}
