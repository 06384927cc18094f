import { workloads } from '@worldswitch/linux-guest'
import { expect, test } from 'vitest'
import { linuxImage } from './guest-image.ts'

const image = linuxImage('debian', { kernel: new Uint8Array(), initrd: new Uint8Array(8) })

test('Linux is told what to run, after it has settled', () => {
  expect(image.bootargs({ bench: ['getpid', 'disk'], scale: 3 })).toBe(
    'console=ttyS0 worldswitch.run=timer:120,getpid,disk worldswitch.scale=3 worldswitch.disk=/dev/vda quiet',
  )
})

test.each([1, 50])('a checksum of Linux is right at scale %i when it is the known one', (scale) => {
  const [{ name, checksum }, other] = workloads
  expect(image.judge(name, checksum, scale)).toBe(true)
  expect(image.judge(other!.name, checksum, scale)).toBe(false)
  expect(image.judge('nothing', checksum, scale)).toBe(false)
})
