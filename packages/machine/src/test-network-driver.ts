/** Memory of the driver below: queues of 8, and one buffer for each direction. */
export const NETWORK_DRIVER = {
  receiveQueue: 0x8060_0000,
  transmitQueue: 0x8061_0000,
  /** A frame is behind 12 bytes of header. */
  receiveBuffer: 0x8062_0000,
  transmitBuffer: 0x8063_0000,
} as const

const { receiveQueue, transmitQueue, receiveBuffer, transmitBuffer } = NETWORK_DRIVER

/**
 * A driver for the network card in slot 0, for a guest in S-mode: `net_start` brings it up; `net_send` sends a0 bytes of
 * the transmit buffer (header included); `net_receive` waits, with `wfi`, for a frame, and returns its length in a0
 * (header included). s0 to s3 are the driver's.
 */
export const NETWORK_DRIVER_SOURCE = `
  .equ NET, 0x10001000
net_start:
  mv s3, ra
  li s0, NET
  li s1, 0                # frames received
  li s2, 0                # frames sent
  li t0, 1
  sw t0, 0x70(s0)
  li t0, 3
  sw t0, 0x70(s0)
  li t0, 1
  sw t0, 0x24(s0)
  sw t0, 0x20(s0)         # version 1, nothing else
  li t0, 11
  sw t0, 0x70(s0)
  li a0, 0
  li a1, ${receiveQueue}
  li a2, ${receiveBuffer}
  li a3, 2
  call net_queue
  li a0, 1
  li a1, ${transmitQueue}
  li a2, ${transmitBuffer}
  li a3, 0
  call net_queue
  li t0, 15
  sw t0, 0x70(s0)
  # The card's interrupt is source 1 of the PLIC; S-mode of hart 0 is context 1.
  li t0, 0xc000004
  li t1, 1
  sw t1, 0(t0)
  li t0, 0xc002080
  li t1, 2
  sw t1, 0(t0)
  li t0, 0x200
  csrs sie, t0
  mv ra, s3
  j net_offer

# Queue a0 at a1, whose descriptor 0 is 2048 bytes at a2 with flags a3.
net_queue:
  sw a0, 0x30(s0)
  li t0, 8
  sw t0, 0x38(s0)
  sw a1, 0x80(s0)
  li t0, 0x1000
  add t1, a1, t0
  sw t1, 0x90(s0)
  add t1, t1, t0
  sw t1, 0xa0(s0)
  li t0, 1
  sw t0, 0x44(s0)
  sd a2, 0(a1)
  li t0, 2048
  sw t0, 8(a1)
  sh a3, 12(a1)
  ret

net_offer:
  addi t0, s1, 1
  li t1, ${receiveQueue + 0x1000}
  sh t0, 2(t1)
  sw zero, 0x50(s0)
  ret

net_send:
  li t0, ${transmitQueue}
  sw a0, 8(t0)
  addi s2, s2, 1
  li t0, ${transmitQueue + 0x1000}
  sh s2, 2(t0)
  li t0, 1
  sw t0, 0x50(s0)
  ret

net_receive:
  li t0, ${receiveQueue + 0x2000}
1:
  # What was pending is served before the look at the ring, so that nothing is slept through.
  li t1, 0xc201004
  lw t2, 0(t1)
  lw t3, 0x60(s0)
  sw t3, 0x64(s0)
  sw t2, 0(t1)
  lhu t1, 2(t0)
  bne t1, s1, 2f
  wfi
  j 1b
2:
  andi t1, s1, 7
  slli t1, t1, 3
  add t1, t1, t0
  lw a0, 8(t1)
  addi s1, s1, 1
  j net_offer
`

/**
 * A program that sends what the host put into the transmit buffer, `rounds` times, each after the answer to the one
 * before (s4 counts them), and powers off at the label `poweroff`, which is the caller's.
 */
export const ASK = (rounds: number): string => `
  call net_start
  li s4, 0
  li s5, ${rounds}
1:
  li a0, 72
  call net_send
  call net_receive
  addi s4, s4, 1
  bne s4, s5, 1b
  j poweroff
  ${NETWORK_DRIVER_SOURCE}
`

/** A program that sends back each frame, from destination to source, with its first byte of payload one higher. */
export const ANSWER = `
  call net_start
1:
  call net_receive
  mv s4, a0
  li t0, ${NETWORK_DRIVER.receiveBuffer + 12}
  li t1, ${NETWORK_DRIVER.transmitBuffer + 12}
  addi t2, t0, 60
2:
  lbu t3, 0(t0)
  sb t3, 0(t1)
  addi t0, t0, 1
  addi t1, t1, 1
  bne t0, t2, 2b
  addi t0, t0, -60
  addi t1, t1, -60
  li t2, 6
3:
  lbu t3, 0(t0)
  sb t3, 6(t1)
  lbu t3, 6(t0)
  sb t3, 0(t1)
  addi t0, t0, 1
  addi t1, t1, 1
  addi t2, t2, -1
  bnez t2, 3b
  lbu t3, 8(t0)
  addi t3, t3, 1
  sb t3, 8(t1)
  mv a0, s4
  call net_send
  j 1b
  ${NETWORK_DRIVER_SOURCE}
`
