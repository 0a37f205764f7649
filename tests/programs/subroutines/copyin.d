/*
 * copyin reads at the call, sizes known and unknown; what is read may be changed.
 *
 * @args: -q
 * @target: echo hello world
 * @sort: yes
 */

syscall::write:entry
/pid == $target/
{
	this->p = (char *)copyin(arg1, arg2);
	printf("1[%s]", stringof(this->p));
	this->p[0] = 'J';
	printf("1[%s]", stringof(this->p));
	printf("1%c%c%c", *this->p, this->p[1], *(char *)copyin(arg1 + 6, 1));
	printf("1[%s]\n", copyinstr(arg1, 3));
	this->n = 5;
	printf("1[%s]", copyinstr(arg1, this->n));
	printf("1[%s]", copyinstr(arg1, 0));
	printf("1[%s]", copyinstr(arg1, this->n - 5));
	printf("1[%s]\n", substr(copyinstr(arg1, -1), 0, 11));
}

syscall::write:entry
/pid == $target/
{
	printf("2%x\n", *(int *)copyin(arg1, 1024));
	this->p = (char *)alloca(32);
	copyinto(arg1, arg2, this->p);
	printf("2[%s]", stringof(this->p));
	copyinto(arg1 + 6, 4, this->p);
	printf("2[%s]", stringof(this->p));
}
