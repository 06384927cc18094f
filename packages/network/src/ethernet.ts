import { get16, set16 } from './big-endian.ts'

/** Bytes before the payload: two addresses and a type. */
export const ETHERNET_HEADER = 14

/** Types of payload (IEEE 802 numbers). */
export const etherType = { ipv4: 0x0800, arp: 0x0806 } as const

/** The address of everybody. */
export const BROADCAST_MAC = new Uint8Array(6).fill(0xff)

/** A frame taken apart; its parts are views of it. */
export interface EthernetFrame {
  readonly destination: Uint8Array
  readonly source: Uint8Array
  readonly type: number
  readonly payload: Uint8Array
}

/** Takes a frame apart; `undefined` when it is too short. */
export const parseEthernet = (frame: Uint8Array): EthernetFrame | undefined =>
  frame.length < ETHERNET_HEADER
    ? undefined
    : {
        destination: frame.subarray(0, 6),
        source: frame.subarray(6, 12),
        type: get16(frame, 12),
        payload: frame.subarray(ETHERNET_HEADER),
      }

/** Makes a frame. */
export const buildEthernet = ({ destination, source, type, payload }: EthernetFrame): Uint8Array => {
  const frame = new Uint8Array(ETHERNET_HEADER + payload.length)
  frame.set(destination)
  frame.set(source, 6)
  set16(frame, 12, type)
  frame.set(payload, ETHERNET_HEADER)
  return frame
}

/** Whether the address is that of a group, everybody included. */
export const isGroup = (mac: Uint8Array): boolean => (mac[0] & 1) === 1

/** The address as a number below 2^48, for maps. */
export const macKey = (mac: Uint8Array): number => {
  let key = 0
  for (let i = 0; i < 6; i++) key = key * 256 + mac[i]
  return key
}

/** Whether two addresses are the same. */
export const sameMac = (one: Uint8Array, other: Uint8Array): boolean => macKey(one) === macKey(other)
