/* The guest as it lies at the beginning of its memory. */
  .section .rodata
  .globl guest_image, guest_image_end
guest_image:
  .incbin "guest.bin"
guest_image_end:
