// V8 keeps each name of a property once and knows names by where they lie. A text of the same letters from elsewhere (a value
// in JSON, a part of another text) is looked up whenever it is used as a name; and V8 may compile code for the one and throw
// it away because of the other, many times a second, for as long as the process lives.

/** The same text, as V8 keeps it for names of properties. For names that come from outside and are used again and again. */
export function propertyKey(text: string): string {
  // Without a prototype it is a dictionary: names leave no trace in the shapes of other objects.
  const [key = text] = Object.keys({ __proto__: null, [text]: undefined })
  return key
}
