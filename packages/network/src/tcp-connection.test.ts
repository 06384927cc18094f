import { describe, expect, test } from 'vitest'
import { FakeTime } from '../test/fake-time.ts'
import { random32 } from '../test/random.ts'
import { refusal, TcpConnection, type TcpOutput } from './tcp-connection.ts'
import { type TcpSegment, tcpFlag } from './tcp-segment.ts'

const { fin: FIN, syn: SYN, rst: RST, psh: PSH, ack: ACK } = tcpFlag

const segment = (parts: Partial<TcpSegment>): TcpSegment => ({
  sourcePort: 1,
  destinationPort: 2,
  sequence: 1001,
  acknowledgment: 5001,
  flags: ACK,
  window: 65_535,
  payload: new Uint8Array(0),
  ...parts,
})

const bytes = (count: number, first = 0): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (first + i) & 0xff)

/** A segment as text: flags, numbers relative to the beginning, how many bytes. */
const shown = ({ flags, sequence, acknowledgment, window, payload }: TcpOutput): string => {
  const names = Object.entries(tcpFlag)
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name)
  return `${names.join('+')} ${sequence - 5000}/${acknowledgment - 1000} w${window} ${payload.length}`
}

/** One side, with what it tells and sends. */
const watch = (make: (options: Parameters<typeof TcpConnection.ask>[0]) => TcpConnection) => {
  const time = new FakeTime()
  const sent: TcpOutput[] = []
  const told: string[] = []
  const received: number[] = []
  let room = Number.POSITIVE_INFINITY
  const connection = make({
    initialSequence: 5000,
    emit(output) {
      if (room-- <= 0) return false
      sent.push(output)
      return true
    },
    opened: () => void told.push('opened'),
    data(data) {
      told.push(`data ${data.length}`)
      received.push(...data)
    },
    finished: () => void told.push('finished'),
    writable: () => void told.push('writable'),
    over: (how) => void told.push(`over: ${how}`),
    after: (milliseconds, act) => time.after(milliseconds, act),
  })
  const take = (): string[] => sent.splice(0).map(shown)
  const give = (parts: Partial<TcpSegment>): string[] => {
    connection.receive(segment(parts))
    return take()
  }
  return {
    connection,
    time,
    told,
    received,
    take,
    give,
    sent,
    setRoom(count: number): void {
      room = count
    },
  }
}

const asked = (syn: Partial<TcpSegment> = {}) =>
  watch((options) =>
    TcpConnection.asked(segment({ flags: SYN, sequence: 1000, maximumSegment: 100, ...syn }), options),
  )

const opened = (syn: Partial<TcpSegment> = {}) => {
  const side = asked(syn)
  side.connection.accept()
  side.give({})
  side.take()
  side.told.length = 0
  return side
}

describe('a connection that the guest asks for', () => {
  test('is answered when the outside has answered, and open when the guest has', () => {
    const { connection, give, take, told } = asked()
    expect(give({ flags: SYN, sequence: 1000 })).toEqual([])
    connection.accept()
    connection.accept()
    expect(take()).toEqual(['syn+ack 0/1 w65535 0'])
    expect(give({})).toEqual([])
    expect(told).toEqual(['opened'])
  })

  test('is refused with a number that the guest believes', () => {
    const { connection, take, told } = asked()
    connection.abort()
    expect([take(), connection.isOver, told]).toEqual([['rst+ack 0/1 w65535 0'], true, []])
  })

  test('answers a repeated SYN again', () => {
    const { connection, give, take } = asked()
    connection.accept()
    take()
    expect(give({ flags: SYN, sequence: 1000 })).toEqual(['syn+ack 0/1 w65535 0'])
  })

  test('is not opened by an acknowledgment of something else', () => {
    const { connection, give, take, told } = asked()
    connection.accept()
    take()
    expect([give({ acknowledgment: 5002 }), told]).toEqual([[], []])
  })

  test('may bring data with the acknowledgment', () => {
    const { connection, give, take, told } = asked()
    connection.accept()
    take()
    expect(give({ payload: bytes(3) })).toEqual(['ack 1/4 w65532 0'])
    expect(told).toEqual(['opened', 'data 3'])
  })

  test('is given up when the guest resets it before it is answered', () => {
    const { give, told } = asked()
    give({ flags: RST, sequence: 999 })
    expect(told).toEqual([])
    give({ flags: RST, sequence: 1001 })
    expect(told).toEqual(['over: lost'])
  })

  test('is given up when the guest never acknowledges', () => {
    const { connection, take, time, told } = asked()
    connection.accept()
    time.pass(10 * 60_000)
    expect([take().length, told, time.timers]).toEqual([5, ['over: lost'], 0])
  })
})

describe('a connection that the guest is asked for', () => {
  const ask = () => watch((options) => TcpConnection.ask(options))
  const answer = { flags: SYN | ACK, sequence: 1000, maximumSegment: 1460 }

  test('is open when the guest answers, and sends what was waiting', () => {
    const { connection, give, take, told } = ask()
    expect(take()).toEqual(['syn 0/-1000 w65535 0'])
    connection.send(bytes(5))
    expect(give(answer)).toEqual(['psh+ack 1/1 w65535 5'])
    expect(told).toEqual(['opened'])
  })

  test.each([
    ['an acknowledgment of something else', { ...answer, acknowledgment: 5002 }, []],
    ['no acknowledgment', { ...answer, flags: SYN }, []],
    ['no SYN', { ...answer, flags: ACK }, []],
    ['a reset of something else', { flags: RST | ACK, acknowledgment: 4000 }, []],
    ['a reset', { flags: RST | ACK }, ['over: lost']],
  ])('%s', (_name, parts, expected) => {
    const { give, take, told } = ask()
    take()
    expect([give(parts), told]).toEqual([[], expected])
  })

  test('is asked for again, and given up', () => {
    const { take, time, told } = ask()
    time.pass(10 * 60_000)
    expect([take().length, told]).toEqual([5, ['over: lost']])
  })
})

describe('data of the guest', () => {
  test('is passed on in order, acknowledged, and closes the window until it is consumed', () => {
    const { connection, give, take, received } = opened()
    expect(give({ payload: bytes(3) })).toEqual(['ack 1/4 w65532 0'])
    expect(give({ sequence: 1004, payload: bytes(2, 3) })).toEqual(['ack 1/6 w65530 0'])
    expect(received).toEqual([0, 1, 2, 3, 4])
    connection.consumed(5)
    expect(take()).toEqual([])
    expect(give({ sequence: 1006, payload: bytes(1) })).toEqual(['ack 1/7 w65534 0'])
  })

  test.each<[string, Partial<TcpSegment>, string[]]>([
    ['again', { sequence: 1001, payload: bytes(3) }, []],
    ['again, with more', { sequence: 1001, payload: bytes(5) }, ['data 2']],
    ['of the middle', { sequence: 1002, payload: bytes(1) }, []],
    ['after a hole', { sequence: 1005, payload: bytes(3) }, []],
    ['from far behind', { sequence: 1001 - 2 ** 30, payload: bytes(3) }, []],
    ['with FIN after a hole', { sequence: 1005, flags: ACK | FIN }, []],
  ])('%s', (_name, parts, expected) => {
    const { give, told } = opened()
    give({ payload: bytes(3) })
    told.length = 0
    expect(give(parts)).toHaveLength(1)
    expect(told).toEqual(expected)
  })

  test('wraps around the end of the sequence numbers', () => {
    const { give, received } = opened({ sequence: 0xffff_fffe })
    give({ sequence: 0xffff_ffff, payload: bytes(3) })
    give({ sequence: 2, payload: bytes(2, 3) })
    expect(received).toEqual([0, 1, 2, 3, 4])
  })

  test('beyond the window is cut, and FIN with it', () => {
    const { connection, give, take, told } = opened()
    for (let at = 0; at < 65_000; at += 1000) give({ sequence: 1001 + at, payload: bytes(1000) })
    told.length = 0
    expect(give({ sequence: 66_001, flags: ACK | FIN, payload: bytes(1000) })).toEqual(['ack 1/65536 w0 0'])
    expect(told).toEqual(['data 535'])
    expect(give({ sequence: 66_536, payload: bytes(1) })).toEqual(['ack 1/65536 w0 0'])
    connection.consumed(1000)
    expect(take()).toEqual([])
    connection.consumed(40_000)
    expect(take()).toEqual(['ack 1/65536 w41000 0'])
  })

  test('a probe is answered, a bare acknowledgment is not', () => {
    const { give } = opened()
    expect(give({ sequence: 1000 })).toEqual(['ack 1/1 w65535 0'])
    expect(give({})).toEqual([])
  })
})

describe('data for the guest', () => {
  test('is cut into segments of the size that the guest takes', () => {
    const { connection, take } = opened()
    connection.send(bytes(250))
    expect(take()).toEqual(['ack 1/1 w65535 100', 'ack 101/1 w65535 100', 'psh+ack 201/1 w65535 50'])
  })

  test.each([
    ['none named', undefined, 536],
    ['an absurd one', 1, 64],
    ['a jumbo', 9000, 1460],
  ])('segment size: %s', (_name, maximumSegment, size) => {
    const { connection, sent } = opened({ maximumSegment })
    connection.send(bytes(3000))
    expect(sent[0].payload).toHaveLength(size)
  })

  test('respects the window', () => {
    const { connection, give, take } = opened()
    give({ window: 150 })
    connection.send(bytes(300))
    // 50 more would fit: they wait, because an acknowledgment will come.
    expect(take()).toEqual(['ack 1/1 w65535 100'])
    expect(give({ acknowledgment: 5101, window: 150 })).toEqual(['ack 101/1 w65535 100'])
    expect(give({ acknowledgment: 5201, window: 0 })).toEqual([])
    expect(give({ acknowledgment: 5201, window: 10 })).toEqual(['ack 201/1 w65535 10'])
    expect(give({ acknowledgment: 5211, window: 100 })).toEqual(['psh+ack 211/1 w65535 90'])
  })

  test('probes a closed window', () => {
    const { connection, give, take, time } = opened()
    give({ window: 0 })
    connection.send(bytes(5))
    expect(take()).toEqual([])
    time.pass(3000)
    expect(take()).toEqual(['ack 1/1 w65535 1'])
    expect(give({ acknowledgment: 5002, window: 100 })).toEqual(['psh+ack 2/1 w65535 4'])
  })

  test('is sent again after a timeout, later each time', () => {
    const { connection, take, time, give } = opened()
    connection.send(bytes(5))
    take()
    time.pass(3000)
    expect(take()).toEqual(['psh+ack 1/1 w65535 5'])
    time.pass(5999)
    expect(take()).toEqual([])
    time.pass(1)
    expect(take()).toHaveLength(1)
    give({ acknowledgment: 5006 })
    expect(time.timers).toBe(0)
  })

  test('is sent again after three equal acknowledgments, once', () => {
    const { connection, give, take } = opened()
    connection.send(bytes(200))
    take()
    expect([give({}), give({})]).toEqual([[], []])
    expect(give({})).toEqual(['ack 1/1 w65535 100', 'psh+ack 101/1 w65535 100'])
    expect([give({}), give({}), give({})]).toEqual([[], [], []])
    // The guest had the second segment already.
    expect(give({ acknowledgment: 5201 })).toEqual([])
  })

  test('waits for room on the way to the guest', () => {
    const { connection, take, setRoom } = opened()
    setRoom(1)
    connection.send(bytes(250))
    expect(take()).toHaveLength(1)
    setRoom(Number.POSITIVE_INFINITY)
    connection.pump()
    expect(take()).toEqual(['ack 101/1 w65535 100', 'psh+ack 201/1 w65535 50'])
  })

  test('an acknowledgment that found no room is made up for', () => {
    const { connection, give, take, setRoom } = opened()
    setRoom(0)
    expect(give({ payload: bytes(3) })).toEqual([])
    setRoom(1)
    connection.pump()
    connection.pump()
    expect(take()).toEqual(['ack 1/4 w65532 0'])
  })

  test('an acknowledgment of what was never sent changes nothing', () => {
    const { connection, give, take } = opened()
    connection.send(bytes(5))
    take()
    expect(give({ acknowledgment: 5007 })).toEqual(['ack 6/1 w65535 0'])
    expect(give({ acknowledgment: 4000 })).toEqual([])
  })

  test('asks to wait when the guest takes none', () => {
    const { connection, give, told } = opened()
    give({ window: 0 })
    let sent = 0
    while (connection.send(bytes(10_000))) sent += 10_000
    expect(sent).toBe(130_000)
    for (let at = 0; at < sent + 10_000; at += 1000) {
      give({ acknowledgment: 5001 + at, window: 1000 })
      if (told.includes('writable')) break
    }
    expect(told).toEqual(['writable'])
  })
})

describe('the end', () => {
  test('the guest finishes first', () => {
    const { connection, give, take, told } = opened()
    expect(give({ flags: ACK | FIN })).toEqual(['ack 1/2 w65535 0'])
    expect(give({ flags: ACK | FIN })).toEqual(['ack 1/2 w65535 0'])
    connection.send(bytes(5))
    connection.finish()
    expect(take()).toEqual(['psh+ack 1/2 w65535 5', 'fin+ack 6/2 w65535 0'])
    expect(give({ sequence: 1002, acknowledgment: 5007 })).toEqual([])
    expect([told, connection.isOver]).toEqual([['finished', 'over: finished'], true])
  })

  test('the outside finishes first', () => {
    const { connection, give, take, told, time } = opened()
    connection.finish()
    expect(take()).toEqual(['fin+ack 1/1 w65535 0'])
    expect(give({ acknowledgment: 5002, payload: bytes(3) })).toEqual(['ack 2/4 w65532 0'])
    expect(give({ acknowledgment: 5002, sequence: 1004, flags: ACK | FIN })).toEqual(['ack 2/5 w65532 0'])
    expect([told, time.timers]).toEqual([['data 3', 'finished', 'over: finished'], 0])
  })

  test('both at the same time', () => {
    const { connection, give, take, told } = opened()
    connection.finish()
    take()
    expect(give({ flags: ACK | FIN })).toEqual(['ack 2/2 w65535 0'])
    give({ acknowledgment: 5002, sequence: 1002 })
    expect(told).toEqual(['finished', 'over: finished'])
  })

  test('FIN goes with the last data, and again with it', () => {
    const { connection, give, take, time } = opened()
    give({ window: 0 })
    connection.send(bytes(150))
    connection.finish()
    expect(give({ window: 1000 })).toEqual(['ack 1/1 w65535 100', 'fin+psh+ack 101/1 w65535 50'])
    time.pass(3000)
    expect(take()).toEqual(['ack 1/1 w65535 100', 'fin+psh+ack 101/1 w65535 50'])
    expect(give({ acknowledgment: 5101 })).toEqual([])
  })

  test('the last acknowledgment waits for room, and the end with it', () => {
    const { connection, give, take, told, setRoom } = opened()
    connection.finish()
    give({ acknowledgment: 5002 })
    take()
    setRoom(0)
    give({ acknowledgment: 5002, flags: ACK | FIN })
    expect(told).toEqual(['finished'])
    setRoom(1)
    connection.pump()
    expect([take(), told]).toEqual([['ack 2/2 w65535 0'], ['finished', 'over: finished']])
  })

  test('a reset of the guest ends it only with the right number', () => {
    const { give, told } = opened()
    expect(give({ flags: RST, sequence: 1000 })).toEqual([])
    expect(give({ flags: RST, sequence: 1002 })).toEqual(['ack 1/1 w65535 0'])
    expect(give({ flags: SYN, sequence: 5 })).toEqual(['ack 1/1 w65535 0'])
    expect(told).toEqual([])
    expect(give({ flags: RST })).toEqual([])
    expect([told, give({}), give({ payload: bytes(1) })]).toEqual([['over: lost'], [], []])
  })

  test('abort says where it is', () => {
    const { connection, take, told, time } = opened()
    connection.send(bytes(5))
    take()
    connection.abort()
    connection.abort()
    connection.finish()
    expect([take(), told, time.timers]).toEqual([['rst+ack 6/1 w65535 0'], [], 0])
  })

  test('forgetting says nothing', () => {
    const { connection, take, told, time } = opened()
    connection.send(bytes(5))
    take()
    connection.forget()
    expect([take(), told, time.timers, connection.send(bytes(1))]).toEqual([[], [], 0, true])
  })
})

describe('a segment without a connection', () => {
  test.each<[string, Partial<TcpSegment>, string | undefined]>([
    ['with an acknowledgment', { acknowledgment: 5777 }, 'rst 777/-1000 w0 0'],
    ['SYN', { flags: SYN, sequence: 1000 }, 'rst+ack -5000/1 w0 0'],
    ['data and FIN', { flags: FIN | PSH, sequence: 1000, payload: bytes(3) }, 'rst+ack -5000/4 w0 0'],
    ['a reset', { flags: RST }, undefined],
  ])('%s', (_name, parts, expected) => {
    const answer = refusal(segment(parts))
    expect(answer && shown(answer)).toBe(expected)
  })
})

/** Two sides that send each other some 18 KB on a cable that loses and doubles segments. */
const converse = (seed: number) => {
  const random = random32(seed)
  const time = new FakeTime()
  const sent: [number[], number[]] = [[], []]
  const received: [number[], number[]] = [[], []]
  const ends: string[] = []
  const sides: TcpConnection[] = []
  const bad = (): boolean => random() % 10 === 0
  const options = (me: 0 | 1): Parameters<typeof TcpConnection.ask>[0] => ({
    initialSequence: me ? 0xffff_f000 : 0x7fff_f000,
    emit(output) {
      if (random() % 50 === 0) return false
      const copies = bad() ? 0 : bad() ? 2 : 1
      for (let copy = 0; copy < copies; copy++)
        time.after(1, () => {
          const arrived = { ...output, sourcePort: 1, destinationPort: 2 }
          if (sides[1 - me]) sides[1 - me].receive(arrived)
          else {
            sides[1] = TcpConnection.asked(arrived, options(1))
            sides[1].accept()
          }
        })
      return true
    },
    opened() {
      for (let i = 0; i < 12; i++) {
        const data = Uint8Array.from({ length: 1 + (random() % 3000) }, () => random())
        sent[me].push(...data)
        sides[me].send(data)
      }
      sides[me].finish()
    },
    data(data) {
      received[me].push(...data)
      time.after(random() % 20, () => sides[me].consumed(data.length))
    },
    finished() {},
    writable() {},
    over: (how) => void ends.push(how),
    after: (milliseconds, act) => time.after(milliseconds, act),
  })
  sides[0] = TcpConnection.ask(options(0))
  for (let i = 0; i < 4000 && ends.length < 2; i++) {
    time.pass(100)
    for (const side of sides) side.pump()
  }
  return { sent, received, ends }
}

test.each(Array.from({ length: 10 }, (_, i) => i + 1))(
  'everything arrives over a bad cable, seed %d',
  (seed) => {
    const { sent, received, ends } = converse(seed)
    expect(sent[0].length).toBeGreaterThan(5000)
    expect(received).toEqual([sent[1], sent[0]])
    // One side may not hear the last acknowledgment, and then repeats its FIN to nobody.
    expect(ends[0]).toBe('finished')
  },
)
