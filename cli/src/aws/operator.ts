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
