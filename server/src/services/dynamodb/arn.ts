// The ARNs of DynamoDB, and where a table is looked for: an account, a region and a name.

/** The account and region that a request acts in. */
export interface Place {
  readonly account: string
  readonly region: string
}

export interface TablePlace extends Place {
  readonly name: string
}

export function tableArn({ account, region, name }: TablePlace): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${name}`
}

export function indexArn(table: TablePlace, index: string): string {
  return `${tableArn(table)}/index/${index}`
}

export function streamArn(table: TablePlace, label: string): string {
  return `${tableArn(table)}/stream/${label}`
}

const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([^/]+)/

/** The table of a table ARN, or of an ARN below one (index, stream, backup, export, import). */
export function tableOfArn(arn: string): TablePlace | undefined {
  const [, region, account, name] = TABLE_ARN.exec(arn) ?? []
  return region === undefined || account === undefined || name === undefined ? undefined : { account, region, name }
}

/** What `TableName` parameters mean: a name in the caller's own place, or the ARN of a table. */
export function tablePlace(nameOrArn: string, { account, region }: Place): TablePlace {
  const named = nameOrArn.startsWith('arn:') ? tableOfArn(nameOrArn) : undefined
  return named ?? { account, region, name: nameOrArn }
}
