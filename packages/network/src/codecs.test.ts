import { describe, expect, test } from 'vitest'
import { parseArp } from './arp.ts'
import { checksum, transportChecksum } from './checksum.ts'
import { parseDhcp } from './dhcp-message.ts'
import { buildDnsAnswer, parseDnsQuery } from './dns-message.ts'
import { buildEthernet, parseEthernet } from './ethernet.ts'
import { buildIpv4, parseIpv4 } from './ipv4.ts'
import { formatAddress, isPublicAddress, parseAddress, tryParseAddress } from './ipv4-address.ts'
import { buildTcp, parseTcp } from './tcp-segment.ts'
import { buildUdp, parseUdp } from './udp.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** Frames that a Linux guest sent, byte for byte. */
const linux = {
  arp: hex(`ffffffffffff 525400123456 0806 0001080006040001 525400123456 0a00020f 000000000000 0a000203`),
  dns: hex(`52550a000202 525400123456 0800 45000035 5fb74000 4011c2ef 0a00020f 0a000203 d5f1003500219975
    4531 0100 0001 0000 0000 0000 07 67617465776179 00 0001 0001`),
  syn: hex(`52550a000202 525400123456 0800 4500003c cbb34000 400656f8 0a00020f 0a000202
    98661f90 fcd51f68 00000000 a002faf0 ae7b0000 020405b4 0402080a26908bc000000000 01 030305`),
  discover: hex(`ffffffffffff 525400123456 0800 45000148 00000000 401179a6 00000000 ffffffff
    0044 0043 0134 a2f3 01010600 eb5e673f ${'00'.repeat(20)} 525400123456 ${'00'.repeat(202)}
    63825363 350101 39020240 37070103060c0f1c2a 3c0c756468637020312e33372e30 3d0701525400123456 ff
    ${'00'.repeat(20)}`),
}

describe('what Linux sends is understood', () => {
  test('ARP', () => {
    const frame = parseEthernet(linux.arp)!
    expect(parseArp(frame.payload)).toMatchObject({
      operation: 1,
      senderAddress: parseAddress('10.0.2.15'),
      targetAddress: parseAddress('10.0.2.3'),
    })
    expect(buildEthernet(frame)).toEqual(linux.arp)
  })

  test('DNS over UDP', () => {
    const packet = parseIpv4(parseEthernet(linux.dns)!.payload)!
    const datagram = parseUdp(packet)!
    expect(datagram).toMatchObject({ sourcePort: 0xd5f1, destinationPort: 53 })
    expect(parseDnsQuery(datagram.payload)).toMatchObject({ id: 0x4531, name: 'gateway', type: 1 })
    expect(buildUdp(packet.source, packet.destination, datagram).payload).toEqual(packet.payload)
  })

  test('TCP with options', () => {
    const packet = parseIpv4(parseEthernet(linux.syn)!.payload)!
    expect(parseTcp(packet)).toEqual({
      sourcePort: 0x9866,
      destinationPort: 8080,
      sequence: 0xfcd5_1f68,
      acknowledgment: 0,
      flags: 2,
      window: 0xfaf0,
      maximumSegment: 1460,
      payload: new Uint8Array(0),
    })
  })

  test('DHCP', () => {
    const packet = parseIpv4(parseEthernet(linux.discover)!.payload)!
    expect(parseDhcp(parseUdp(packet)!.payload)).toEqual({
      type: 1,
      transaction: 0xeb5e_673f,
      clientAddress: 0,
      clientMac: hex('525400123456'),
      broadcast: false,
      requestedAddress: undefined,
      server: undefined,
    })
  })
})

describe('checksums', () => {
  test('of RFC 1071', () => {
    expect(checksum(hex('0001f203f4f5f6f7'))).toBe(0xffff - 0xddf2)
  })

  test('of an odd number of bytes', () => {
    expect(checksum(Uint8Array.of(1, 2, 3))).toBe(0xffff - 0x0402)
  })

  test('are 0 for what is good', () => {
    const header = linux.syn.subarray(14, 34)
    expect(checksum(header)).toBe(0)
    expect(transportChecksum(0x0a00_020f, 0x0a00_0202, 6, linux.syn.subarray(34))).toBe(0)
  })

  test('of UDP are never 0', () => {
    const sums = Array.from({ length: 0x1_0000 }, (_, word) => {
      const datagram = { sourcePort: 0, destinationPort: 0, payload: Uint8Array.of(word >>> 8, word) }
      const { payload } = buildUdp(0, 0, datagram)
      return payload[6] * 256 + payload[7]
    })
    // One of these payloads has a sum that comes out as 0, which would mean that there is none.
    expect([sums.includes(0), sums.includes(0xffff)]).toEqual([false, true])
  })
})

describe('what is cut off or wrong is refused', () => {
  const packet = linux.syn.slice(14)
  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = bytes.slice()
    copy[at] = value
    // With a good header checksum, so that it is not that which is noticed.
    copy.set([0, 0], 10)
    const sum = checksum(copy.subarray(0, (copy[0] & 15) * 4))
    copy.set([sum >>> 8, sum], 10)
    return copy
  }

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['less than a header', packet.subarray(0, 19)],
    ['version 6', changed(packet, 0, 0x65)],
    ['a header that is too short', changed(packet, 0, 0x44)],
    ['a header longer than the packet', changed(packet.subarray(0, 20), 3, 0x10)],
    ['more bytes than there are', changed(packet, 3, packet.length + 1)],
    ['a bad checksum', Uint8Array.from(packet, (byte, i) => (i === 10 ? byte ^ 1 : byte))],
    ['a first fragment', changed(packet, 6, 0x20)],
    ['a later fragment', changed(packet, 7, 1)],
  ])('IPv4: %s', (_name, bytes) => {
    expect(parseIpv4(bytes)).toBeUndefined()
  })

  test('IPv4 options and what follows the packet are skipped', () => {
    const built = buildIpv4({ source: 1, destination: 2, protocol: 6, payload: Uint8Array.of(9) })
    const withOptions = Uint8Array.of(...built.subarray(0, 20), 1, 1, 1, 1, 9, 0, 0)
    withOptions[0] = 0x46
    expect(parseIpv4(changed(withOptions, 3, 25))?.payload).toEqual(Uint8Array.of(9))
  })

  const tcp = (bytes: Uint8Array) =>
    parseTcp({ source: 0x0a00_020f, destination: 0x0a00_0202, protocol: 6, payload: bytes })

  test('TCP', () => {
    const bytes = linux.syn.slice(34)
    expect(tcp(bytes)).toBeDefined()
    for (let length = 0; length < bytes.length; length++)
      expect(tcp(bytes.subarray(0, length))).toBeUndefined()
    for (let at = 0; at < bytes.length; at++)
      expect(tcp(Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte)))).toBeUndefined()
  })

  test.each([
    ['that end early', '02080202'],
    ['without a length', '02'],
    ['of length 0', '02000000'],
    ['of length 1', '02010000'],
    ['that name no size', '01010100'],
    ['after the end', '000204ff'],
  ])('TCP options %s', (_name, options) => {
    const built = buildTcp(1, 2, {
      sourcePort: 1,
      destinationPort: 2,
      sequence: 0,
      acknowledgment: 0,
      flags: 2,
      window: 0,
      maximumSegment: 0,
      payload: new Uint8Array(0),
    })
    const bytes = built.payload.slice()
    bytes.set(hex(options.padEnd(8, '02').slice(0, 8)), 20)
    bytes.set([0, 0], 16)
    const sum = transportChecksum(1, 2, 6, bytes)
    bytes.set([sum >>> 8, sum], 16)
    expect(parseTcp({ ...built, payload: bytes })).toMatchObject({ flags: 2 })
    expect(parseTcp({ ...built, payload: bytes })?.maximumSegment).toBeUndefined()
  })

  test('UDP', () => {
    const parse = (payload: Uint8Array) => parseUdp({ source: 1, destination: 2, protocol: 17, payload })
    const bytes = buildUdp(1, 2, { sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(1, 2) }).payload
    expect(parse(bytes)?.payload).toEqual(Uint8Array.of(1, 2))
    for (let length = 0; length < bytes.length; length++)
      expect(parse(bytes.subarray(0, length))).toBeUndefined()
    expect(parse(Uint8Array.from(bytes, (byte, i) => (i === 9 ? 3 : byte)))).toBeUndefined()
    expect(parse(Uint8Array.from(bytes, (byte, i) => (i === 5 ? 7 : byte)))).toBeUndefined()
    // Without a checksum nothing can be noticed.
    expect(parse(Uint8Array.from(bytes, (byte, i) => (i === 6 || i === 7 ? 0 : byte)))).toBeDefined()
  })

  test('ARP', () => {
    const { payload } = parseEthernet(linux.arp)!
    expect(parseArp(payload.subarray(0, 27))).toBeUndefined()
    for (const at of [1, 2, 4, 5])
      expect(parseArp(Uint8Array.from(payload, (byte, i) => (i === at ? byte ^ 1 : byte)))).toBeUndefined()
    expect(parseEthernet(linux.arp.subarray(0, 13))).toBeUndefined()
  })

  test('DHCP', () => {
    const { payload } = parseUdp(parseIpv4(parseEthernet(linux.discover)!.payload)!)!
    for (let length = 0; length < 243; length++)
      expect(parseDhcp(payload.subarray(0, length))).toBeUndefined()
    for (const at of [0, 1, 2, 24, 236])
      expect(parseDhcp(Uint8Array.from(payload, (byte, i) => (i === at ? byte ^ 4 : byte)))).toBeUndefined()
  })

  test('DNS', () => {
    const query = linux.dns.slice(42)
    expect(parseDnsQuery(query.subarray(0, 11))).toBeUndefined()
    const answer = buildDnsAnswer(query, 0, [], 0)
    expect(parseDnsQuery(answer)).toBeUndefined()
    for (let length = 12; length < query.length; length++)
      expect(parseDnsQuery(query.subarray(0, length))).toBe('malformed')
    const at = (index: number, value: number) =>
      parseDnsQuery(Uint8Array.from(query, (byte, i) => (i === index ? value : byte)))
    expect([
      at(5, 2),
      at(5, 0),
      at(2, 0x79),
      at(12, 0xc0),
      at(13, 0x2e),
      at(13, 0),
      at(query.length - 1, 3),
    ]).toEqual(Array(7).fill('malformed'))
    const long = Uint8Array.of(
      ...query.subarray(0, 12),
      ...Array(70).fill([3, 97, 97, 97]).flat(),
      0,
      0,
      1,
      0,
      1,
    )
    expect(parseDnsQuery(long)).toBe('malformed')
  })
})

describe('addresses', () => {
  test.each([
    ['0.0.0.0', 0],
    ['10.0.2.15', 0x0a00_020f],
    ['255.255.255.255', 0xffff_ffff],
  ])('%s', (text, value) => {
    expect([parseAddress(text), formatAddress(value)]).toEqual([value, text])
  })

  test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.-4', '1.2.3.4 ', '::1', 'localhost'])(
    '%j is none',
    (text) => {
      expect(tryParseAddress(text)).toBeUndefined()
      expect(isPublicAddress(text)).toBe(false)
      expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'bad-address' }))
    },
  )

  test.each([
    ['8.8.8.8', true],
    ['1.1.1.1', true],
    ['9.255.255.255', true],
    ['11.0.0.0', true],
    ['126.255.255.255', true],
    ['128.0.0.0', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['100.63.255.255', true],
    ['100.128.0.0', true],
    ['223.255.255.255', true],
    ['0.0.0.0', false],
    ['10.0.0.1', false],
    ['100.64.0.1', false],
    ['127.0.0.1', false],
    ['127.255.255.255', false],
    ['169.254.169.254', false],
    ['172.16.0.1', false],
    ['172.31.255.255', false],
    ['192.168.1.1', false],
    ['198.18.0.1', false],
    ['198.19.255.255', false],
    ['224.0.0.1', false],
    ['240.0.0.1', false],
    ['255.255.255.255', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  })
})
