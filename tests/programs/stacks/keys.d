/* Stacks and user addresses as keys, alone and with others, of aggregations and of associative arrays.
 * @args: -q
 * @target: true
 * @mask: \+0x[0-9a-f]+ => +OFFSET
 * @mask: _Exit|_exit => _exit
 */
syscall::exit_group:entry
/pid == $target/
{
	pc = (uint64_t)0x1000;
	@one[ustack(1)] = count();
	@two[execname, ustack(1), 7] = sum(3);
	@[umod(pc), uaddr(pc), usym(pc)] = count();
	@[umod(pc + 1), uaddr(pc), usym(pc)] = count();
	names[ustack(1), uaddr(pc)] = 5;
	names[ustack(1), uaddr(pc + 1)] = 6;
	printf("%d %d %d\n", names[ustack(1), uaddr(pc)], names[ustack(1), uaddr(pc + 1)], names[ustack(1), uaddr(pc + 2)]);
	names[ustack(1), uaddr(pc)] = 0;
	printf("%d\n", names[ustack(1), uaddr(pc)]);
}
END
{
	printa(@one);
	printa("%k%@d\n", @one);
	printa("%s|%-4k|%d|%@d\n", @two);
	printa("%A %A %A %@d\n", @);
	printa(@);
}
