// What names and values of headers are made of (RFC 9110, 5.1 and 5.5), in requests, answers and trailers alike.

/** A name: one token. */
export const FIELD_NAME = /^[\w!#$%&'*+\-.^`|~]+$/
/** A value: no control character but the tab. */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
