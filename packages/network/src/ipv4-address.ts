import { NetworkError } from './network-error.ts'

/** 255.255.255.255. */
export const BROADCAST_ADDRESS = 0xffff_ffff

const DECIMAL = /^(0|[1-9]\d{0,2})$/

/**
 * Reads an address such as `10.0.2.15`.
 *
 * @returns an unsigned 32-bit number.
 * @throws {@link NetworkError} `bad-address`.
 */
export const parseAddress = (text: string): number => {
  const address = tryParseAddress(text)
  if (address !== undefined) return address
  throw new NetworkError(
    'bad-address',
    `${JSON.stringify(text)} is no IPv4 address: give four numbers such as 10.0.2.15`,
  )
}

/** Reads an address; `undefined` when it is none. */
export const tryParseAddress = (text: string): number | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((address, part) => address * 256 + Number(part), 0)
}

/** Writes an address as four decimal numbers. */
export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')

/** Blocks that are not of the public Internet: network and length of its prefix. */
const SPECIAL: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // behind a carrier's NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays, gone
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

const blocks = SPECIAL.map(([network, prefix]) => {
  const shift = 32 - prefix
  return { shift, value: parseAddress(network) >>> shift }
})

/**
 * Whether an address is one of the public Internet: not loopback, link-local, private, multicast, reserved, or for
 * documentation.
 *
 * @param text - four decimal numbers; anything else is not public.
 * @see IANA IPv4 Special-Purpose Address Registry (RFC 6890)
 */
export const isPublicAddress = (text: string): boolean => {
  const address = tryParseAddress(text)
  return address !== undefined && !blocks.some(({ shift, value }) => address >>> shift === value)
}
