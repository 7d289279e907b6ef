// A value that a service keeps as the JSON text of its wire form, so that answering it costs no more than copying it. A
// handler may answer one wherever the model has a map; the JSON writer copies the text, other protocols read it first.

export class EncodedJson {
  /** The value exactly as the JSON protocols write it. */
  readonly text: string
  readonly #read: (text: string) => unknown

  /** `read` makes the modelled value of the text (blobs as bytes). */
  constructor(text: string, read: (text: string) => unknown) {
    this.text = text
    this.#read = read
  }

  read(): unknown {
    return this.#read(this.text)
  }
}
