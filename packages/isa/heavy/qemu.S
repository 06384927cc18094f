# Runs the vectors in QEMU: for each, in its mode, with all registers set, until the first trap; then writes
# mcause, mtval, mepc, x1 to x31, the data, mstatus, fcsr and f0 to f31 to the serial port, raw.

.equ UART, 0x10000000
.equ FINISHER, 0x100000
.equ CODE, 0x80001000
.equ CODE_FIRST, CODE - 0x800
.equ CODE_BYTES, 0x1000
.equ DATA, 0x80002000
.equ DATA_BYTES, 64
.equ FS, 3 << 13
.equ ENTRY_X, 160
.equ ENTRY_F, ENTRY_X + 31 * 8
.equ ENTRY_BYTES, ENTRY_F + 32 * 8
.equ RESULT_WORDS, 76

.text
.globl _start
_start:
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, -1
    csrw mcounteren, t0
    csrw scounteren, t0
    la s0, vectors              # s0: the vector at hand
    la t0, current
    sd s0, 0(t0)
    la t0, trap
    csrw mtvec, t0

next:
    la t0, current
    ld s0, 0(t0)
    la t1, vectors_end
    bgeu s0, t1, done

    # Everywhere a jump might go, a C.EBREAK.
    li t0, CODE_FIRST
    li t1, CODE_FIRST + CODE_BYTES
    li t2, 0x9002900290029002
1:  sd t2, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, 1b

    # A vector: mode, bytes of code, code (64), data (64), FS, fcsr, registers (31 * 8), those of floats (32 * 8).
    ld t3, 8(s0)
    addi t0, s0, 16
    li t1, CODE
    add t3, t3, t1
2:  bgeu t1, t3, 3f
    lhu t2, 0(t0)
    sh t2, 0(t1)
    addi t0, t0, 2
    addi t1, t1, 2
    j 2b
3:  fence.i
    addi t0, s0, 80
    li t1, DATA
    li t3, DATA + DATA_BYTES
4:  ld t2, 0(t0)
    sd t2, 0(t1)
    addi t0, t0, 8
    addi t1, t1, 8
    bltu t1, t3, 4b

    li t0, FS
    csrs mstatus, t0
    ld t1, 152(s0)
    csrw fcsr, t1
    addi t1, s0, ENTRY_F
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\r, \r * 8(t1)
    .endr
    csrc mstatus, t0
    ld t1, 144(s0)
    slli t1, t1, 13
    csrs mstatus, t1

    ld t0, 0(s0)
    slli t0, t0, 11
    li t1, 3 << 11
    csrc mstatus, t1
    csrs mstatus, t0
    li t0, CODE
    csrw mepc, t0
    addi x31, s0, ENTRY_X
    .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\r, (\r - 1) * 8(x31)
    .endr
    mret

.align 2
trap:
    csrw mscratch, x31
    la x31, result
    .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd x\r, (\r + 2) * 8(x31)
    .endr
    csrr t0, mscratch
    sd t0, 33 * 8(x31)
    csrr t0, mcause
    sd t0, 0(x31)
    csrr t0, mtval
    sd t0, 8(x31)
    csrr t0, mepc
    sd t0, 16(x31)
    li t1, DATA
    li t3, DATA + DATA_BYTES
    addi t2, x31, 34 * 8
5:  ld t0, 0(t1)
    sd t0, 0(t2)
    addi t1, t1, 8
    addi t2, t2, 8
    bltu t1, t3, 5b

    csrr t0, mstatus
    sd t0, 42 * 8(x31)
    li t0, FS
    csrs mstatus, t0
    frcsr t0
    sd t0, 43 * 8(x31)
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\r, (\r + 44) * 8(x31)
    .endr

    li t0, UART
    la t1, result
    addi t3, t1, RESULT_WORDS * 8
6:  lbu t2, 5(t0)
    andi t2, t2, 0x20
    beqz t2, 6b
    lbu t2, 0(t1)
    sb t2, 0(t0)
    addi t1, t1, 1
    bltu t1, t3, 6b

    la t0, current
    ld t1, 0(t0)
    li t2, ENTRY_BYTES
    add t1, t1, t2
    sd t1, 0(t0)
    j next

done:
    li t0, FINISHER
    li t1, 0x5555
    sw t1, 0(t0)
7:  j 7b

.data
.align 3
current: .dword 0
result: .zero RESULT_WORDS * 8
vectors: .incbin "vectors.bin"
vectors_end:
