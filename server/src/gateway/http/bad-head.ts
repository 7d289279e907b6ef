/** A head that no protocol can read: answered with 400 (431 for too many headers) before anything else is looked at. */
export class BadHead extends Error {
  override readonly name = 'BadHead'
  readonly status: 400 | 431

  constructor(status: 400 | 431, message: string) {
    super(message)
    this.status = status
  }
}
