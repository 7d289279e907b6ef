// The percent-encoding of keys in listings with encoding-type=url and in event documents: form encoding (blank becomes
// `+`) that leaves `/` alone. Source: ListObjectsV2, `EncodingType` ("test_file(3).png will appear as
// test_file%283%29.png"), and "Event message structure" ("red flower.jpg" becomes "red+flower.jpg").

/** Encodes one key, prefix, delimiter or marker. */
export function encodeKeyForUrl(text: string): string {
  if (/^[\w./*-]*$/.test(text)) return text
  // A lone surrogate cannot be encoded; it becomes the replacement character, as in any UTF-8 text.
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
}
