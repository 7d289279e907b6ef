/** An image that is broken, not safe, or of a kind that cannot run here; the message says what is wrong with it. */
export class ImageFault extends Error {
  override readonly name = 'ImageFault'
}
