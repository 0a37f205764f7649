/* The registers at the entry of a system call are its arguments; every index is readable; names and aliases agree.
 * @args: -q
 * @target: true
 */
syscall::exit_group:entry
/pid == $target/
{
	printf("%d %d %d\n", uregs[R_RDI] == arg0, uregs[R_EDI] == arg0, uregs[R_RSI] == arg1);
	printf("%d %d\n", uregs[R_RDX] == arg2, uregs[R_R10] == arg3);
	printf("%x %x %d %d %d %d\n", uregs[R_CS], uregs[R_SS], uregs[R_DS], uregs[R_ES], uregs[R_FS], uregs[R_GS]);
	printf("%d %d %d\n", uregs[R_RAX], uregs[R_R0], uregs[R_EAX]);
	printf("%d %d\n", uregs[R_RIP] > 0 && uregs[R_RIP] < 0x800000000000, uregs[R_RSP] > uregs[R_RIP]);
	printf("%d %d %d\n", uregs[R_PC] == uregs[R_RIP], uregs[R_SP] == uregs[R_RSP], uregs[R_PS] == uregs[R_RFL]);
	printf("%d %d\n", uregs[R_R1] == uregs[R_RDX], uregs[R_RFL] & 2);
	printf("%d %d\n", uregs[R_FSBASE] != 0, uregs[R_GSBASE]);
	printf("%d\n", uregs[R_RCX] == uregs[R_RIP]);	/* what the instruction syscall does */
	i = R_RDI;
	j = R_CS;
	k = R_FS;
	l = R_FSBASE;
	printf("%d %x %d %d\n", uregs[i] == arg0, uregs[j], uregs[k], uregs[l] == uregs[R_FSBASE]);
	x = uregs[R_R15] + uregs[R_R14] + uregs[R_R13] + uregs[R_R12] + uregs[R_R11] + uregs[R_R9] + uregs[R_R8] + uregs[R_RBX] + uregs[R_RBP];
	printf("%d\n", sizeof (uregs[R_RIP]));
}
