/* The reset vector. QEMU's `sim` begins there, whatever entry point the file names. */
	.section .reset, "ax"
	.global reset
reset:
	j	begin
	.align	4
	.literal_position
begin:
	movi	a2, 0xF		/* no exception level, so that zero-overhead loops work; no interrupts */
	wsr.ps	a2
	rsync
#ifdef ESP32
	movi	a2, 0xFF
	.byte	0x20, 0xE0, 0x13	/* wsr.cpenable a2: the floating-point unit */
	rsync
#endif
	movi	a1, stack_top
	movi	a0, main
	callx0	a0
	mov	a3, a2
	movi	a2, 1		/* exit */
	simcall
