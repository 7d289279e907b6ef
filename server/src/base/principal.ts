/** Who calls. `instance` is the id of the cell when a function calls. Accounts are 12 digits. */
export type Principal =
  | { readonly kind: 'root'; readonly account: string; readonly accessKeyId: string }
  | {
      readonly kind: 'session'
      readonly account: string
      readonly accessKeyId: string
      readonly roleArn: string
      readonly sessionName: string
      readonly instance?: string
    }
  | { readonly kind: 'anonymous' }
