import { set16 } from './big-endian.ts'
import { checksum } from './checksum.ts'
import { buildIpv4, type Ipv4Packet } from './ipv4.ts'

const TYPE = { echoReply: 0, unreachable: 3, echo: 8 } as const

/** Why something cannot be reached: codes of "destination unreachable". */
export const unreachable = { host: 1, port: 3, prohibited: 13 } as const

const HEADER = 8
/** How much of the packet an error quotes: its header and 8 bytes, which name the ports. */
const QUOTED = 28

const finish = (message: Uint8Array): Uint8Array => {
  set16(message, 2, 0)
  set16(message, 2, checksum(message))
  return message
}

/** The answer to an echo request; `undefined` when the message is none. */
export const echoReply = (message: Uint8Array): Uint8Array | undefined => {
  if (message.length < HEADER || message[0] !== TYPE.echo || checksum(message) !== 0) return undefined
  const reply = message.slice()
  reply[0] = TYPE.echoReply
  return finish(reply)
}

/** "Destination unreachable" about a packet. */
export const buildUnreachable = (code: number, packet: Ipv4Packet): Uint8Array => {
  const quoted = buildIpv4(packet).subarray(0, QUOTED)
  const message = new Uint8Array(HEADER + quoted.length)
  message[0] = TYPE.unreachable
  message[1] = code
  message.set(quoted, HEADER)
  return finish(message)
}
