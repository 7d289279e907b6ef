// Entity tags. Inside Mayfly they have no quotes; on the wire they do.

/** As it stands in headers and XML. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`
}

/** Without quotes and weakness mark: S3 takes tags with and without quotes in conditions and part lists. */
export function bareEtag(tag: string): string {
  const strong = tag.trim().replace(/^W\//, '')
  return strong.startsWith('"') && strong.endsWith('"') && strong.length >= 2 ? strong.slice(1, -1) : strong
}

/** Does a condition's list of tags (`"a", "b"` or `*`) name this one? */
export function etagListed(list: string, etag: string): boolean {
  return list.split(',').some((tag) => tag.trim() === '*' || bareEtag(tag) === etag)
}
