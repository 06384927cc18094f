import { get16, get32, set16, set32 } from './big-endian.ts'

/** Kinds of message (RFC 2132, 9.6). */
export const dhcpType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const

/** Option codes (RFC 2132). */
export const dhcpOption = {
  mask: 1,
  router: 3,
  dns: 6,
  requestedAddress: 50,
  leaseTime: 51,
  type: 53,
  server: 54,
} as const

/** A request of a client, as far as the server looks at it. */
export interface DhcpRequest {
  readonly type: number
  /** Chosen by the client, repeated in the answer. */
  readonly transaction: number
  /** The client's present address, 0 if it has none. */
  readonly clientAddress: number
  readonly clientMac: Uint8Array
  /** The client cannot take unicasts before it has its address. */
  readonly broadcast: boolean
  readonly requestedAddress: number | undefined
  /** The server that the message is for. */
  readonly server: number | undefined
}

/** An answer of the server. */
export interface DhcpReply {
  readonly type: number
  readonly request: DhcpRequest
  /** The address that the client may use, or 0. */
  readonly address: number
  /** Numbers of 32 bits, by option code. */
  readonly options: Readonly<Record<number, number>>
}

const FIXED = 236
const OPTIONS = 240
const COOKIE = 0x6382_5363
const OPERATION = { request: 1, reply: 2 } as const
const ETHERNET = 1
const BROADCAST = 0x8000
const PAD = 0
const END = 255
/** What BOOTP relays and old clients expect at least. */
const SHORTEST = 300

/** Options of 4 bytes, and the type, which has one. */
const readOptions = (bytes: Uint8Array): Map<number, number> => {
  const options = new Map<number, number>()
  for (let at = OPTIONS; at < bytes.length; ) {
    const code = bytes[at]
    if (code === END) break
    if (code === PAD) {
      at++
      continue
    }
    const length = bytes[at + 1] ?? 0
    if (at + 2 + length > bytes.length) break
    if (code === dhcpOption.type && length === 1) options.set(code, bytes[at + 2])
    else if (length === 4) options.set(code, get32(bytes, at + 2))
    at += 2 + length
  }
  return options
}

/** Reads a request; `undefined` when it is none, came over a relay, or is not for Ethernet. */
export const parseDhcp = (bytes: Uint8Array): DhcpRequest | undefined => {
  if (bytes.length < OPTIONS || bytes[0] !== OPERATION.request || get32(bytes, FIXED) !== COOKIE)
    return undefined
  const relay = get32(bytes, 24)
  if (bytes[1] !== ETHERNET || bytes[2] !== 6 || relay !== 0) return undefined
  const options = readOptions(bytes)
  const type = options.get(dhcpOption.type)
  if (type === undefined) return undefined
  return {
    type,
    transaction: get32(bytes, 4),
    clientAddress: get32(bytes, 12),
    clientMac: bytes.slice(28, 34),
    broadcast: (get16(bytes, 10) & BROADCAST) !== 0,
    requestedAddress: options.get(dhcpOption.requestedAddress),
    server: options.get(dhcpOption.server),
  }
}

/** Writes an answer. */
export const buildDhcp = ({ type, request, address, options }: DhcpReply): Uint8Array => {
  const entries = Object.entries(options)
  const bytes = new Uint8Array(Math.max(SHORTEST, OPTIONS + 3 + 6 * entries.length + 1))
  bytes[0] = OPERATION.reply
  bytes[1] = ETHERNET
  bytes[2] = 6
  set32(bytes, 4, request.transaction)
  set16(bytes, 10, request.broadcast ? BROADCAST : 0)
  set32(bytes, 12, type === dhcpType.ack ? request.clientAddress : 0)
  set32(bytes, 16, address)
  bytes.set(request.clientMac, 28)
  set32(bytes, FIXED, COOKIE)
  bytes.set([dhcpOption.type, 1, type], OPTIONS)
  let at = OPTIONS + 3
  for (const [code, value] of entries) {
    bytes[at] = Number(code)
    bytes[at + 1] = 4
    set32(bytes, at + 2, value)
    at += 6
  }
  bytes[at] = END
  return bytes
}
