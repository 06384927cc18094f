import { nearest, Problem } from './assembly-error.ts'
import type { Located } from './statement.ts'

/** What an expression may refer to. */
export interface Scope {
  /** The location counter, `.`. */
  readonly here: bigint
  /** The value of a symbol or of a numeric local label such as `1b`; undefined when there is none. */
  symbol(name: string): bigint | undefined
  symbolNames(): Iterable<string>
  /** The distance that the `%pcrel_hi` of the instruction at `address` speaks of; undefined when there is none. */
  pcrelAt(address: bigint): bigint | undefined
}

/** Binding strength of the binary operators, as in C. */
const precedence: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
}

const tokens =
  /\s*(%\w+(?=\s*\()|0[xX][0-9a-fA-F]+|0[bB][01]+(?![\w])|\d+[bf](?!\w)|\d+|'(?:\\.|[^\\'])'|[A-Za-z_.$][\w.$]*|<<|>>|[-+*/%&|^~()])/y

/** Parsing and evaluating in one go: expressions are short, and symbols are known when they matter. */
class Expression {
  readonly #text: string
  readonly #column: number
  readonly #scope: Scope
  #at = 0
  #token: string | undefined
  #tokenAt = 0

  constructor({ text, column }: Located, scope: Scope) {
    this.#text = text
    this.#column = column
    this.#scope = scope
    this.#advance()
  }

  whole(): bigint {
    const value = this.#binary(1)
    if (this.#token !== undefined) throw this.#problem(`unexpected ${this.#token}`)
    return value
  }

  #problem(text: string): Problem {
    return new Problem('ERR_ASSEMBLY_SYNTAX', this.#column + this.#tokenAt, text)
  }

  #advance(): string | undefined {
    const last = this.#token
    tokens.lastIndex = this.#at
    const match = tokens.exec(this.#text)
    if (match === null) {
      const rest = this.#text.slice(this.#at).trim()
      this.#token = undefined
      this.#tokenAt = this.#text.length - this.#text.slice(this.#at).trimStart().length
      if (rest !== '') throw this.#problem(`cannot read ${rest}`)
      return last
    }
    this.#token = match[1]!
    this.#at = tokens.lastIndex
    this.#tokenAt = this.#at - this.#token.length
    return last
  }

  #binary(least: number): bigint {
    let left = this.#unary()
    for (;;) {
      const operator = this.#token
      const strength = operator === undefined ? undefined : precedence[operator]
      if (operator === undefined || strength === undefined || strength < least) return left
      this.#advance()
      left = this.#apply(operator, left, this.#binary(strength + 1))
    }
  }

  #apply(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '+':
        return left + right
      case '-':
        return left - right
      case '*':
        return left * right
      case '&':
        return left & right
      case '|':
        return left | right
      case '^':
        return left ^ right
      case '/':
      case '%':
        if (right === 0n) throw this.#problem('division by zero')
        return operator === '/' ? left / right : left % right
      default:
        if (right < 0n || right > 64n) throw this.#problem('shift by less than 0 or more than 64')
        return operator === '<<' ? left << right : left >> right
    }
  }

  #unary(): bigint {
    const at = this.#tokenAt
    const token = this.#advance()
    if (token === undefined) throw this.#problem('expected a value')
    if (token === '-') return -this.#unary()
    if (token === '+') return this.#unary()
    if (token === '~') return ~this.#unary()
    if (token === '(') return this.#closed(this.#binary(1))
    if (token[0] === '%') return this.#relocation(token, at)
    if (token[0] === "'") return BigInt(character(token.slice(1, -1)))
    if (/^0[xXbB]/.test(token)) return BigInt(token.toLowerCase())
    if (/^\d+$/.test(token)) return /^0[0-7]+$/.test(token) ? BigInt(`0o${token.slice(1)}`) : BigInt(token)
    if (/^[\w.$]/.test(token)) return token === '.' ? this.#scope.here : this.#symbol(token, at)
    throw new Problem('ERR_ASSEMBLY_SYNTAX', this.#column + at, `unexpected ${token}`)
  }

  #closed(value: bigint): bigint {
    if (this.#token !== ')') throw this.#problem('expected )')
    this.#advance()
    return value
  }

  #symbol(name: string, at: number): bigint {
    const value = this.#scope.symbol(name)
    if (value !== undefined) return value
    const near = nearest(name, this.#scope.symbolNames())
    throw new Problem('ERR_ASSEMBLY_SYMBOL', this.#column + at, `undefined symbol ${name}`, near)
  }

  #relocation(name: string, at: number): bigint {
    this.#advance()
    const value = this.#closed(this.#binary(1))
    switch (name) {
      case '%hi':
        return upperOf(value)
      case '%lo':
        return lowerOf(value)
      case '%pcrel_hi':
        return upperOf(value - this.#scope.here)
      case '%pcrel_lo': {
        const distance = this.#scope.pcrelAt(value)
        if (distance !== undefined) return lowerOf(distance)
        const text = '%pcrel_lo wants the label of an instruction that has a %pcrel_hi'
        throw new Problem('ERR_ASSEMBLY_SYMBOL', this.#column + at, text)
      }
      default: {
        const near = nearest(name, ['%hi', '%lo', '%pcrel_hi', '%pcrel_lo'])
        throw new Problem('ERR_ASSEMBLY_UNKNOWN_NAME', this.#column + at, `unknown relocation ${name}`, near)
      }
    }
  }
}

/** Bits 31:12 of a value, rounded so that the sign-extended low twelve bits make up the rest. */
export const upperOf = (value: bigint): bigint => BigInt.asUintN(20, (value + 0x800n) >> 12n)

/** The low twelve bits, sign-extended. */
export const lowerOf = (value: bigint): bigint => BigInt.asIntN(12, value)

const character = (text: string): number => {
  const escaped: Readonly<Record<string, number>> = { '\\n': 10, '\\t': 9, '\\r': 13, '\\0': 0 }
  return escaped[text] ?? text.codePointAt(text.length > 1 && text[0] === '\\' ? 1 : 0)!
}

/** The value of an expression. @throws `Problem` */
export const evaluateExpression = (text: Located, scope: Scope): bigint => new Expression(text, scope).whole()
