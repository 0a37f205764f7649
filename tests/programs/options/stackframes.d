/* Frames of the kernel's stack where stack() does not say: by the option, by the call's own number, never more than maxframes.
 * @engines: kernel
 * @args: -q -x stackframes=1 -x maxframes=2
 * @target: true
 * @mask: vmlinux`.* => FRAME
 */
syscall::exit_group:entry
/pid == $target/
{
	printf("option\n");
	stack();
	printf("own number\n");
	stack(2);
	printf("maxframes\n");
	stack(5);
	@[stack()] = count();
}
