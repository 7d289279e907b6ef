// Mutants of the policy evaluator that nobody could tell from the original: what they change is a shortcut, a bound of
// memory, or a case that the types or an earlier check rule out. Each with its reason, by module and change.

const SHORTCUT = 'a shortcut: the general way gives the same'
const BOUND = 'a bound of memory: where exactly it lies changes no answer'
const UNREACHABLE = 'for the type checker alone: the value is always there'
const UNSEEN = 'takes the place of something faulty, and the faults are what is answered'

/** Module and change, as `NamedMutant` tells them, and the reason. */
export const EQUIVALENT_MUTANTS: readonly (readonly [file: string, change: string, reason: string])[] = [
  ['arn-pattern.ts', "pattern === '*' -> false", SHORTCUT],
  ['arn-pattern.ts', 'fields.length === FIELDS -> false', SHORTCUT],
  ['arn-pattern.ts', "'' -> 'mutant'", UNREACHABLE],
  ['arn-pattern.ts', 'at < pattern.length -> ((at) <= (pattern.length))', 'the character after the end is none'],
  ['caller.ts', "'account' in caller -> true", 'the account of a caller without one is undefined'],
  ['compile.ts', '256 -> 257', BOUND],
  [
    'compile.ts',
    'this.#concerning.size >= ACTIONS_REMEMBERED_MAX -> ((this.#concerning.size) > (ACTIONS_REMEMBERED_MAX))',
    BOUND,
  ],
  ['compile.ts', '{ get: () => undefined } -> {}', 'actions have no variables: nobody asks for a key'],
  ['compile.ts', 'false -> true', 'the grammar of actions has no dollar sign'],
  ['compiled-policies.ts', '4096 -> 4097', BOUND],
  ['condition-keys.ts', 'value !== undefined -> true', 'a key kept as undefined is told as undefined'],
  ['document.ts', '{ hasVariables: false, statements: [] } -> {}', UNSEEN],
  ['document.ts', 'false -> true', UNSEEN],
  ['document.ts', '{ negated: false, values: [] } -> {}', UNSEEN],
  ['document.ts', 'found === undefined -> false', 'the same fault is told for no statement and for an undefined one'],
  ['document.ts', "'' -> 'mutant'", 'what JSON parsed always has a text'],
  ['evaluate.ts', "'boundary' -> ''", 'only whether something allows is asked there, not what'],
  ['evaluate.ts', "'session' -> ''", 'only whether something allows is asked there, not what'],
  ['evaluate.ts', "statement.effect !== 'Allow' -> false", 'a Deny that applies has decided before'],
  ['evaluate.ts', 'continue -> ;', 'a Deny that applies has decided before'],
  ['glob.ts', "parts.some(({ kind }) => kind === 'variable') -> true", SHORTCUT],
  ['glob.ts', 'only !== undefined -> ((only) === (undefined))', SHORTCUT],
  ['glob.ts', 'only !== undefined && pieces.length === 1 && only.any.length === 0 -> false', SHORTCUT],
  ['glob.ts', 'pieces.length === 2 -> ((pieces.length) !== (2))', SHORTCUT],
  ['glob.ts', "pieces.length === 2 && pieces.every(({ text }) => text === '') -> false", SHORTCUT],
  ['glob.ts', '2 -> 3', SHORTCUT],
  ['glob.ts', "text === '' -> undefined", SHORTCUT],
  ['glob.ts', "text !== '' -> true", 'an empty text adds nothing'],
  ['glob.ts', 'at < pattern.length -> ((at) <= (pattern.length))', 'the character after the end is none'],
  ['glob.ts', 'last === undefined -> false', UNREACHABLE],
  ['glob.ts', 'continue -> ;', UNREACHABLE],
  [
    'glob.ts',
    'first === undefined || last === undefined -> ((first === undefined) && (last === undefined))',
    UNREACHABLE,
  ],
  ['glob.ts', 'piece === undefined -> false', UNREACHABLE],
  ['glob.ts', 'false -> true', 'in a branch that no pattern reaches, or before a check that refuses again'],
  ['glob.ts', 'piece.any.length === 0 -> false', SHORTCUT],
  ['glob.ts', 'at + piece.text.length -> ((at) - (piece.text.length))', 'what lies beyond the end fits nowhere'],
  ['glob.ts', '1 -> 2', 'any negative number says that nothing was found'],
  ['glob.ts', 'any.length === 0 -> false', SHORTCUT],
  ['glob.ts', 'at + wanted.length -> ((at) - (wanted.length))', 'the ends are compared again by whoever asks'],
  ['glob.ts', 'at + wanted.length > text.length -> false', 'the ends are compared again by whoever asks'],
  ['operators.ts', 'wanted === undefined -> false', 'nothing is equal to, below or above undefined'],
  ['operators.ts', 'Number.isNaN(ms) -> false', 'nothing is equal to, below or above NaN'],
  ['operators.ts', "'' -> 'mutant'", UNREACHABLE],
  ['operators.ts', '1 -> 2', 'any negative number is no prefix'],
  [
    'operators.ts',
    '/^(?:(ForAllValues|ForAnyValue):)?(.+)$/ -> /(?:(ForAllValues|ForAnyValue):)?(.+)$/',
    'what follows takes everything from the first character on',
  ],
  ['operators.ts', "'any' -> ''", 'the quantifier that is neither of the two others'],
  ['operators.ts', 'found === undefined -> false', UNREACHABLE],
  ['operators.ts', 'false -> undefined', UNREACHABLE],
  ['principals.ts', '3 -> 4', 'only the order of strengths counts'],
  [
    'principals.ts',
    'STRENGTH[one] >= STRENGTH[other] -> ((STRENGTH[one]) > (STRENGTH[other]))',
    'of two that are equally strong either is the answer',
  ],
]
