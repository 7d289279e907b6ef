// Mayfly's own routes for whoever runs the server: signed like a request to AWS, with the root key of the default account.
import type { AwsClient, Service } from './client.ts'
import type { ClientRequest } from './exchange.ts'

const MAYFLY: Service = { variable: 'MAYFLY', signingName: 'mayfly' }

/** The answer as JSON. Throws CliError; a refusal says who may. */
export async function askOperator(client: AwsClient, request: ClientRequest): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await client.send(MAYFLY, { ...request, headers })
  return JSON.parse(response.body.toString('utf8'))
}

/** The same where a conflict (409) is an answer as well. */
export async function tellOperator(
  client: AwsClient,
  request: ClientRequest,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { 'content-type': 'application/json' }
  const { status, body } = await client.send(MAYFLY, { ...request, headers }, [409])
  return { status, body: JSON.parse(body.toString('utf8')) }
}
