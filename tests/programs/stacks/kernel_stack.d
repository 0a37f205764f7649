/* The kernel's stack begins with the function that holds the probe, not with what runs our program; caller is the second frame.
 * @engines: kernel
 * @args: -q
 * @target: true
 * @mask: \+0x[0-9a-f]+ => +OFFSET
 * @mask: vmlinux`(syscall_trace_enter|trace_syscall_enter|do_syscall_64|x64_sys_call|syscall_exit_\w+|entry_SYSCALL_\w+)\b(\.\w+)* => FUNCTION
 */
syscall::exit_group:entry
/pid == $target/
{
	stack(1);
	self->s = stack(2);
	printf("%k", self->s);
	@[stack(1), func(caller), mod(caller)] = count();
	printf("%d %d %d\n", stackdepth >= 2, stackdepth < 20, ustackdepth >= 1);
}
END
{
	printa(@);
	clear(@);
}
