/*
 * @args: -q
 * @sort: yes
 * @target: echo hello world
 * @mask: DIF offset \d+ => DIF offset N
 */

ERROR
{
	printf("%d %x\n", arg4, arg5);
}

syscall::write:entry
/pid == $target/
{
	copyin(0x10, 8);
}

syscall::write:entry
/pid == $target/
{
	this->n = 1 << 21;
	copyin(arg1, this->n);
}

syscall::write:entry
/pid == $target/
{
	copyinto(arg1, 40, alloca(32));
}

syscall::write:entry
/pid == $target/
{
	copyinto(0x11, 4, alloca(32));
}

syscall::write:entry
/pid == $target/
{
	trace(copyinstr(0x12));
}

syscall::write:entry
/pid == $target/
{
	this->p = (char *)alloca(8);
	copyinto(arg1, 5, &this->p[4]);
}
