import { get16, set16, set32 } from './big-endian.ts'

/** Response codes (RFC 1035, 4.1.1). */
export const dnsCode = { good: 0, malformed: 1, failure: 2, noSuchName: 3, notImplemented: 4 } as const

/** Types of record. */
export const dnsType = { a: 1 } as const

/** A question, one per message. */
export interface DnsQuery {
  readonly id: number
  /** Without a dot at the end, in small letters. */
  readonly name: string
  readonly type: number
  /** The message up to the end of its question, to be repeated in the answer. */
  readonly head: Uint8Array
}

const HEADER = 12
const FLAG = { response: 0x8000, recursionDesired: 0x0100, recursionAvailable: 0x0080 } as const
const OPERATION = 0x7800
const LONGEST_NAME = 255
const LONGEST_LABEL = 63
const INTERNET = 1
/** Where the name of the question is, as a compressed name. */
const POINTER_TO_QUESTION = 0xc000 | HEADER
const RECORD = 16

/** The name at an offset, and where it ends. Questions are not compressed: nothing precedes them to point to. */
const readName = (bytes: Uint8Array, from: number): { name: string; end: number } | undefined => {
  const labels: string[] = []
  let at = from
  while (at < bytes.length && at - from <= LONGEST_NAME) {
    const length = bytes[at]
    if (length === 0) return { name: labels.join('.'), end: at + 1 }
    if (length > LONGEST_LABEL || at + 1 + length > bytes.length) return undefined
    let label = ''
    for (const byte of bytes.subarray(at + 1, at + 1 + length)) {
      // Names are letters, digits, hyphens and underscores; a dot or a control character inside a label is a trick.
      const character = String.fromCharCode(byte)
      if (!/[a-z0-9_-]/i.test(character)) return undefined
      label += character.toLowerCase()
    }
    labels.push(label)
    at += 1 + length
  }
  return undefined
}

/**
 * Reads a question.
 *
 * @returns `undefined` for what deserves no answer: answers, and what is shorter than a header.
 */
export const parseDnsQuery = (bytes: Uint8Array): DnsQuery | 'malformed' | undefined => {
  if (bytes.length < HEADER || (get16(bytes, 2) & FLAG.response) !== 0) return undefined
  const question = readName(bytes, HEADER)
  const standard = (get16(bytes, 2) & OPERATION) === 0 && get16(bytes, 4) === 1
  if (!standard || question === undefined || question.end + 4 > bytes.length) return 'malformed'
  if (get16(bytes, question.end + 2) !== INTERNET) return 'malformed'
  return {
    id: get16(bytes, 0),
    name: question.name,
    type: get16(bytes, question.end),
    head: bytes.slice(0, question.end + 4),
  }
}

/**
 * Writes an answer.
 *
 * @param head - header of the question, with the question if there was a good one.
 * @param addresses - IPv4 addresses as numbers of 32 bits.
 * @param lifetime - seconds for which it may be remembered.
 */
export const buildDnsAnswer = (
  head: Uint8Array,
  code: number,
  addresses: readonly number[],
  lifetime: number,
): Uint8Array => {
  const bytes = new Uint8Array(head.length + RECORD * addresses.length)
  bytes.set(head)
  const asked = get16(head, 2) & (OPERATION | FLAG.recursionDesired)
  set16(bytes, 2, FLAG.response | FLAG.recursionAvailable | asked | code)
  set16(bytes, 4, head.length > HEADER ? 1 : 0)
  set16(bytes, 6, addresses.length)
  set32(bytes, 8, 0)
  addresses.forEach((address, i) => {
    const at = head.length + RECORD * i
    set16(bytes, at, POINTER_TO_QUESTION)
    set16(bytes, at + 2, dnsType.a)
    set16(bytes, at + 4, INTERNET)
    set32(bytes, at + 6, lifetime)
    set16(bytes, at + 10, 4)
    set32(bytes, at + 12, address)
  })
  return bytes
}

/** The header alone, for an answer to what could not be read. */
export const dnsHeader = (bytes: Uint8Array): Uint8Array => bytes.slice(0, HEADER)
