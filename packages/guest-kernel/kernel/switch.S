# void switch_context(struct context *from, struct context *to): saves what a C call preserves, continues the other.

.macro each_saved operation, base
  \operation ra, 0(\base)
  \operation sp, 8(\base)
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  \operation s\n, 16 + 8 * \n(\base)
  .endr
.endm

.section .text
.global switch_context
switch_context:
  each_saved sd, a0
  each_saved ld, a1
  ret
